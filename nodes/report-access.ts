import { LruCache } from '../src/base/collections';

/** Nodes whose last report is known. */
const MOST_NODES = 1000;

/** Module state on purpose: known over deploys, until Node-RED ends. */
const reports = new LruCache<string, string>(MOST_NODES);

/** Remembers where the last report of a node lies. */
export function noteReport(node: string, file: string): void {
  reports.set(node, file);
}

/** Gives the path of a node's last report; null: it wrote none since Node-RED began. */
export function lastReport(node: string): string | null {
  return reports.get(node) ?? null;
}
