import { Random } from '../base/random';
import { count, type Shape5 } from '../image/region';
import { gaussianBlur } from './microscope';

export interface NucleiOptions {
  /** [z, y, x] in pixels; z = 1 makes a thin section: flat ellipses */
  size: [number, number, number];
  /** nuclei to place; fewer where no more fit */
  nuclei: number;
  /** smallest and largest half axis in pixels of y and x */
  radius: [number, number];
  /** distance of two planes in units of a pixel of y and x */
  planeDistance: number;
  /** distance that nuclei keep, as a multiple of their own size (1.12); below 1 later ones lie over the edges of earlier ones */
  gap?: number;
  seed: number;
}

/** What stands in the field of view before the microscope sees it; arrays C order over `shape`. */
export interface Nuclei {
  shape: Shape5;
  /** 0 outside, else the number of the nucleus from 1 on */
  labels: Uint16Array<ArrayBuffer>;
  /** fluorophore density, about 1 inside a nucleus and 0 outside */
  density: Float32Array;
}

export interface Ellipsoid {
  centre: number[];
  halfAxes: number[];
  /** rows are the ellipsoid's own axes in [z, y, x] */
  axes: number[][];
}

const TRIES_PER_NUCLEUS = 40;
/** Nuclei keep this fraction of their size as distance from each other, unless it is said. */
const GAP = 1.12;
const TEXTURE = 0.25;

/**
 * Places textured ellipsoids at random without overlap. Each has its own brightness; a smooth random field makes
 * the texture of its chromatin. Depends on the options alone.
 */
export function placeNuclei(options: NucleiOptions): Nuclei {
  const shape: Shape5 = [1, 1, ...options.size];
  const labels = new Uint16Array(count(shape));
  const density = new Float32Array(labels.length);
  const texture = textureField(shape, options);
  const random = new Random(options.seed, 1);
  let placed = 0;
  for (let tries = options.nuclei * TRIES_PER_NUCLEUS; tries > 0 && placed < options.nuclei; tries--) {
    const ellipsoid = randomEllipsoid(random, options);
    if (!isFree(labels, ellipsoid, options)) continue;
    placed++;
    const brightness = random.range(0.6, 1.3);
    visitEllipsoid(ellipsoid, options, 1, (index) => {
      labels[index] = placed;
      density[index] = brightness * Math.max(0.1, 1 + TEXTURE * texture[index]);
    });
  }
  return { shape, labels, density };
}

function randomEllipsoid(random: Random, { size, radius, planeDistance }: NucleiOptions): Ellipsoid {
  const flat = size[0] === 1;
  const centre = size.map((n) => (n === 1 ? 0 : random.range(0, n)));
  centre[0] *= planeDistance;
  const halfAxes = [0, 1, 2].map(() => random.range(...radius));
  return { centre, halfAxes, axes: flat ? planeRotation(random) : rotation(random) };
}

function planeRotation(random: Random): number[][] {
  const angle = random.range(0, Math.PI);
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  return [
    [1, 0, 0],
    [0, c, s],
    [0, -s, c],
  ];
}

/** A uniformly random rotation from a random unit quaternion (Shoemake, 1992). */
function rotation(random: Random): number[][] {
  const q = [random.normal(), random.normal(), random.normal(), random.normal()];
  const norm = Math.hypot(...q);
  const [w, x, y, z] = q.map((part) => part / norm);
  return [
    [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
    [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
    [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
  ];
}

function isFree(labels: Uint16Array, ellipsoid: Ellipsoid, options: NucleiOptions): boolean {
  let free = true;
  visitEllipsoid(ellipsoid, options, options.gap ?? GAP, (index) => {
    if (labels[index] !== 0) free = false;
  });
  return free;
}

/** Calls `inside` with the index of each pixel whose centre lies in the ellipsoid grown by `scale`. */
export function visitEllipsoid(
  { centre, halfAxes, axes }: Ellipsoid,
  { size, planeDistance }: Pick<NucleiOptions, 'size' | 'planeDistance'>,
  scale: number,
  inside: (index: number) => void,
): void {
  const reach = Math.max(...halfAxes) * scale;
  const distance = [planeDistance, 1, 1];
  const from = size.map((_, i) => Math.max(0, Math.ceil((centre[i] - reach) / distance[i])));
  const to = size.map((n, i) => Math.min(n - 1, Math.floor((centre[i] + reach) / distance[i])));
  const [, height, width] = size;
  for (let z = from[0]; z <= to[0]; z++) {
    const dz = z * planeDistance - centre[0];
    for (let y = from[1]; y <= to[1]; y++) {
      const dy = y - centre[1];
      for (let x = from[2]; x <= to[2]; x++) {
        const dx = x - centre[2];
        let sum = 0;
        for (let i = 0; i < 3; i++) {
          const along = axes[i][0] * dz + axes[i][1] * dy + axes[i][2] * dx;
          sum += (along / (halfAxes[i] * scale)) ** 2;
        }
        if (sum <= 1) inside((z * height + y) * width + x);
      }
    }
  }
}

/** White noise blurred to grains of some pixels, scaled to mean 0 and standard deviation 1. */
function textureField(shape: Shape5, { planeDistance, seed }: NucleiOptions): Float32Array {
  const random = new Random(seed, 2);
  const field = Float32Array.from({ length: count(shape) }, () => random.normal());
  const grain = 1.8;
  gaussianBlur(field, shape, [grain / planeDistance, grain, grain]);
  const mean = field.reduce((sum, v) => sum + v, 0) / field.length;
  const deviation = Math.sqrt(field.reduce((sum, v) => sum + (v - mean) ** 2, 0) / field.length);
  for (let i = 0; i < field.length; i++) field[i] = (field[i] - mean) / deviation;
  return field;
}
