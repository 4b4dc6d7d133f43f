import { readFileSync } from 'node:fs';
import path from 'node:path';
import { type DType, type PixelArray, viewAs } from '../../src/image/dtype';
import type { Zyx } from '../../src/image/region';
import type { Method } from '../../src/thresholding/methods';

/** One reference image with what scikit-image makes of it. */
export interface GoldenCase {
  name: string;
  pixels: PixelArray;
  shape: Zyx;
  thresholds: Record<Method, number | string>;
  otsuForegroundVoxels: number;
  objects: { faceConnected: number; fullyConnected: number };
  afterRemoveSmallObjects20FaceConnected: { voxels: number; objects: number };
  afterFillHolesVoxels: number;
}

type Entry = Omit<GoldenCase, 'name' | 'pixels' | 'shape'> & { shape: number[]; dtype: DType };

export function goldenCases(folder: string): GoldenCase[] {
  const manifest = JSON.parse(readFileSync(path.join(folder, 'manifest.json'), 'utf8')) as {
    cases: Record<string, Entry>;
  };
  return Object.entries(manifest.cases).map(([name, entry]) => {
    const [x, y, z = 1] = entry.shape.toReversed();
    return {
      ...entry,
      name,
      pixels: viewAs(entry.dtype, readFileSync(path.join(folder, `${name}.bin`))),
      shape: [z, y, x],
    };
  });
}
