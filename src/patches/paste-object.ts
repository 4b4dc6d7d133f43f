import type { Random } from '../base/random';
import type { Zyx } from '../image/region';
import { type CutObject, ZONE } from './cut-object';
import type { PatchPixels } from './patch-pixels';

/** Places that are looked at; the one whose surroundings are most like the object's own is taken. */
const PLACES = 8;

/**
 * Lays an object over background of a block: never over foreground or what has no weight, its edge included. Its
 * brightness is shifted by what its old and new surroundings differ by.
 * @returns whether a place was found
 */
export function pasteObject(into: PatchPixels, object: CutObject, random: Random): boolean {
  const place = bestPlace(into, object, random);
  if (place === null) return false;
  const { size, opacity, zones, image, channels } = object;
  const voxels = opacity.length;
  const all = into.size[0] * into.size[1] * into.size[2];
  for (let c = 0; c < channels; c++) {
    const shift = ringMean(into, object, place, c) - ownRingMean(object, c);
    forEachVoxel(size, into.size, place, (o, i) => {
      if (opacity[o] === 0) return;
      const below = into.image[c * all + i];
      into.image[c * all + i] = below + opacity[o] * (image[c * voxels + o] + shift - below);
    });
  }
  forEachVoxel(size, into.size, place, (o, i) => {
    if (zones[o] !== ZONE.object) return;
    into.target[i] = 1;
    // No object of an image has such a number: what is pasted touches none anyway.
    if (into.numbers && object.numbers) into.numbers[i] = -1 - Math.abs(object.numbers[o]);
  });
  return true;
}

function bestPlace(into: PatchPixels, object: CutObject, random: Random): Zyx | null {
  const room = into.size.map((n, axis) => n - object.size[axis] + 1);
  if (room.some((n) => n < 1)) return null;
  let best: { place: Zyx; difference: number } | null = null;
  for (let i = 0; i < PLACES; i++) {
    const place = room.map((n) => random.integer(n)) as Zyx;
    if (!isFree(into, object, place)) continue;
    let difference = 0;
    for (let c = 0; c < object.channels; c++) {
      difference += Math.abs(ringMean(into, object, place, c) - ownRingMean(object, c));
    }
    if (best === null || difference < best.difference) best = { place, difference };
  }
  return best?.place ?? null;
}

/** Background with weight below the object, its edge and its ring. */
function isFree({ size, target, weight }: PatchPixels, { size: extent, zones }: CutObject, place: Zyx): boolean {
  let free = true;
  forEachVoxel(extent, size, place, (o, i) => {
    if (zones[o] !== ZONE.outside && (target[i] !== 0 || weight[i] === 0)) free = false;
  });
  return free;
}

function ringMean({ size, image }: PatchPixels, { size: extent, zones }: CutObject, place: Zyx, c: number): number {
  const base = c * size[0] * size[1] * size[2];
  let [sum, count] = [0, 0];
  forEachVoxel(extent, size, place, (o, i) => {
    if (zones[o] !== ZONE.ring) return;
    sum += image[base + i];
    count++;
  });
  return count > 0 ? sum / count : 0;
}

function ownRingMean(object: CutObject, c: number): number {
  const { zones, image } = object;
  let [sum, count] = [0, 0];
  for (let o = 0; o < zones.length; o++) {
    if (zones[o] !== ZONE.ring) continue;
    sum += image[c * zones.length + o];
    count++;
  }
  return count > 0 ? sum / count : 0;
}

/** Calls with the position in a box and the one below it in what it lies on. */
function forEachVoxel(
  [depth, height, width]: Readonly<Zyx>,
  [, rows, columns]: Readonly<Zyx>,
  [z0, y0, x0]: Readonly<Zyx>,
  visit: (o: number, i: number) => void,
): void {
  for (let z = 0, o = 0; z < depth; z++) {
    for (let y = 0; y < height; y++) {
      const from = ((z0 + z) * rows + y0 + y) * columns + x0;
      for (let x = 0; x < width; x++, o++) visit(o, from + x);
    }
  }
}
