import { readdirSync } from 'node:fs';
import path from 'node:path';
import { describeImage, openDescription } from '../../src/formats';
import type { PixelSize } from '../../src/image/description';
import type { PixelArray } from '../../src/image/dtype';
import type { Shape5 } from '../../src/image/region';
import type { Scene } from './rare-scenes';

/** The compiled file lies in dist/bench/support. */
export const REAL = path.resolve(__dirname, '../../../../shared/data/real');

export interface RareSplit {
  train: Scene[];
  test: Scene[];
}

/**
 * Small axons alone as foreground, the others being what looks like them: objects of the mask, by faces, of some sizes.
 * Trained on the animals 1 to 4 of `train/`, judged on 5 and 6.
 */
export async function smallAxons(pixels: [least: number, most: number]): Promise<RareSplit> {
  const folder = path.join(REAL, 'sem2d-axons', 'train');
  const split: RareSplit = { train: [], test: [] };
  for (const file of readdirSync(path.join(folder, 'raw')).sort()) {
    const [raw, seg] = await Promise.all(['raw', 'seg'].map((role) => readReal(path.join(folder, role, file))));
    const mask = objectsOfSize(seg.pixels, seg.shape, pixels);
    const part = /^rat[56]/.test(file) ? split.test : split.train;
    part.push({ id: path.parse(file).name, shape: raw.shape, raw: raw.pixels, mask });
  }
  return split;
}

/** The embryo's stack cut across y: one part to train on, the other to judge by, some rows apart. */
export async function embryoHalves(turned: boolean): Promise<RareSplit> {
  const folder = path.join(REAL, 'nuclei3d-embryo', 'train');
  const [raw, seg] = await Promise.all(
    ['raw', 'seg'].map((role) => readReal(path.join(folder, role, '8_cell_stage.ome.tif'))),
  );
  const part = (id: string, from: number, to: number): Scene => {
    const shape: Shape5 = [1, 1, raw.shape[2], to - from, raw.shape[4]];
    const cut = (pixels: PixelArray) => rowsOf(pixels, raw.shape, from, to);
    return { id, shape, raw: cut(raw.pixels), mask: Uint8Array.from(cut(seg.pixels)) };
  };
  const middle = raw.shape[3] >> 1;
  const halves = [part('upper', 0, middle - 2), part('lower', middle + 2, raw.shape[3])];
  if (turned) halves.reverse();
  return { train: [halves[0]], test: [halves[1]] };
}

/** Reads an image whole. */
export async function readReal(
  file: string,
): Promise<{ shape: Shape5; pixels: PixelArray; pixelSize: PixelSize | null }> {
  const image = await describeImage(file, { id: path.basename(file) });
  const reader = await openDescription(image);
  try {
    const shape = image.shape as Shape5;
    const pixels = await reader.read({ start: [0, 0, 0, 0, 0], size: shape });
    return { shape, pixels, pixelSize: image.pixelSize };
  } finally {
    await reader.close();
  }
}

function rowsOf(pixels: PixelArray, [, , depth, height, width]: Shape5, from: number, to: number): PixelArray {
  const out = pixels.slice(0, depth * (to - from) * width);
  for (let z = 0; z < depth; z++) {
    const begin = (z * height + from) * width;
    out.set(pixels.subarray(begin, begin + (to - from) * width), z * (to - from) * width);
  }
  return out;
}

/** 255 on the connected objects of a plane that have so many pixels. */
function objectsOfSize(
  seg: PixelArray,
  [, , , height, width]: Shape5,
  [least, most]: [number, number],
): Uint8Array<ArrayBuffer> {
  const mask = new Uint8Array(seg.length);
  const seen = new Uint8Array(seg.length);
  for (let i = 0; i < seg.length; i++) {
    if (seg[i] === 0 || seen[i]) continue;
    const found = [i];
    seen[i] = 1;
    for (let k = 0; k < found.length; k++) {
      const [y, x] = [Math.floor(found[k] / width), found[k] % width];
      for (const [v, u] of [
        [y - 1, x],
        [y + 1, x],
        [y, x - 1],
        [y, x + 1],
      ]) {
        const j = v * width + u;
        if (v < 0 || v >= height || u < 0 || u >= width || seg[j] === 0 || seen[j]) continue;
        seen[j] = 1;
        found.push(j);
      }
    }
    if (found.length >= least && found.length <= most) for (const j of found) mask[j] = 255;
  }
  return mask;
}
