import type { Zyx } from '../../image/region';

/** Longest side of a view, in pixels. */
const LONGEST = 384;

/** A small view of an image in a validation: one plane, rows of x. */
export interface SeenImage {
  id: string;
  /** the plane, from 0, and which of its pixels: every `step`-th */
  plane: number;
  step: number;
  width: number;
  height: number;
  /** normalised, of the first channel */
  raw: Float32Array<ArrayBuffer>;
  probability: Float32Array<ArrayBuffer>;
  /** 0 or 1 */
  truth: Uint8Array<ArrayBuffer>;
  /** 0: nothing is known there */
  weight: Uint8Array<ArrayBuffer>;
}

/** What a validation has in memory of an image, of [z, y, x]; the image [c, z, y, x]. */
export interface SeenPixels {
  image: Float32Array<ArrayBuffer>;
  probabilities: Float32Array<ArrayBuffer>;
  target: Uint8Array<ArrayBuffer>;
  weight: Uint8Array<ArrayBuffer>;
  size: Readonly<Zyx>;
}

/**
 * Takes a small view of what a validation has in memory: the plane with most foreground, every n-th pixel of it. No pixel
 * is made up by averaging, so that its outlines are those of the prediction.
 */
export function glimpse(id: string, { image, probabilities, target, weight, size }: SeenPixels): SeenImage {
  const [, rows, columns] = size;
  const step = Math.max(1, Math.ceil(Math.max(rows, columns) / LONGEST));
  const [height, width] = [Math.ceil(rows / step), Math.ceil(columns / step)];
  const plane = fullestPlane(target, weight, size);
  const first = plane * rows * columns;
  const seen: SeenImage = {
    ...{ id, plane, step, width, height },
    raw: new Float32Array(width * height),
    probability: new Float32Array(width * height),
    truth: new Uint8Array(width * height),
    weight: new Uint8Array(width * height),
  };
  for (let y = 0, o = 0; y < rows; y += step) {
    for (let x = 0; x < columns; x += step, o++) {
      const i = first + y * columns + x;
      seen.raw[o] = image[i];
      seen.probability[o] = probabilities[i];
      seen.truth[o] = target[i];
      seen.weight[o] = weight[i];
    }
  }
  return seen;
}

/** The plane with most foreground, the middle one where there is none. */
function fullestPlane(target: Uint8Array, weight: Uint8Array, [planes, rows, columns]: Readonly<Zyx>): number {
  let fullest = Math.floor(planes / 2);
  let most = 0;
  for (let z = 0; z < planes && planes > 1; z++) {
    let foreground = 0;
    for (let i = z * rows * columns; i < (z + 1) * rows * columns; i++) foreground += target[i] * weight[i];
    if (foreground > most) [fullest, most] = [z, foreground];
  }
  return fullest;
}
