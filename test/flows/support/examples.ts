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
  return withPatches(flow).map((node) => ({
    ...node,
    ...small[node.type],
    ...changes[node.type],
    ...changes[node.id],
  }));
}

/** Without a patch node a training draws patches by itself, many and large ones: each gets one where the flow has none. */
function withPatches(flow: FlowNode[]): FlowNode[] {
  if (flow.some(({ type }) => type === 'segmenter-patch')) return flow;
  const trains = flow.filter(({ type }) => type === 'segmenter-train');
  const before = (id: string) => (trains.some((train) => train.id === id) ? `${id}-patches` : id);
  const patches = trains.map(({ id, z }) => {
    return { id: before(id), type: 'segmenter-patch', z, x: 0, y: 0, wires: [[id]] };
  });
  const rewired = flow.map(({ wires, ...node }) => {
    return wires ? { ...node, wires: (wires as string[][]).map((output) => output.map(before)) } : node;
  });
  return [...rewired, ...patches] as FlowNode[];
}
