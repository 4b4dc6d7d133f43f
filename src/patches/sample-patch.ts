import type { Zyx } from '../image/region';
import { type PatchGeometry, reach } from './geometry';
import type { PatchPixels } from './patch-pixels';

/** Where a patch goes: views into a batch, [c, z, y, x] and [z, y, x]. */
export interface PatchTarget {
  input: Float32Array;
  target: Float32Array;
  weight: Float32Array;
  /** gets the numbers of objects, where there are any */
  numbers?: Int32Array;
}

/** A block to read from an image; it may overhang the image. */
interface SourceBlock {
  start: Zyx;
  size: Zyx;
}

/** Finds the block of the image that a patch at `start` needs under a geometry. */
export function sourceBlock(geometry: PatchGeometry, start: Readonly<Zyx>, size: Readonly<Zyx>): SourceBlock {
  if (geometry.exact) return { start: [...start], size: [...size] };
  const far = reach(geometry, size);
  const along = (axis: 0 | 1 | 2): [number, number] => {
    const centre = start[axis] + (size[axis] - 1) / 2;
    const low = Math.floor(centre - far[axis] - 1e-3);
    // One voxel more than the last, for the interpolation's upper neighbour.
    return [low, Math.floor(centre + far[axis] + 1e-3) + 2 - low];
  };
  const [z, y, x] = [along(0), along(1), along(2)];
  return size[0] === 1
    ? { start: [start[0], y[0], x[0]], size: [1, y[1], x[1]] }
    : { start: [z[0], y[0], x[0]], size: [z[1], y[1], x[1]] };
}

/**
 * Fills a patch from the block that {@link sourceBlock} named: the image by linear interpolation, target and weight by
 * the nearest voxel.
 */
export function samplePatch(
  source: PatchPixels,
  block: SourceBlock,
  geometry: PatchGeometry,
  start: Readonly<Zyx>,
  size: Readonly<Zyx>,
  out: PatchTarget,
): void {
  if (geometry.exact) copyPatch(source, geometry, size, out);
  else resamplePatch(source, block, geometry, start, size, out);
}

/** Mirrorings and quarter turns: a walk through the source with signed strides. */
function copyPatch(source: PatchPixels, { matrix }: PatchGeometry, size: Readonly<Zyx>, out: PatchTarget): void {
  const [depth, height, width] = size;
  const strides = [height * width, width, 1];
  const step = ([0, 1, 2] as const).map((o) => matrix.reduce((sum, row, s) => sum + row[o] * strides[s], 0));
  const origin = step.reduce((sum, s, axis) => sum + (s < 0 ? -s * (size[axis] - 1) : 0), 0);
  const voxels = depth * height * width;
  const [stepZ, stepY, stepX] = step;
  for (let z = 0, o = 0; z < depth; z++) {
    for (let y = 0; y < height; y++) {
      for (let x = 0, s = origin + z * stepZ + y * stepY; x < width; x++, o++, s += stepX) {
        out.target[o] = source.target[s];
        out.weight[o] = source.weight[s];
        if (source.numbers && out.numbers) out.numbers[o] = source.numbers[s];
        for (let c = 0; c < source.channels; c++) out.input[c * voxels + o] = source.image[c * voxels + s];
      }
    }
  }
}

function resamplePatch(
  source: PatchPixels,
  block: SourceBlock,
  { matrix, elastic }: PatchGeometry,
  start: Readonly<Zyx>,
  size: Readonly<Zyx>,
  out: PatchTarget,
): void {
  const [depth, height, width] = size;
  const middle = size.map((n) => (n - 1) / 2);
  const offset = start.map((s, axis) => s + middle[axis] - block.start[axis]);
  const coordinates: RowCoordinates = {
    z: new Float32Array(width),
    y: new Float32Array(width),
    x: new Float32Array(width),
  };
  const shift = new Float32Array(width);
  const interpolate = depth === 1 ? interpolatePlaneRow : interpolateVolumeRow;
  for (let z = 0, o = 0; z < depth; z++) {
    for (let y = 0; y < height; y++, o += width) {
      const oz = z - middle[0];
      const oy = y - middle[1];
      fillLine(coordinates.z, offset[0], matrix[0], oz, oy, middle[2]);
      fillLine(coordinates.y, offset[1], matrix[1], oz, oy, middle[2]);
      fillLine(coordinates.x, offset[2], matrix[2], oz, oy, middle[2]);
      if (elastic) {
        if (depth > 1) addRow(coordinates.z, elastic, 0, z, y, shift);
        addRow(coordinates.y, elastic, 1, z, y, shift);
        addRow(coordinates.x, elastic, 2, z, y, shift);
      }
      interpolate(source, coordinates, o, depth * height * width, out);
    }
  }
}

