import { Random } from '../../src/base/random';
import type { PixelArray } from '../../src/image/dtype';
import type { Shape5 } from '../../src/image/region';
import { gaussianBlur, type MicroscopeOptions, takeImage } from '../../src/simulation/microscope';
import { placeNuclei } from '../../src/simulation/nuclei';
import { NUCLEI_2D, NUCLEI_3D } from '../../src/simulation/sample-sets';

/** An image and its truth, C order over `shape`. */
export interface Scene {
  id: string;
  shape: Shape5;
  raw: PixelArray;
  /** 255 where foreground */
  mask: Uint8Array<ArrayBuffer>;
}

/** How a field of rare round objects among others is made. */
export interface RareField {
  /** [z, y, x] */
  size: [number, number, number];
  planeDistance: number;
  /** objects of each kind in an image */
  counts: { target: number; large: number; rods: number; debris: number; dim: number };
  microscope: Omit<MicroscopeOptions, 'seed'>;
}

/** About 1 % of the pixels is foreground, and some 8 % is something else. */
export const RARE_2D: RareField = {
  size: [1, 512, 512],
  planeDistance: 1,
  counts: { target: 34, large: 26, rods: 34, debris: 60, dim: 50 },
  microscope: NUCLEI_2D.microscope,
};

/** The same in stacks whose planes are twice as far apart as pixels. */
export const RARE_3D: RareField = {
  size: [24, 128, 128],
  planeDistance: 2,
  counts: { target: 16, large: 5, rods: 14, debris: 40, dim: 24 },
  microscope: NUCLEI_3D.microscope,
};

/** Half axes in pixels: what is sought is round and of one size. */
const TARGET: [number, number] = [4, 6];
const LARGE: [number, number] = [9, 13];
const DEBRIS: [number, number] = [1.2, 2.2];
const ROD = { width: 3.2, length: [18, 32] as const };
/** Out of focus: as large as the targets, dim and blurred; nobody would draw them. */
const DIM = { brightness: 0.45, blur: 3 };

/** The field of that seed; depends on options and seed alone. */
export function rareScene(field: RareField, seed: number): Scene {
  const { size, planeDistance, counts, microscope } = field;
  const place = (nuclei: number, radius: [number, number], kind: number) =>
    placeNuclei({ size, nuclei, radius, planeDistance, seed: 16 * seed + kind });
  const targets = place(counts.target, TARGET, 0);
  const { shape, labels, density } = targets;
  const others = [place(counts.large, LARGE, 1), place(counts.debris, DEBRIS, 2), rods(field, 16 * seed + 3)];
  for (const other of others) addApart(density, labels, other);
  const dim = place(counts.dim, TARGET, 4);
  const far = new Float32Array(density.length);
  addApart(far, labels, dim);
  gaussianBlur(far, shape, [DIM.blur / planeDistance, DIM.blur, DIM.blur]);
  for (let i = 0; i < far.length; i++) density[i] = Math.max(density[i], DIM.brightness * far[i]);
  const raw = takeImage(density, shape, { ...microscope, seed });
  return { id: `rare-${seed}`, shape, raw, mask: Uint8Array.from(labels, (label) => (label > 0 ? 255 : 0)) };
}

interface Objects {
  labels: Uint16Array;
  density: Float32Array;
}

/** Adds the objects that nowhere lie on a target. */
function addApart(density: Float32Array, targets: Uint16Array, { labels, density: other }: Objects): void {
  const hidden = new Set<number>();
  for (let i = 0; i < labels.length; i++) if (labels[i] > 0 && targets[i] > 0) hidden.add(labels[i]);
  for (let i = 0; i < labels.length; i++) {
    if (labels[i] > 0 && !hidden.has(labels[i])) density[i] = Math.max(density[i], other[i]);
  }
}

/** Straight rods as wide as the targets' small axis, lying in all directions. */
function rods({ size, planeDistance, counts }: RareField, seed: number): Objects {
  const [depth, height, width] = size;
  const labels = new Uint16Array(depth * height * width);
  const density = new Float32Array(labels.length);
  const random = new Random(seed, 5);
  for (let rod = 1; rod <= counts.rods; rod++) {
    const centre = [random.range(0, depth) * planeDistance, random.range(0, height), random.range(0, width)];
    const tilt = depth === 1 ? 0 : random.range(-0.5, 0.5);
    const turn = random.range(0, Math.PI);
    const axis = [Math.sin(tilt), Math.cos(tilt) * Math.sin(turn), Math.cos(tilt) * Math.cos(turn)];
    const half = random.range(...ROD.length) / 2;
    const brightness = random.range(0.6, 1.3);
    const reach = half + ROD.width;
    for (let z = 0; z < depth; z++) {
      const dz = depth === 1 ? 0 : z * planeDistance - centre[0];
      if (Math.abs(dz) > reach) continue;
      for (let y = Math.max(0, Math.ceil(centre[1] - reach)); y < Math.min(height, centre[1] + reach); y++) {
        for (let x = Math.max(0, Math.ceil(centre[2] - reach)); x < Math.min(width, centre[2] + reach); x++) {
          const offset = [dz, y - centre[1], x - centre[2]];
          const along = offset.reduce((sum, v, i) => sum + v * axis[i], 0);
          const across = Math.sqrt(Math.max(0, offset.reduce((sum, v) => sum + v * v, 0) - along * along));
          if (Math.abs(along) > half || across > ROD.width) continue;
          const i = (z * height + y) * width + x;
          labels[i] = rod;
          density[i] = brightness;
        }
      }
    }
  }
  return { labels, density };
}
