import { type Mirror, mirrorings } from '../../inference/cut-tile';
import type { NodeList } from './node-list';

/** Behind an axis counted backwards. */
const BEFORE_ALL = -(2 ** 31) + 1;

/** Mirrors one image in all ways that a prediction averages over. @param image [1, c, (z,) y, x] @returns [mirrorings, c, (z,) y, x] */
export function mirroredNodes(list: NodeList, image: string, dimensions: 2 | 3): string {
  const all = mirrorings(dimensions, true).map((mirror) => turned(list, image, mirror, dimensions));
  return list.op('Concat', all, { axis: 0 });
}

/** Averages what was predicted of each, mirrored back. @param results [mirrorings, c, (z,) y, x] @returns [1, c, (z,) y, x] */
export function averageNodes(list: NodeList, results: string, dimensions: 2 | 3): string {
  const all = mirrorings(dimensions, true).map((mirror, index) =>
    turned(list, list.op('Gather', [results, list.integers([index])], { axis: 0 }), mirror, dimensions),
  );
  return list.op('Mean', all);
}

function turned(list: NodeList, image: string, mirror: Mirror, dimensions: 2 | 3): string {
  const axes = mirror.slice(3 - dimensions).flatMap((isTurned, axis) => (isTurned ? [axis + 2] : []));
  if (axes.length === 0) return image;
  const each = (value: number) => list.integers(axes.map(() => value));
  return list.op('Slice', [image, each(-1), each(BEFORE_ALL), list.integers(axes), each(-1)]);
}
