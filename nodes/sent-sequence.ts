import { canonicalHash } from '../src/base/canonical-hash';
import type { Work } from './work';

/** Sequences that messages in work were made into. */
const sequences = new WeakMap<object, { made: string; id: string }>();

/**
 * The id of the sequence that a node makes of the message in work: over a deploy that begins the work anew it stays, so
 * that no node waits for the rest of a sequence that never comes.
 */
export function sentSequenceId<S>({ RED, node, msg, settings }: Pick<Work<S>, 'RED' | 'node' | 'msg' | 'settings'>) {
  const made = canonicalHash([node.id, settings]);
  const known = sequences.get(msg);
  if (known?.made === made) return known.id;
  const id = RED.util.generateId();
  sequences.set(msg, { made, id });
  return id;
}
