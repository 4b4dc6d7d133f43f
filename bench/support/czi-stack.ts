import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Random } from '../../src/base/random';
import { openImage } from '../../src/formats';
import type { Region } from '../../src/image/region';
import { type BuildBlock, buildCzi } from '../../test/formats/czi/czi-builder';
import { measure, report } from './measure';

export const PLANES = 64;
export const SIDE = 512;

/** Camera noise on a slope, a plane of the stack. */
export function noisyPlane(z: number): Uint16Array<ArrayBuffer> {
  const random = new Random(z + 1);
  return Uint16Array.from({ length: SIDE * SIDE }, (_, i) => 200 + (i % SIDE) + random.integer(100));
}

/** Reads a stack of 64 x 512 x 512 uint16 pixels from a CZI file and prints how fast. */
export async function benchmarkCzi(name: string, blocksOf: (z: number) => BuildBlock[]): Promise<void> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'segmenter-bench-'));
  const file = path.join(process.env.KEEP ?? folder, `${name}.czi`);
  try {
    writeFileSync(file, buildCzi(Array.from({ length: PLANES }, (_, z) => blocksOf(z)).flat()));
    const region: Region = { start: [0, 0, 0, 0, 0], size: [1, 1, PLANES, SIDE, SIDE] };
    const timing = await measure(async () => {
      const source = await openImage(file);
      await source.read(region);
      await source.close();
    });
    const megabytes = (PLANES * SIDE * SIDE * 2) / 1e6;
    report(name, timing, {
      MBps: Math.round(megabytes / timing.seconds),
      shape: [PLANES, SIDE, SIDE],
      dtype: 'uint16',
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
