import type { Random } from '../../src/base/random';
import type { Zyx } from '../../src/image/region';
import type { Connectivity } from '../../src/thresholding/components';

export function randomMask(random: Random, [z, y, x]: Zyx, density: number): Uint8Array {
  return Uint8Array.from({ length: z * y * x }, () => (random.chance(density) ? 255 : 0));
}

/** Connected components by flood fill from each voxel in C order. */
export function floodLabels(mask: Uint8Array, shape: Zyx, connectivity: Connectivity): Int32Array {
  const [depth, height, width] = shape;
  const labels = new Int32Array(mask.length);
  let count = 0;
  const steps = [-1, 0, 1];
  const offsets = steps
    .flatMap((z) => steps.flatMap((y) => steps.map((x) => [z, y, x])))
    .filter((offset) => connectivity === 'full' || offset.filter(Boolean).length === 1);
  for (let seed = 0; seed < mask.length; seed++) {
    if (!mask[seed] || labels[seed]) continue;
    labels[seed] = ++count;
    const open = [seed];
    for (let i = open.pop(); i !== undefined; i = open.pop()) {
      for (const [dz, dy, dx] of offsets) {
        const x = (i % width) + dx;
        const y = (Math.floor(i / width) % height) + dy;
        const z = Math.floor(i / (width * height)) + dz;
        if (x < 0 || y < 0 || z < 0 || x >= width || y >= height || z >= depth) continue;
        const next = (z * height + y) * width + x;
        if (!mask[next] || labels[next]) continue;
        labels[next] = count;
        open.push(next);
      }
    }
  }
  return labels;
}
