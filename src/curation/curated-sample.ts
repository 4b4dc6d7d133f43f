import { InvalidInputError } from '../base/errors';
import type { Band } from '../image/bands';
import type { ImageDescription } from '../image/description';
import { imageOfMask } from '../masks/mask';
import { partOfBand } from '../masks/rasterise';
import {
  type DrawnPart,
  drawingRasteriser,
  makeTarget,
  makeWeight,
  type Segmentation,
  type TargetRoles,
  type TargetSources,
  targetRoles,
} from '../masks/target';
import type { Sample } from '../samples/sample';
import { type Decision, drawingOf, regionsOfShapes } from './decision';

/**
 * What a decision makes of a sample, band by band. Which images are read is said here; reading and writing is the
 * caller's. A mask image that the sample brought counts beside the shapes that were drawn.
 */
export interface CuratedSample extends TargetRoles {
  mergeMask: ImageDescription | null;
  excludeMask: ImageDescription | null;
  /** false: the weight is 1 everywhere */
  excludes: boolean;
  /** What was drawn on a band. */
  drawn(band: Band): DrawnPart;
  /** A band of the target, as `makeTarget` makes it. @param rows as long as the band */
  target(band: Band, rows: TargetSources): Uint8Array<ArrayBuffer>;
  /** A band of the weight, as `makeWeight` makes it. @param excludeMask rows of that image */
  weight(band: Band, excludeMask: ArrayLike<number> | null): Uint8Array<ArrayBuffer>;
}

/**
 * Works out which images a decision reads, and how target and weight are made of their rows.
 * @throws InvalidInputError where the sample lacks a segmentation that the decision needs
 */
export function curatedSample(sample: Sample, decision: Decision): CuratedSample {
  const [mergeMask, excludeMask] = [maskImage(sample, 'mergeMask'), maskImage(sample, 'excludeMask')];
  const roles = targetRoles(decision.base, decision.merge.length > 0 || mergeMask !== null);
  if (roles.base !== 'none') requireSegmentation(sample, roles.base, 'its base');
  if (roles.other) requireSegmentation(sample, roles.other, 'which counts inside its merging mask');
  const width = sample.raw.shape[4];
  const draw = drawingRasteriser(drawingOf(decision));
  return {
    ...roles,
    mergeMask,
    excludeMask,
    excludes: decision.exclude.length > 0 || excludeMask !== null,
    drawn: (band) => draw(partOfBand(band, width)),
    target: (band, rows) => makeTarget(rows, draw(partOfBand(band, width))),
    weight: (band, rows) => makeWeight(band.rows * width, rows, draw(partOfBand(band, width))),
  };
}

/** Gives the sample with what was decided on it: base, and shapes as polygons where it brought no mask image. */
export function withDecision(sample: Sample, { base, merge, exclude }: Decision): Sample {
  const masks = { mergeMask: regionsOfShapes(merge), excludeMask: regionsOfShapes(exclude) };
  const result: Sample = { ...sample };
  if (base === 'none') delete result.base;
  else result.base = base;
  for (const role of ['mergeMask', 'excludeMask'] as const) {
    if (maskImage(sample, role)) continue;
    if (masks[role]) result[role] = masks[role];
    else delete result[role];
  }
  return result;
}

/** Gives a mask that the sample brings as an image; null: it brings none, or polygons. @throws as `parseMask` does */
export function maskImage(
  sample: Pick<Sample, 'id' | 'mergeMask' | 'excludeMask'>,
  role: 'mergeMask' | 'excludeMask',
): ImageDescription | null {
  return imageOfMask(sample[role], `${role} of sample ${sample.id}`);
}

function requireSegmentation(sample: Sample, role: Segmentation, why: string): void {
  if (sample[role]) return;
  throw new InvalidInputError(`${role} of sample ${sample.id}`, `a segmentation, ${why}`, sample[role]);
}
