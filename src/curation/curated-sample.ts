import { InvalidInputError } from '../base/errors';
import type { Band } from '../image/bands';
import type { ImageDescription } from '../image/description';
import type { PixelArray } from '../image/dtype';
import { parseMask } from '../masks/mask';
import { mergePlane, weightPlane } from '../masks/planes';
import { rasteriser } from '../masks/rasterise';
import type { Regions } from '../masks/regions';
import type { Sample } from '../samples/sample';
import type { Decision } from './decision';
import { regionsOfShapes } from './regions-of-shapes';
import { strokeDrawer } from './strokes';

type Segmentation = 'seg1' | 'seg2';

/** Rows of the images that a band of a target is made of, each as long as the band. */
export interface TargetRows {
  base: PixelArray;
  /** where {@link CuratedSample.other} names one */
  other: PixelArray | null;
  /** where {@link CuratedSample.mergeImage} is there: non-zero is inside */
  mergeImage: PixelArray | null;
}

/**
 * What a decision makes of a sample, band by band. Which images are read is said here; reading and writing is the
 * caller's. A mask image that the sample brought counts beside the shapes that were drawn.
 */
export interface CuratedSample {
  base: Segmentation;
  /** the segmentation that counts inside the merging mask; null where nothing is merged */
  other: Segmentation | null;
  mergeImage: ImageDescription | null;
  excludeImage: ImageDescription | null;
  /** false: the target is the base as it is, but for its values */
  changesTarget: boolean;
  /** false: the weight is 1 everywhere */
  excludes: boolean;
  /**
   * A band of the target: the base, inside the merging mask the other segmentation, then the strokes. uint8, 0 or 255.
   * @throws InvalidInputError for rows of another length, for NaN
   */
  target(band: Band, rows: TargetRows): Uint8Array<ArrayBuffer>;
  /** A band of the weight: uint8, 0 where excluded, 1 elsewhere. @param excludeImage rows of that image: non-zero is excluded */
  weight(band: Band, excludeImage: PixelArray | null): Uint8Array<ArrayBuffer>;
}

/** @throws InvalidInputError where the sample lacks a segmentation that the decision needs */
export function curatedSample(sample: Sample, { base, merge, exclude, strokes }: Decision): CuratedSample {
  const [, , depth, height, width] = sample.raw.shape;
  const mergeImage = maskImage(sample, 'mergeMask');
  const excludeImage = maskImage(sample, 'excludeMask');
  const merges = merge.length > 0 || mergeImage !== null;
  const other: Segmentation | null = merges ? (base === 'seg1' ? 'seg2' : 'seg1') : null;
  requireSegmentation(sample, base);
  if (other) requireSegmentation(sample, other);
  const masker = (regions: Regions | null) => regions && rasteriser(regions, depth, height, width);
  const inMerge = masker(regionsOfShapes(merge));
  const drawStrokes = strokeDrawer(strokes, height, width);
  const inExclude = masker(regionsOfShapes(exclude));
  return {
    base,
    other,
    mergeImage,
    excludeImage,
    changesTarget: base !== 'seg1' || merges || strokes.length > 0,
    excludes: exclude.length > 0 || excludeImage !== null,
    target: ({ z, y, rows }, { base, other, mergeImage }) => {
      const target = new Uint8Array(rows * width);
      mergePlane(base, other, united(inMerge?.(z, y, rows) ?? null, mergeImage), target);
      drawStrokes(target, z, y);
      return target;
    },
    weight: ({ z, y, rows }, excludeImage) => {
      const weight = new Uint8Array(rows * width).fill(1);
      const inside = united(inExclude?.(z, y, rows) ?? null, excludeImage);
      if (inside) weightPlane(inside, weight);
      return weight;
    },
  };
}

/** The sample with what was decided on it: base, and shapes as polygons where it brought no mask image. */
export function withDecision(sample: Sample, { base, merge, exclude }: Decision): Sample {
  const masks = { mergeMask: regionsOfShapes(merge), excludeMask: regionsOfShapes(exclude) };
  const result: Sample = { ...sample, base };
  for (const role of ['mergeMask', 'excludeMask'] as const) {
    if (maskImage(sample, role)) continue;
    if (masks[role]) result[role] = masks[role];
    else delete result[role];
  }
  return result;
}

function maskImage(sample: Sample, role: 'mergeMask' | 'excludeMask'): ImageDescription | null {
  const mask = parseMask(sample[role], `${role} of sample ${sample.id}`);
  return mask?.kind === 'image' ? mask.image : null;
}

function requireSegmentation(sample: Sample, role: Segmentation): void {
  if (!sample[role]) throw new InvalidInputError(`${role} of sample ${sample.id}`, 'a segmentation', sample[role]);
}

/** Inside either of two masks of the same rows; what it returns may be one of them. */
function united(a: PixelArray | null, b: PixelArray | null): PixelArray | null {
  if (!a || !b) return a ?? b;
  if (a.length !== b.length) throw new InvalidInputError('mask image, pixels', String(a.length), b.length);
  return Uint8Array.from(a, (value, i) => (value !== 0 || b[i] !== 0 ? 1 : 0));
}
