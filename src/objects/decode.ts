import { InvalidInputError } from '../base/errors';
import { count as voxelsOf, type Zyx } from '../image/region';
import { type Evidence, grow } from './grow';
import { partsOf } from './parts';
import type { DecodingSettings } from './settings';
import { gaussianReach, smooth } from './smoothing';
import { LEVELS } from './watershed';

/** The maps of a model of objects, each [z, y, x] and in [0, 1]; see `OBJECT_MAPS`. */
export interface ObjectMaps {
  foreground: Float32Array<ArrayBuffer>;
  boundary: Float32Array<ArrayBuffer>;
  centre: Float32Array<ArrayBuffer>;
}

/** What objects are told apart by. */
export type Distances = Omit<ObjectMaps, 'foreground'>;

/** Numbered objects of a volume. */
export interface DecodedObjects {
  /** [z, y, x]; 0 outside, else 1 to `count` by first appearance in C order */
  labels: Int32Array<ArrayBuffer>;
  count: number;
}

/** Gives the sigmas along z, y and x in voxels: along z as long as along y. */
export function sigmasOf({ smoothing }: DecodingSettings, spacing: Readonly<Zyx>): Zyx {
  return [(smoothing * spacing[1]) / spacing[0], smoothing, smoothing];
}

/** Counts the voxels on each side that a voxel's smoothed distances depend on. */
export function seedReach(settings: DecodingSettings, spacing: Readonly<Zyx>): Zyx {
  return sigmasOf(settings, spacing).map(gaussianReach) as Zyx;
}

/** Smooths distances in place, before seeds are looked for in them. @throws InvalidInputError for NaN, which would spread */
export function* smoothDistances(
  { boundary, centre }: Distances,
  shape: Readonly<Zyx>,
  spacing: Readonly<Zyx>,
  settings: DecodingSettings,
): Generator<void, void, void> {
  for (const [name, map] of Object.entries({ boundary, centre })) {
    let nan = 0;
    for (let i = 0; i < map.length; i++) if (Number.isNaN(map[i])) nan++;
    if (nan > 0) throw new InvalidInputError(`map "${name}"`, 'numbers', `${nan} pixels that are NaN`);
  }
  const sigmas = sigmasOf(settings, spacing);
  const room = new Float32Array(boundary.length);
  yield* smooth(boundary, shape, sigmas, room);
  yield* smooth(centre, shape, sigmas, room);
}

/**
 * Gives the heights that objects grow over, which fall towards the inside of an object.
 * @param boundary as it was predicted: smoothed it moves the lines between objects
 */
export function heightsOf(boundary: Float32Array): Uint16Array {
  const levels = new Uint16Array(boundary.length);
  for (let i = 0; i < levels.length; i++) levels[i] = levelOf(1 - boundary[i]);
  return levels;
}

/**
 * Finds seeds in the smoothed distances of a block: a seed is what touches, over faces, edges or corners, where both distances
 * say so in the foreground (torch-em, micro-sam).
 * @param mask non-zero in the foreground
 * @param levels as {@link heightsOf} gives them
 */
export function objectEvidence(
  mask: Uint8Array,
  levels: Uint16Array,
  { boundary, centre }: Distances,
  shape: Readonly<Zyx>,
  { seedCentre, seedBoundary }: DecodingSettings,
): Evidence {
  const isSeed = new Uint8Array(mask.length);
  for (let i = 0; i < mask.length; i++) {
    if (mask[i] !== 0 && centre[i] < seedCentre && boundary[i] > seedBoundary) isSeed[i] = 1;
  }
  const { parts, count } = partsOf(isSeed, shape);
  return { mask, seeds: parts, count, levels };
}

/** The level of a height in [0, 1]; what is a little outside, as networks predict it, is taken for the nearest. */
export function levelOf(height: number): number {
  return Math.min(LEVELS - 1, Math.max(0, Math.round(height * (LEVELS - 1))));
}

/**
 * Decodes the maps of a volume in memory; they are smoothed in place. An image of any size is decoded by blocks.
 * @param spacing of voxels along z, y and x, in any unit
 * @throws InvalidInputError where a map is not as large as the shape
 */
export function decode(
  maps: ObjectMaps,
  shape: Readonly<Zyx>,
  spacing: Readonly<Zyx>,
  settings: DecodingSettings,
): DecodedObjects {
  const voxels = voxelsOf(shape);
  for (const [name, map] of Object.entries(maps)) {
    if (map.length !== voxels)
      throw new InvalidInputError(`map "${name}"`, `${voxels} voxels as in [${shape}]`, map.length);
  }
  const mask = new Uint8Array(voxels);
  for (let i = 0; i < voxels; i++) mask[i] = maps.foreground[i] > settings.foreground ? 1 : 0;
  const levels = heightsOf(maps.boundary);
  finished(smoothDistances(maps, shape, spacing, settings));
  const { labels, count } = finished(grow(objectEvidence(mask, levels, maps, shape, settings), shape));
  return withoutSmall(labels, count, settings.minimumSize);
}

/** Removes the objects of fewer voxels, in place, and numbers the others by first appearance in C order. */
export function withoutSmall(labels: Int32Array<ArrayBuffer>, count: number, minimumSize: number): DecodedObjects {
  const size = new Float64Array(count + 1);
  for (let i = 0; i < labels.length; i++) size[labels[i]]++;
  const final = new Int32Array(count + 1);
  let kept = 0;
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i];
    if (label === 0) continue;
    if (size[label] < minimumSize) labels[i] = 0;
    else {
      if (final[label] === 0) final[label] = ++kept;
      labels[i] = final[label];
    }
  }
  return { labels, count: kept };
}

/** Goes through work without a pause. */
export function finished<T>(work: Generator<void, T, void>): T {
  for (let step = work.next(); ; step = work.next()) if (step.done) return step.value;
}
