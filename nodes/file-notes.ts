import type { Node } from 'node-red';
import type { ImageDescription } from '../src/image/description';
import type { Sample } from '../src/samples/sample';

const ROLES = ['raw', 'seg1', 'seg2', 'mergeMask', 'excludeMask'] as const;

/** Warns of what the files of a loaded sample say: what one lacks is no error, but nothing that a person should miss. */
export function warnOfNotes(node: Node, sample: Sample): void {
  for (const role of ROLES) {
    const image = sample[role] as Partial<ImageDescription> | undefined;
    for (const note of image?.notes ?? []) node.warn(`${sample.id}, ${role}: ${note}`);
  }
}
