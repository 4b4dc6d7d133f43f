import { EventEmitter } from 'node:events';
import type { NodeAPI } from 'node-red';
import { isRecord } from '../../src/base/plain-json';
import { ANONYMOUS, changesOfSettings, type NodeSettings } from '../../src/events/change';
import { noteChange } from '../event-log';

const OWN_TYPE = /^segmenter-/;
/** What Node-RED's own log says of who deploys. */
const DEPLOYS: ReadonlySet<unknown> = new Set(['flows.set', 'flow.add', 'flow.update', 'flow.remove']);
/** A deploy that is not under way within so many milliseconds has failed. */
const WITHIN_MS = 60_000;

/** As much of Node-RED's log as tells of deploys. */
interface AuditLog {
  addHandler?(handler: EventEmitter): void;
  removeHandler?(handler: EventEmitter): void;
  AUDIT?: number;
}

/**
 * Logs which settings of this package's nodes each deploy changed, and who deployed: that stands in Node-RED's own log a moment
 * before. What Node-RED starts with was changed by nobody.
 * @returns ends that
 */
export function noteDeploys(RED: NodeAPI): () => void {
  const log = RED.log as unknown as AuditLog;
  let before: NodeSettings | null = null;
  let deployed: { who: string; at: number } | null = null;
  const handler = new EventEmitter();
  handler.on('log', (line: unknown) => {
    if (!isRecord(line) || line.level !== log.AUDIT || !DEPLOYS.has(line.event) || line.error !== undefined) return;
    const name = isRecord(line.user) ? line.user.username : undefined;
    deployed = { who: typeof name === 'string' && name !== '' ? name : ANONYMOUS, at: performance.now() };
  });
  const started = () => {
    const now = settingsOf(RED);
    const isTold = deployed !== null && performance.now() - deployed.at < WITHIN_MS;
    const who = isTold && deployed ? deployed.who : ANONYMOUS;
    deployed = null;
    if (before) for (const change of changesOfSettings(before, now)) noteChange(RED, { who, ...change });
    before = now;
  };
  log.addHandler?.(handler);
  RED.events.on('flows:started', started);
  return () => {
    log.removeHandler?.(handler);
    RED.events.off('flows:started', started);
  };
}

function settingsOf(RED: NodeAPI): NodeSettings {
  const settings = new Map<string, Record<string, unknown>>();
  RED.nodes.eachNode((node: unknown) => {
    if (isRecord(node) && typeof node.id === 'string' && OWN_TYPE.test(String(node.type)))
      settings.set(node.id, { ...node });
  });
  return settings;
}
