import { canonicalJson } from '../../src/base/plain-json';
import { maskImage } from '../../src/curation/curated-sample';
import type { CuratedRole } from '../../src/curation/page-api';
import { decisiveOf, type ImageDescription } from '../../src/image/description';
import type { Sample } from '../../src/samples/sample';

/** The images that a page shows of a sample, and that a decision is made on. */
export const ROLES = [
  'raw',
  'seg1',
  'seg2',
  'numbers1',
  'numbers2',
  'mergeMask',
  'excludeMask',
] as const satisfies CuratedRole[];
export type Role = (typeof ROLES)[number];

/** An image of a sample; null where it has none, and for a mask that is polygons. */
export function imageOfRole(sample: Sample, role: Role): ImageDescription | null {
  if (role === 'numbers1' || role === 'numbers2') return sample[role === 'numbers1' ? 'seg1' : 'seg2'] ?? null;
  return role === 'mergeMask' || role === 'excludeMask' ? maskImage(sample, role) : (sample[role] ?? null);
}

/** Tells whether an image of a sample is another than before, or is meant otherwise. */
export function differs(before: Sample, now: Sample, role: Role): boolean {
  const [one, other] = [imageOfRole(before, role), imageOfRole(now, role)];
  // A record of an earlier version does not say which version of the file it was decided on.
  const versions = one?.file && other?.file ? [one.file, other.file] : [];
  const parts = [
    { ...decisiveOf(one ?? {}), file: versions[0] },
    { ...decisiveOf(other ?? {}), file: versions[1] },
  ];
  return canonicalJson(parts[0]) !== canonicalJson(parts[1]);
}
