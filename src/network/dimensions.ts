import type { PixelSize } from '../image/description';

/** A stack, or a plane, that is learned from. */
export interface StackShape {
  planes: number;
  pixelSize: PixelSize | null;
}

/** Planes that a 3D network needs: its patches are 4 at least, and levels that halve them, or look beyond, more. */
const LEAST_PLANES = 8;
/**
 * From so many pixels between planes on each plane is taken for itself. nnU-Net calls 3 anisotropic and still trains in 3D
 * with kernels that are flat at first, so that it is no less; at 10, mitochondria were found with a Dice of 0.36 in 3D and
 * 0.57 in 2D: most structures end before the next plane, which then says more about another one.
 */
const FARTHEST_PLANES = 6;

/** Whether images are learned from as planes or as stacks, and what a person should know of how that was decided. */
export interface ChosenDimensions {
  dimensions: 2 | 3;
  note?: string;
}

/** Chooses 2D or 3D by the number of planes and how far they are apart. */
export function chooseDimensions(stacks: readonly StackShape[]): ChosenDimensions {
  if (stacks.every(({ planes }) => planes === 1)) return { dimensions: 2 };
  const fewest = stacks.reduce((least, { planes }) => Math.min(least, planes), Number.POSITIVE_INFINITY);
  if (fewest < LEAST_PLANES) {
    return { dimensions: 2, note: `2D: an image has ${fewest} of the ${LEAST_PLANES} planes that 3D needs` };
  }
  const ratio = anisotropy(stacks);
  if (ratio === null) {
    return { dimensions: 3, note: '3D: how far planes are apart is not known, and taken for as far as pixels' };
  }
  const distance = `planes are ${Number(ratio.toPrecision(3))} times as far apart as pixels`;
  if (ratio < FARTHEST_PLANES) return { dimensions: 3, note: `3D: ${distance}` };
  return { dimensions: 2, note: `2D: ${distance}, from ${FARTHEST_PLANES} times on each is taken for itself` };
}

/** How many times as far planes are apart as pixels, the middle of what is known; null: of no stack. */
export function anisotropy(stacks: readonly StackShape[]): number | null {
  const ratios = stacks.flatMap(({ pixelSize }) => {
    if (!pixelSize || pixelSize.z === null) return [];
    const ratio = pixelSize.z / Math.min(pixelSize.y, pixelSize.x);
    return ratio > 0 && Number.isFinite(ratio) ? [ratio] : [];
  });
  return ratios.sort((a, b) => a - b)[Math.floor((ratios.length - 1) / 2)] ?? null;
}
