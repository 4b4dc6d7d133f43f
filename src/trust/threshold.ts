import { bestThreshold, overlapAt } from '../metrics/best-threshold';
import { type OverlapCounts, overlapMetrics } from '../metrics/overlap';
import { closestThreshold, type ProbabilityHistogram, THRESHOLD_GRID } from '../metrics/probability-histogram';
import { shrunk, standardErrorOf } from './shrink';

/** The threshold of a network that says how probable foreground is, and where nothing tells otherwise. */
const NEUTRAL = 0.5;
/** How far a best threshold is from that of other images, where there is one fold alone to tell. */
const LONE_ERROR = 0.15;

/** A threshold for images to come. */
export interface PooledThreshold {
  /** of the grid */
  threshold: number;
  /** the best for the very images that were judged; what `threshold` was shrunk from */
  best: number;
  /** of `best`, by how the folds' own differ */
  standardError: number;
}

/** What an image scores at a threshold that it had no part in. */
export interface HonestOverlap {
  threshold: number;
  counts: OverlapCounts;
  /** null: it has no foreground */
  dice: number | null;
}

/**
 * Chooses the threshold of the best mean Dice over all images that the network has not seen, each of them of equal weight
 * ({@link bestThreshold}), and shrinks it towards 0.5 by what the folds disagree (empirical Bayes):
 * t = 0.5 + (t* - 0.5) * d² / (d² + SE²), with d = t* - 0.5 and SE the standard deviation of the folds' own best thresholds
 * divided by the square root of their number. Where folds agree it stays, where they do not it is no better known than
 * that. Of a single fold SE is taken to be 0.15. It is rounded to the grid.
 * @param folds the images of each; those of folds without foreground count in the mean, but tell nothing of its error
 * @throws InvalidInputError when no image has foreground
 */
export function pooledThreshold(folds: readonly (readonly ProbabilityHistogram[])[]): PooledThreshold {
  const best = bestThreshold(folds.flat()).threshold;
  const own = folds.filter((images) => images.some(hasForeground)).map((images) => bestThreshold(images).threshold);
  const standardError = standardErrorOf(own, LONE_ERROR);
  const kept = shrunk(best - NEUTRAL, standardError);
  return { threshold: THRESHOLD_GRID[closestThreshold(NEUTRAL + kept)], best, standardError };
}

/**
 * Judges each image at the threshold that the other folds choose ({@link pooledThreshold}), as an image to come will be: at
 * a threshold that it had no part in. Where the others have no foreground that is 0.5.
 * @returns in the order of the images of each fold
 */
export function honestOverlaps(folds: readonly (readonly ProbabilityHistogram[])[]): HonestOverlap[][] {
  return folds.map((images, fold) => {
    const others = folds.filter((_, other) => other !== fold);
    const threshold = others.flat().some(hasForeground) ? pooledThreshold(others).threshold : NEUTRAL;
    return images.map((image) => {
      const counts = overlapAt(image, threshold);
      const { dice, emptyReference } = overlapMetrics(counts);
      return { threshold, counts, dice: emptyReference ? null : dice };
    });
  });
}

function hasForeground({ foreground }: ProbabilityHistogram): boolean {
  return foreground.some((n) => n > 0);
}
