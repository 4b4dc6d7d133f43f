import type { Zyx } from './plan';

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
}

export function emptyPixels(): PatchPixels {
  return {
    channels: 0,
    size: [0, 0, 0],
    image: new Float32Array(0),
    target: new Uint8Array(0),
    weight: new Uint8Array(0),
  };
}

/** Gives the buffer a size; its content is undefined afterwards. */
export function resize(pixels: PatchPixels, channels: number, size: Readonly<Zyx>): void {
  const voxels = size[0] * size[1] * size[2];
  pixels.channels = channels;
  pixels.size = [...size];
  if (pixels.image.length < channels * voxels) pixels.image = new Float32Array(channels * voxels);
  if (pixels.target.length < voxels) {
    pixels.target = new Uint8Array(voxels);
    pixels.weight = new Uint8Array(voxels);
  }
}
