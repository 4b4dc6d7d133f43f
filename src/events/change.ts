import type { EventNode } from './event';

/** Who is named where Node-RED has no login, or lets everyone in. */
export const ANONYMOUS = 'anonymous';

/** Who is named where a node did it by itself, as a person set it up to. */
export const BY_ITSELF = 'flow';

/** One line of the log of changes, beside its time: who changed what. */
export interface Change {
  /** name of the user, {@link ANONYMOUS} or {@link BY_ITSELF} */
  who: string;
  /** such as `settings`, `node-added`, `node-removed`, `model-rename`, `model-choose`, `model-import`, `decision`, `training-stopped` */
  what: string;
  /** of what concerns a node */
  node?: EventNode;
  /** what was changed: a setting, a model, a sample */
  of?: string;
  from?: unknown;
  to?: unknown;
}

/** The settings of the nodes of this package, by the id of each. */
export type NodeSettings = ReadonlyMap<string, Readonly<Record<string, unknown>>>;

/** Where a node stands and what it is wired to is none of its settings. */
const NO_SETTINGS: ReadonlySet<string> = new Set([
  'id',
  'type',
  'x',
  'y',
  'z',
  'g',
  'wires',
  'l',
  'info',
  '_alias',
  'inputs',
  'outputs',
]);
/** Characters of a value that are kept. */
const LONGEST_VALUE = 300;

/** Lists what differs between the settings of nodes before and after a deploy. */
export function changesOfSettings(before: NodeSettings, after: NodeSettings): Array<Omit<Change, 'who'>> {
  const changes: Array<Omit<Change, 'who'>> = [];
  for (const [id, now] of after) {
    const earlier = before.get(id);
    const node = nodeOf(id, now);
    if (!earlier) {
      changes.push({ what: 'node-added', node });
      continue;
    }
    for (const name of new Set([...Object.keys(earlier), ...Object.keys(now)])) {
      if (NO_SETTINGS.has(name)) continue;
      const [from, to] = [earlier[name], now[name]];
      if (JSON.stringify(from) !== JSON.stringify(to))
        changes.push({ what: 'settings', node, of: name, from: shortened(from), to: shortened(to) });
    }
  }
  for (const [id, earlier] of before)
    if (!after.has(id)) changes.push({ what: 'node-removed', node: nodeOf(id, earlier) });
  return changes;
}

function nodeOf(id: string, { type, name }: Readonly<Record<string, unknown>>): EventNode {
  return { id, type: String(type), name: typeof name === 'string' ? name : '' };
}

function shortened(value: unknown): unknown {
  const text = JSON.stringify(value) ?? '';
  return text.length > LONGEST_VALUE ? `${text.slice(0, LONGEST_VALUE)}…` : value;
}
