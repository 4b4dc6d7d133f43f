import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { FlowNode } from './node-red-process';

/** The compiled file lies in dist/test/flows/support. */
const ROOT = path.resolve(__dirname, '../../../..');
const FOLDER = path.join(ROOT, 'examples/flows');

export const EXAMPLES = readdirSync(FOLDER).filter((file) => file.endsWith('.json'));

export function readExample(file: string): FlowNode[] {
  return JSON.parse(readFileSync(path.join(FOLDER, file), 'utf8')) as FlowNode[];
}

/** The node types that the package brings. */
export function packageTypes(): string[] {
  const manifest = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as {
    'node-red': { nodes: Record<string, string> };
  };
  return Object.keys(manifest['node-red'].nodes);
}

/** A flow whose training takes seconds instead of minutes, with some nodes changed; nothing starts by itself. */
export function quick(flow: FlowNode[], changes: Record<string, Record<string, unknown>> = {}): FlowNode[] {
  const small: Record<string, Record<string, unknown>> = {
    inject: { once: false },
    'segmenter-patch': { sizeZ: '', sizeY: 64, sizeX: 64, perImage: 2 },
    'segmenter-train': { modelSize: 'small', epochs: 2, validation: 0 },
  };
  return flow.map((node) => ({ ...node, ...small[node.type], ...changes[node.type], ...changes[node.id] }));
}
