import type { PixelArray } from '../image/dtype';
import type { Normalisation } from '../image/normalisation';
import { mirrored, type Zyx } from '../image/region';
import type { SamplingIndex } from './sampling-index';

/** A block of an image with its truth, as training sees it. Grows and is used again. */
export interface PatchPixels {
  channels: number;
  size: Zyx;
  /** normalised, [c, z, y, x] */
  image: Float32Array<ArrayBuffer>;
  /** 0 or 1, [z, y, x] */
  target: Uint8Array<ArrayBuffer>;
  /** 0 or 1, [z, y, x] */
  weight: Uint8Array<ArrayBuffer>;
  /** of objects, 0 outside, [z, y, x]; null: nobody asked which object a voxel is of */
  numbers: Int32Array<ArrayBuffer> | null;
}

/** An image that patches can be made of. */
export interface PatchSource {
  channels: number;
  /** z spacing / y spacing of the voxels; 1 where unknown */
  anisotropy: number;
  index: SamplingIndex;
  /**
   * Reads a block, which may overhang the image: beyond its borders the image is mirrored and the weight is 0.
   * @param start,size along [z, y, x]
   */
  read(start: Readonly<Zyx>, size: Readonly<Zyx>, into: PatchPixels): Promise<void>;
}

/** Makes a block without pixels. */
export function emptyPixels(): PatchPixels {
  return {
    channels: 0,
    size: [0, 0, 0],
    image: new Float32Array(0),
    target: new Uint8Array(0),
    weight: new Uint8Array(0),
    numbers: null,
  };
}

/** Gives the buffer a size; its content is undefined afterwards. */
export function resize(pixels: PatchPixels, channels: number, size: Readonly<Zyx>, hasNumbers = false): void {
  const voxels = size[0] * size[1] * size[2];
  pixels.channels = channels;
  pixels.size = [...size];
  if (pixels.image.length < channels * voxels) pixels.image = new Float32Array(channels * voxels);
  if (pixels.target.length < voxels) {
    pixels.target = new Uint8Array(voxels);
    pixels.weight = new Uint8Array(voxels);
  }
  if (!hasNumbers) pixels.numbers = null;
  else if (!pixels.numbers || pixels.numbers.length < voxels) pixels.numbers = new Int32Array(voxels);
}

/** A box [start, end) along [z, y, x]. */
export interface Box {
  start: Zyx;
  end: Zyx;
}

/** Pixels of one time point, or of a window of it. */
export interface BlockPixels {
  /** [z, y, x] of the whole image */
  shape: Zyx;
  /** the part that the arrays hold */
  window: Box;
  /** [c, z, y, x] of the window, as stored */
  raw: PixelArray;
  /** non-zero is foreground, [z, y, x] of the window */
  target: PixelArray;
  /** 0 is excluded, [z, y, x] of the window; null: nothing is */
  weight: PixelArray | null;
  /** one a channel */
  normalisation: readonly Normalisation[];
  /** outside of it the weight is 0; null: the whole image */
  trainable: Box | null;
  /** whether the values of the target are numbers of objects that somebody asked for (false) */
  hasNumbers?: boolean;
}

/**
 * Finds the window of an image that a block needs, the mirrored parts included.
 * @param start,size of the block, which may overhang the image
 */
export function windowOf(shape: Readonly<Zyx>, start: Readonly<Zyx>, size: Readonly<Zyx>): Box {
  const along = (axis: 0 | 1 | 2): [number, number] => {
    let low = shape[axis];
    let high = 0;
    for (let i = start[axis]; i < start[axis] + size[axis]; i++) {
      const m = mirrored(i, shape[axis]);
      low = Math.min(low, m);
      high = Math.max(high, m + 1);
    }
    return [low, high];
  };
  const [z, y, x] = [along(0), along(1), along(2)];
  return { start: [z[0], y[0], x[0]], end: [z[1], y[1], x[1]] };
}

/**
 * Copies a block: the image normalised and mirrored beyond its borders, target and weight as 0 and 1, weight 0 beyond
 * the borders.
 */
export function fillPatchPixels(
  pixels: BlockPixels,
  start: Readonly<Zyx>,
  size: Readonly<Zyx>,
  into: PatchPixels,
): void {
  const { shape, window, raw, normalisation } = pixels;
  resize(into, normalisation.length, size, pixels.hasNumbers);
  const held = [0, 1, 2].map((axis) => window.end[axis] - window.start[axis]);
  const columns = new Int32Array(size[2]);
  for (let x = 0; x < size[2]; x++) columns[x] = mirrored(start[2] + x, shape[2]) - window.start[2];
  const voxels = size[0] * size[1] * size[2];
  const heldVoxels = held[0] * held[1] * held[2];
  for (let z = 0, o = 0; z < size[0]; z++) {
    const fromZ = mirrored(start[0] + z, shape[0]) - window.start[0];
    for (let y = 0; y < size[1]; y++, o += size[2]) {
      const fromY = mirrored(start[1] + y, shape[1]) - window.start[1];
      const from = (fromZ * held[1] + fromY) * held[2];
      for (let c = 0; c < normalisation.length; c++) {
        copyRow(raw, c * heldVoxels + from, columns, normalisation[c], into.image, c * voxels + o);
      }
      copyTruth(pixels, from, columns, start[0] + z, start[1] + y, start[2], o, into);
    }
  }
}

function copyRow(
  raw: PixelArray,
  from: number,
  columns: Int32Array,
  { low, high, mean, std }: Normalisation,
  out: Float32Array,
  to: number,
): void {
  const factor = 1 / std;
  for (let x = 0; x < columns.length; x++) {
    out[to + x] = (Math.min(Math.max(raw[from + columns[x]], low), high) - mean) * factor;
  }
}

/** Target and weight of the row that starts at image position (z, y, x). */
function copyTruth(
  { shape, target, weight, trainable }: BlockPixels,
  from: number,
  columns: Int32Array,
  z: number,
  y: number,
  x: number,
  o: number,
  into: PatchPixels,
): void {
  const box = trainable ?? { start: [0, 0, 0], end: shape };
  const inside = z >= box.start[0] && z < box.end[0] && y >= box.start[1] && y < box.end[1];
  for (let i = 0; i < columns.length; i++) {
    const column = from + columns[i];
    into.target[o + i] = target[column] === 0 ? 0 : 1;
    if (into.numbers) into.numbers[o + i] = target[column];
    const kept = inside && x + i >= box.start[2] && x + i < box.end[2] && (weight === null || weight[column] !== 0);
    into.weight[o + i] = kept ? 1 : 0;
  }
}
