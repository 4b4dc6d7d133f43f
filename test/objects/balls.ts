import { Random } from '../../src/base/random';
import { count, type Zyx } from '../../src/image/region';
import type { ObjectMaps } from '../../src/objects/decode';

/** Balls that touch, with the maps that a perfect model predicts of them, each [z, y, x]. */
export interface Balls {
  shape: Zyx;
  labels: Int32Array<ArrayBuffer>;
  maps: ObjectMaps;
  count: number;
}

/**
 * Places balls at random, as many as fit with their centres at least 1.4 radii apart: many touch, none holds the centre of
 * another. A voxel in two belongs to the nearer centre.
 * @param noise that is added to the distances, as a network errs
 */
export function touchingBalls(shape: Zyx, wanted: number, radius: number, seed: number, noise = 0): Balls {
  const random = new Random(seed, 77);
  const centres: number[][] = [];
  for (let tries = 0; tries < 40 * wanted && centres.length < wanted; tries++) {
    const at = shape.map((n) => random.integer(n));
    if (centres.every((c) => Math.hypot(...c.map((v, axis) => v - at[axis])) >= 1.4 * radius)) centres.push(at);
  }
  const voxels = count(shape);
  const map = () => new Float32Array(voxels);
  const [foreground, boundary, centre] = [map(), map(), map().fill(1)];
  const labels = new Int32Array(voxels);
  let i = 0;
  for (let z = 0; z < shape[0]; z++) {
    for (let y = 0; y < shape[1]; y++) {
      for (let x = 0; x < shape[2]; x++, i++) {
        let [ball, near, next] = [-1, radius, 3 * radius];
        for (const [k, c] of centres.entries()) {
          const d = Math.sqrt((z - c[0]) ** 2 + (y - c[1]) ** 2 + (x - c[2]) ** 2);
          if (d <= near) [ball, near, next] = [k, d, near];
          else if (d < next) next = d;
        }
        if (ball < 0) continue;
        labels[i] = ball + 1;
        foreground[i] = 1;
        // As deep as the nearer of the surface and the plane to the next ball.
        const deep = Math.min(radius - near, (next - near) / 2 + 0.5);
        boundary[i] = clipped(deep / (0.75 * radius) + noise * (random.uniform() - 0.5));
        centre[i] = clipped(near / radius + noise * (random.uniform() - 0.5));
      }
    }
  }
  return { shape, labels, maps: { foreground, boundary, centre }, count: centres.length };
}

const clipped = (value: number) => Math.min(1, Math.max(0, value));

/** Numbers the objects of two label images alike, so that they can be compared up to numbering. */
export function sameUpToNumbers(a: Int32Array, b: Int32Array): boolean {
  const [there, back] = [new Map<number, number>(), new Map<number, number>()];
  return a.every((label, i) => {
    if (!there.has(label)) there.set(label, b[i]);
    if (!back.has(b[i])) back.set(b[i], label);
    return there.get(label) === b[i] && back.get(b[i]) === label;
  });
}
