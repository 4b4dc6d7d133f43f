import { readdirSync } from 'node:fs';
import path from 'node:path';
import type { PixelSize } from '../../src/image/description';
import type { PixelArray } from '../../src/image/dtype';
import type { Shape5 } from '../../src/image/region';
import { REAL, readReal } from './rare-real';
import type { Scene } from './rare-scenes';
import { WALL_SPACING, wallScene } from './wall-scenes';

/** A part of a training image of a real set: where it is cut, as shares of an axis. */
interface RealPart {
  set: string;
  file: string;
  /** `train` */
  split?: 'train' | 'test';
  /** folder of the truth (`seg`) */
  truth?: string;
  z?: readonly [from: number, to: number];
  y?: readonly [from: number, to: number];
}

/** A stack of simulated cell walls. */
interface WallPart {
  walls: number;
}

export type Part = RealPart | WallPart;

/** Parts to train on, and others to judge by. */
interface Division {
  train: Part[];
  judge: Part[];
}

const axons = (truth: string, judged: RegExp) => divided('sem2d-axons', truth, (file) => judged.test(file));
const [FIRST, SECOND] = ['ovule_1135.ome.tif', 'ovule_1136_z000-049.ome.tif'];
const ovule = (file: string, z?: RealPart['z']): Part => ({ set: 'nuclei3d-ovule', file, ...(z && { z }) });
const embryo = (from: number, to: number): Part[] => [
  { set: 'nuclei3d-embryo', file: '8_cell_stage.ome.tif', y: [from, to] },
];

/**
 * Ways to divide the training images of the real sets: by animal, by file, by depth, by specimen and by half. Choices are made by
 * these; `test-` trains on all of them and is looked at once these are made. `walls` are simulated, to see whether what nuclei like harms others.
 */
export const DIVISIONS: Readonly<Record<string, () => Division>> = {
  axons: () => axons('seg', /^rat[56]/),
  'axons-others': () => axons('seg', /^rat[12]/),
  myelin: () => axons('seg_myelin', /^rat[56]/),
  bbbc039: () => divided('nuclei2d-bbbc039', 'seg', (_, i) => i % 2 === 1),
  ovules: () => ({
    train: [ovule(FIRST, [0, 0.6]), ovule(SECOND, [0, 0.6])],
    judge: [ovule(FIRST, [0.65, 1]), ovule(SECOND, [0.65, 1])],
  }),
  'other-ovule': () => ({ train: [ovule(FIRST)], judge: [ovule(SECOND)] }),
  embryo: () => ({ train: embryo(0, 0.5), judge: embryo(0.5, 1) }),
  walls: () => ({ train: [{ walls: 0 }, { walls: 1 }], judge: [{ walls: 2 }, { walls: 3 }] }),
  'test-axons': () => tested('sem2d-axons'),
  'test-ovules': () => tested('nuclei3d-ovule'),
  'test-bbbc039': () => tested('nuclei2d-bbbc039'),
  'test-embryo': () => tested('nuclei3d-embryo'),
};

type PartScene = Scene & { pixelSize: PixelSize | null };

/** Reads or makes a part, its foreground as 255. */
export async function sceneOf(part: Part): Promise<PartScene> {
  return 'walls' in part ? { ...wallScene(part.walls), pixelSize: WALL_SPACING } : readPart(part);
}

async function readPart({
  set,
  file,
  split = 'train',
  truth = 'seg',
  z = [0, 1],
  y = [0, 1],
}: RealPart): Promise<PartScene> {
  const [raw, seg] = await Promise.all(['raw', truth].map((role) => readReal(path.join(REAL, set, split, role, file))));
  const [, , depth, height, width] = raw.shape;
  const [[z0, z1], [y0, y1]] = [
    z.map((share) => Math.round(share * depth)),
    y.map((share) => Math.round(share * height)),
  ];
  const shape: Shape5 = [1, 1, z1 - z0, y1 - y0, width];
  const cut = (pixels: PixelArray) => {
    const rows = Array.from({ length: z1 - z0 }, (_, k) => ((z0 + k) * height + y0) * width);
    const out = pixels.slice(0, shape[2] * shape[3] * width);
    for (const [k, from] of rows.entries())
      out.set(pixels.subarray(from, from + shape[3] * width), k * shape[3] * width);
    return out;
  };
  const mask = Uint8Array.from(cut(seg.pixels), (value) => (value > 0 ? 255 : 0));
  // tells which tiles are of one scan
  const id = path.parse(file).name;
  return { id, shape, raw: cut(raw.pixels), mask, pixelSize: raw.pixelSize };
}

function divided(set: string, truth: string, isJudged: (file: string, i: number) => boolean): Division {
  const division: Division = { train: [], judge: [] };
  for (const [i, file] of readdirSync(path.join(REAL, set, 'train', 'raw'))
    .sort()
    .entries()) {
    division[isJudged(file, i) ? 'judge' : 'train'].push({ set, file, truth });
  }
  return division;
}

function tested(set: string): Division {
  const train = filesOf(set).map((file) => ({ set, file }));
  return { train, judge: filesOf(set, 'test').map((file) => ({ set, file, split: 'test' as const })) };
}

function filesOf(set: string, split = 'train'): string[] {
  return readdirSync(path.join(REAL, set, split, 'raw')).sort();
}
