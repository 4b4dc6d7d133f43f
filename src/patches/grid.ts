import type { Zyx } from './plan';

/**
 * Offsets of patches along one axis: every `size * (1 - overlap)`, the last one flush with the end, so that the whole
 * axis is covered. A patch larger than the axis has one offset, 0 or below: the axis lies in its middle.
 */
export function gridOffsets(extent: number, size: number, overlap: number): number[] {
  if (size >= extent) return [centredOffset(extent, size)];
  const step = Math.max(1, Math.floor(size * (1 - overlap)));
  const offsets: number[] = [];
  for (let offset = 0; offset < extent - size; offset += step) offsets.push(offset);
  offsets.push(extent - size);
  return offsets;
}

/** The starts [z, y, x] of all patches of a grid, x fastest. */
export function gridStarts(shape: Readonly<Zyx>, size: Readonly<Zyx>, overlap: number): Zyx[] {
  const [zs, ys, xs] = [0, 1, 2].map((axis) => gridOffsets(shape[axis], size[axis], size[axis] === 1 ? 0 : overlap));
  return zs.flatMap((z) => ys.flatMap((y) => xs.map((x): Zyx => [z, y, x])));
}

/** The start that puts a patch's middle on a position, moved as far as it must to lie inside the image. */
export function centredStart(position: Readonly<Zyx>, shape: Readonly<Zyx>, size: Readonly<Zyx>): Zyx {
  const along = (axis: 0 | 1 | 2): number => {
    if (size[axis] >= shape[axis]) return centredOffset(shape[axis], size[axis]);
    return Math.min(Math.max(position[axis] - Math.floor(size[axis] / 2), 0), shape[axis] - size[axis]);
  };
  return [along(0), along(1), along(2)];
}

/** Where a patch starts that is as large as the axis or larger: half of the padding before, half behind. */
export function centredOffset(extent: number, size: number): number {
  return 0 - Math.floor((size - extent) / 2);
}