/** Coordinates in the source block of the voxels of one patch row; all within it, one short of its far side. */
interface RowCoordinates {
  z: Float32Array;
  y: Float32Array;
  x: Float32Array;
}

/** The coordinates along one axis of a row without deformation. */
function fillLine(
  out: Float32Array,
  offset: number,
  row: Readonly<Zyx>,
  oz: number,
  oy: number,
  middleX: number,
): void {
  const base = offset + row[0] * oz + row[1] * oy - row[2] * middleX;
  for (let x = 0; x < out.length; x++) out[x] = base + row[2] * x;
}

function addRow(
  coordinates: Float32Array,
  elastic: NonNullable<PatchGeometry['elastic']>,
  axis: 0 | 1 | 2,
  z: number,
  y: number,
  shift: Float32Array,
): void {
  elastic.row(axis, z, y, shift);
  for (let x = 0; x < shift.length; x++) coordinates[x] += shift[x];
}

function interpolatePlaneRow(
  source: PatchPixels,
  at: RowCoordinates,
  o: number,
  voxels: number,
  out: PatchTarget,
): void {
  const { image, target, weight, numbers, channels } = source;
  const { input } = out;
  const [, height, width] = source.size;
  const plane = height * width;
  for (let i = 0; i < at.x.length; i++, o++) {
    const y = at.y[i];
    const x = at.x[i];
    const y0 = y | 0;
    const x0 = x | 0;
    const v = y - y0;
    const u = x - x0;
    const p = y0 * width + x0;
    const nearest = p + (v < 0.5 ? 0 : width) + (u < 0.5 ? 0 : 1);
    out.target[o] = target[nearest];
    out.weight[o] = weight[nearest];
    if (numbers && out.numbers) out.numbers[o] = numbers[nearest];
    for (let c = 0; c < channels; c++) {
      const q = c * plane + p;
      const upper = image[q] + (image[q + 1] - image[q]) * u;
      const lower = image[q + width] + (image[q + width + 1] - image[q + width]) * u;
      input[c * voxels + o] = upper + (lower - upper) * v;
    }
  }
}

function interpolateVolumeRow(
  source: PatchPixels,
  at: RowCoordinates,
  o: number,
  voxels: number,
  out: PatchTarget,
): void {
  const { image, target, weight, numbers, channels } = source;
  const { input } = out;
  const [depth, height, width] = source.size;
  const plane = height * width;
  const volume = depth * plane;
  for (let i = 0; i < at.x.length; i++, o++) {
    const z = at.z[i];
    const y = at.y[i];
    const x = at.x[i];
    const z0 = z | 0;
    const y0 = y | 0;
    const x0 = x | 0;
    const w = z - z0;
    const v = y - y0;
    const u = x - x0;
    const p = z0 * plane + y0 * width + x0;
    const nearest = p + (w < 0.5 ? 0 : plane) + (v < 0.5 ? 0 : width) + (u < 0.5 ? 0 : 1);
    out.target[o] = target[nearest];
    out.weight[o] = weight[nearest];
    if (numbers && out.numbers) out.numbers[o] = numbers[nearest];
    for (let c = 0; c < channels; c++) {
      const q = c * volume + p;
      const r = q + plane;
      const a = image[q] + (image[q + 1] - image[q]) * u;
      const b = image[q + width] + (image[q + width + 1] - image[q + width]) * u;
      const d = image[r] + (image[r + 1] - image[r]) * u;
      const e = image[r + width] + (image[r + width + 1] - image[r + width]) * u;
      const near = a + (b - a) * v;
      const far = d + (e - d) * v;
      input[c * voxels + o] = near + (far - near) * w;
    }
  }
}
