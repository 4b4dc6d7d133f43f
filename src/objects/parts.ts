import type { Zyx } from '../image/region';

/** Numbers from 1 on, without gaps, in the order of the first voxels; 0 is background. */
export interface Parts {
  /** [z, y, x] */
  parts: Int32Array<ArrayBuffer>;
  count: number;
}

/**
 * Tells apart what of one number does not touch over faces, edges or corners: a mask's connected components, and the pieces
 * that a window leaves of an object.
 * @param labels 0 is background, [z, y, x]
 */
export function partsOf(labels: ArrayLike<number>, [depth, height, width]: Readonly<Zyx>): Parts {
  const parts = new Int32Array(labels.length);
  const found: number[] = [];
  let count = 0;
  for (let first = 0; first < labels.length; first++) {
    const label = labels[first];
    if (label === 0 || parts[first] !== 0) continue;
    parts[first] = ++count;
    found.push(first);
    for (let i = found.pop(); i !== undefined; i = found.pop()) {
      const x = i % width;
      const y = Math.floor(i / width) % height;
      const z = Math.floor(i / (width * height));
      const [toZ, toY, toX] = [Math.min(z + 2, depth), Math.min(y + 2, height), Math.min(x + 2, width)];
      for (let w = Math.max(z - 1, 0); w < toZ; w++) {
        for (let v = Math.max(y - 1, 0); v < toY; v++) {
          for (let u = Math.max(x - 1, 0), j = (w * height + v) * width + u; u < toX; u++, j++) {
            if (parts[j] !== 0 || labels[j] !== label) continue;
            parts[j] = count;
            found.push(j);
          }
        }
      }
    }
  }
  return { parts, count };
}
