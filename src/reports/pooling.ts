import type { CalibrationBin } from '../metrics/calibration-error';

/** Probabilities of about one height, over images of equal weight. */
export interface CalibrationPoint {
  /** of all pixels */
  share: number;
  /** mean probability; 0 without pixels */
  predicted: number;
  /** share of the pixels that are foreground; 0 without pixels */
  observed: number;
}

/** Puts the bins of several images together; each image counts the same, however large it is. */
export function pooledBins(images: readonly (readonly CalibrationBin[])[]): CalibrationPoint[] {
  const first = images[0] ?? [];
  return first.map((_, k) => {
    const sums = { share: 0, predicted: 0, observed: 0 };
    for (const bins of images) {
      const part = bins[k].pixels / (bins.reduce((sum, { pixels }) => sum + pixels, 0) || 1) / images.length;
      sums.share += part;
      sums.predicted += part * bins[k].predicted;
      sums.observed += part * bins[k].observed;
    }
    const per = sums.share > 0 ? 1 / sums.share : 0;
    const inside = (value: number) => Math.min(1, value * per);
    return { share: Math.min(1, sums.share), predicted: inside(sums.predicted), observed: inside(sums.observed) };
  });
}

/** Computes the mean Dice of images at each threshold; null without images. */
export function meanDiceAt(images: readonly (readonly number[])[]): number[] | null {
  if (images.length === 0) return null;
  return images[0].map((_, k) => images.reduce((sum, dices) => sum + dices[k], 0) / images.length);
}

/** The mean distance of predicted from observed shares, each bin by its pixels. */
export function pooledError(points: readonly CalibrationPoint[]): number {
  return points.reduce((sum, { share, predicted, observed }) => sum + share * Math.abs(predicted - observed), 0);
}
