import { InvalidInputError, SegmenterError } from '../base/errors';
import type { ForegroundRule, ImageDescription } from '../image/description';
import { type DrawnMark, dividedMarks, type PlacedEdit, placeEdits } from './object-edits';
import { PAINTED, type PlanePart, rasteriser, strokeRasteriser, UNTOUCHED } from './rasterise';
import type { RegionPolygon } from './regions';

/** Foreground of a target. */
export const FOREGROUND = 255;
/** Where nobody said what there is: neither foreground nor background. Its level is coarsened to less than foreground. */
export const UNKNOWN = 128;
/** The rule for {@link UNKNOWN}, in descriptions of targets that may hold it. */
export const UNKNOWN_IN_TARGET: ForegroundRule = { kind: 'values', values: [UNKNOWN] };

export type Segmentation = 'seg1' | 'seg2';
/** What strokes are painted over; none: a target that is painted from nothing, background at first. */
export type Base = Segmentation | 'none';

/** The segmentations that a target is made of. */
export interface TargetRoles {
  base: Base;
  /** counts inside the merging mask; null where nothing is merged */
  other: Segmentation | null;
}

/** What the values of a target mean that is made of segmentations. */
export function targetMeaning(
  madeOf: ReadonlyArray<Pick<ImageDescription, 'unknown'> | null | undefined>,
): Pick<ImageDescription, 'foreground' | 'unknown'> {
  const foreground: ForegroundRule = { kind: 'non-zero' };
  return madeOf.some((image) => image?.unknown) ? { foreground, unknown: UNKNOWN_IN_TARGET } : { foreground };
}

/** @param merges whether there is a merging mask of any form; into nothing nothing is merged */
export function targetRoles(base: Base, merges: boolean): TargetRoles {
  const other = base === 'seg1' ? 'seg2' : 'seg1';
  return { base, other: merges && base !== 'none' ? other : null };
}

/** Pixels of images for a part of a plane, [y, x]; 0, {@link UNKNOWN}, and all else is foreground or inside. */
export interface TargetSources {
  /** zeros where a target is painted from nothing */
  base: ArrayLike<number>;
  /** null where nothing is merged */
  other: ArrayLike<number> | null;
  /** a merging mask that is an image; null: none */
  mergeMask: ArrayLike<number> | null;
}

/** What was drawn on a sample, in level-0 pixels. */
export interface Drawing {
  merge: readonly RegionPolygon[];
  exclude: readonly RegionPolygon[];
  /** over what was merged, in order */
  strokes: readonly DrawnMark[];
}

/** A drawing on a part of a plane, [y, x]; null: nothing of it lies there. */
export interface DrawnPart {
  /** non-zero is inside */
  merge: ArrayLike<number> | null;
  /** non-zero is inside */
  exclude: ArrayLike<number> | null;
  /** of each pixel what `strokeRasteriser` says */
  strokes: ArrayLike<number> | null;
  /** what follows from the first mark on that names an object, which only numbers can tell; null: none does */
  edits: readonly PlacedEdit[] | null;
}

export const NOTHING_DRAWN: DrawnPart = { merge: null, exclude: null, strokes: null, edits: null };

/** Rasterises a drawing, a part of a plane at a time. What it gives is not to be written to. */
export function drawingRasteriser({ merge, exclude, strokes }: Drawing): (part: PlanePart) => DrawnPart {
  const [inMerge, inExclude] = [rasteriser({ polygons: [...merge] }), rasteriser({ polygons: [...exclude] })];
  const { strokes: plain, edits } = dividedMarks(strokes);
  const overall = strokeRasteriser(plain);
  return (part) => ({
    merge: inMerge(part),
    exclude: inExclude(part),
    strokes: overall(part),
    edits: edits.length > 0 ? placeEdits(edits, part) : null,
  });
}

/**
 * Makes the target of a part of a plane: the base, inside the merging mask (image or drawn) the other segmentation, over
 * both the strokes, which say what was unknown. Jobs and the curation page make it here, so that people see what training
 * gets.
 * @returns uint8 [y, x], 0, {@link UNKNOWN} or 255
 * @throws InvalidInputError where lengths differ or a segmentation holds NaN
 */
export function makeTarget(sources: TargetSources, drawn: DrawnPart): Uint8Array<ArrayBuffer> {
  const { base, other, mergeMask } = sources;
  const { merge, strokes, edits } = drawn;
  if (edits) throw new SegmenterError('internal', 'a target of the foreground alone knows no objects to change');
  const { length } = base;
  for (const [name, pixels] of Object.entries({
    'other segmentation': other,
    'merging mask': mergeMask,
    'merging shapes': merge,
    strokes,
  })) {
    checkLength(name, pixels, length);
  }
  const target = new Uint8Array(length);
  for (let i = 0; i < length; i++) {
    const isInside =
      other !== null && ((mergeMask !== null && mergeMask[i] !== 0) || (merge !== null && merge[i] !== 0));
    const value = isInside ? other[i] : base[i];
    if (Number.isNaN(value)) throw notANumber(isInside ? 'other segmentation' : 'base segmentation', i);
    if (value !== 0) target[i] = value === UNKNOWN ? UNKNOWN : FOREGROUND;
  }
  if (strokes) paintOver(target, strokes);
  return target;
}

/** What a map of probabilities is sure of: background up to `low`, foreground from `high` on; `low` is below `high`. */
export interface SureLimits {
  low: number;
  high: number;
}

/**
 * Makes the target of a part of a map of probabilities: what lies between the limits, and NaN, is unknown.
 * @param scale stored * scale is a probability
 * @returns uint8 [y, x], 0, {@link UNKNOWN} or 255
 */
export function makeSureTarget(
  stored: ArrayLike<number>,
  { low, high }: SureLimits,
  scale: number,
): Uint8Array<ArrayBuffer> {
  const target = new Uint8Array(stored.length).fill(UNKNOWN);
  for (let i = 0; i < target.length; i++) {
    const probability = stored[i] * scale;
    if (probability >= high) target[i] = FOREGROUND;
    else if (probability <= low) target[i] = 0;
  }
  return target;
}

/**
 * Makes the weight of a part of a plane: 0 inside the excluding mask (image or drawn), 1 elsewhere.
 * @param excludeMask pixels of a mask that is an image, non-zero is inside; null: none of it is
 * @param length pixels of the part
 * @returns uint8 [y, x]
 * @throws InvalidInputError where lengths differ
 */
export function makeWeight(
  length: number,
  excludeMask: ArrayLike<number> | null,
  { exclude }: DrawnPart,
): Uint8Array<ArrayBuffer> {
  const weight = new Uint8Array(length).fill(1);
  for (const [name, inside] of Object.entries({ 'excluding mask': excludeMask, 'excluding shapes': exclude })) {
    checkLength(name, inside, length);
    for (let i = 0; inside && i < length; i++) if (inside[i] !== 0) weight[i] = 0;
  }
  return weight;
}

function paintOver(target: Uint8Array, strokes: ArrayLike<number>): void {
  for (let i = 0; i < target.length; i++) {
    if (strokes[i] !== UNTOUCHED) target[i] = strokes[i] === PAINTED ? FOREGROUND : 0;
  }
}

function checkLength(name: string, pixels: ArrayLike<number> | null, expected: number): void {
  if (!pixels || pixels.length === expected) return;
  throw new InvalidInputError(`${name}, pixels`, String(expected), pixels.length);
}

function notANumber(name: string, at: number): InvalidInputError {
  return new InvalidInputError(`${name}, pixel ${at} of its rows`, 'a number (zero or not)', 'NaN');
}
