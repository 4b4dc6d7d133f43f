import { groupBy } from '../../base/collections';
import type { ErrorRecord } from '../../base/errors';
import type { Appearance, ImageDescription } from '../../image/description';
import type { ValueFacts } from '../../image/value-facts';
import type { Sample } from '../../samples/sample';
import type { Finding } from '../page-api';

/** What one pass over a channel says of it. */
export interface ChannelFacts extends ValueFacts {
  /** sharpness of the plane with the most detail, the higher the sharper; null where there is no detail to judge by */
  focus: number | null;
}

/** What is known of an image of a sample. */
export interface ImageFacts {
  image: ImageDescription;
  /** of a segmentation: what its file says of its values beside them */
  appearance?: Appearance;
  channels: ChannelFacts[];
  /** of the pixels that were looked at: the same where these are the same */
  hash: string;
  /** whether all pixels were looked at, or evenly spaced parts of a large image */
  complete: boolean;
}

export const CHECKED_ROLES = ['raw', 'seg1', 'seg2'] as const;
export type CheckedRole = (typeof CHECKED_ROLES)[number];

/** What checks are made on: a few numbers an image. */
export interface SampleFacts {
  id: string;
  /** what it is used for, where that is decided */
  split?: Sample['split'];
  /** descriptions, whether their pixels could be read or not */
  images: Partial<Record<CheckedRole, ImageDescription>>;
  facts: Partial<Record<CheckedRole, ImageFacts>>;
  failures: { role: CheckedRole; error: ErrorRecord }[];
}

/** One row of the table of checks. */
export type Check = (samples: readonly SampleFacts[]) => Omit<Finding, 'check'>[];

/** Gives the segmentations of a sample that could be read. */
export function segmentationsOf({ facts }: SampleFacts): { role: CheckedRole; facts: ImageFacts }[] {
  return (['seg1', 'seg2'] as const).flatMap((role) => {
    const found = facts[role];
    return found ? [{ role, facts: found }] : [];
  });
}

/** Says what a message adds where not all of an image was looked at. */
export function asFarAsSeen({ complete }: ImageFacts): string {
  return complete ? '' : ' in the parts that were looked at';
}

/** Groups values by how many samples have them, the most common first. */
export function byValue<T>(items: readonly T[], read: (item: T) => string): [value: string, items: T[]][] {
  return [...groupBy(items, read)].sort(([, a], [, b]) => b.length - a.length);
}

/** Tells whether all images could be read to the end of what was looked at. */
export const checkReading: Check = (samples) =>
  samples.flatMap(({ id, failures }) =>
    failures.map(({ role, error }) => ({
      severity: 'error',
      message: `${role} of ${id} cannot be read: ${error.message}`,
      samples: [id],
    })),
  );
