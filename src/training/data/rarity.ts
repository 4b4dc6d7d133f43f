import type { TrainingImage } from './training-image';

/** Computes the share of the voxels with weight that are foreground, all images together. */
export function foregroundShare(images: readonly Pick<TrainingImage, 'index'>[]): number {
  const sum = (of: (image: Pick<TrainingImage, 'index'>) => number) => images.reduce((n, image) => n + of(image), 0);
  return sum(({ index }) => index.foregroundCount) / Math.max(1, sum(({ index }) => index.includedCount));
}
