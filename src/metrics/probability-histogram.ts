import { type Static, Type } from '#typebox';
import { forEachBlock } from '../image/blocks';
import type { PixelArray } from '../image/dtype';
import { requireNumbers, requireSameLength } from './overlap';

/** The thresholds that are tried: 0.05 to 0.95 in steps of 0.01. */
export const THRESHOLD_GRID: readonly number[] = Array.from({ length: 91 }, (_, i) => (i + 5) / 100);

/** What networks are sure of is told apart down to this probability, and up to 1 less this. */
const SUREST = 1e-5;
/** Edges below the thresholds, and as many above, at even distances of the logit. */
const TAIL = 20;

/** Probabilities below the first threshold, from `SUREST` on. */
const LOW_TAIL = Array.from({ length: TAIL }, (_, i) => {
  const [surest, first] = [logit(SUREST), logit(THRESHOLD_GRID[0])];
  return sigmoid(surest + ((first - surest) * i) / TAIL);
});

/** Edges of the bins as probabilities are compared with them: maps are float32, as `applyThreshold` rounds. */
const EDGES = Float32Array.from([...LOW_TAIL, ...THRESHOLD_GRID, ...LOW_TAIL.map((p) => 1 - p).reverse()]);
/** Bins of a histogram. */
const BINS = EDGES.length + 1;

/** The edges below the end of each of so many even parts of [0, 1], at which the search for a bin begins. */
const PARTS = 1024;
const BELOW_PART = Uint8Array.from({ length: PARTS + 1 }, (_, i) => EDGES.filter((edge) => edge < i / PARTS).length);

/**
 * The probabilities of one image, split by truth: element k counts voxels above exactly k edges. Edges are the thresholds
 * of {@link THRESHOLD_GRID} and 20 more on either side of them, so the counts of every threshold follow, and what lies
 * below 0.05 and above 0.95 is told apart down to 1e-5. Excluded voxels are in none. It takes 2 kB.
 */
export interface ProbabilityHistogram {
  foreground: Float64Array;
  background: Float64Array;
}

const Counts = Type.Array(Type.Number({ minimum: 0 }), { minItems: BINS, maxItems: BINS });
/** A {@link ProbabilityHistogram} as JSON. */
export const HistogramJsonSchema = Type.Object(
  { foreground: Counts, background: Counts },
  { additionalProperties: false },
);
export type HistogramJson = Static<typeof HistogramJsonSchema>;

/** Makes empty counts of probabilities. */
export function noProbabilities(): ProbabilityHistogram {
  return { foreground: emptyBins(), background: emptyBins() };
}

/** Makes empty counts of the probabilities of pixels whose truth is not known. */
export function emptyBins(): Float64Array {
  return new Float64Array(BINS);
}

/** Writes a histogram such that JSON gives it back to the last count. */
export function histogramToJson({ foreground, background }: ProbabilityHistogram): HistogramJson {
  return { foreground: [...foreground], background: [...background] };
}

/** Reads what {@link histogramToJson} wrote; the schema has been checked. */
export function histogramFromJson({ foreground, background }: HistogramJson): ProbabilityHistogram {
  return { foreground: Float64Array.from(foreground), background: Float64Array.from(background) };
}

/**
 * Adds a chunk of an image.
 * @param probability in [0, 1]; rounded to float32
 * @param truth non-zero is foreground
 * @param weight 0 where a voxel is excluded; null counts all
 * @throws InvalidInputError when the lengths differ
 * @throws SegmenterError `invalid-input` for NaN
 */
export function addProbabilities(
  histogram: ProbabilityHistogram,
  probability: PixelArray,
  truth: PixelArray,
  weight: PixelArray | null,
): void {
  const arrays = weight ? [probability, truth, weight] : [probability, truth];
  requireSameLength(arrays);
  const { foreground, background } = histogram;
  let nan = 0;
  forEachBlock(arrays, ([p, g, w], length) => {
    for (let i = 0; i < length; i++) {
      if (w !== undefined && w[i] === 0) continue;
      if (Number.isNaN(p[i] + g[i])) nan++;
      else if (g[i] !== 0) foreground[binOf(p[i])]++;
      else background[binOf(p[i])]++;
    }
  });
  requireNumbers(nan);
}

/** The bin of a probability: how many edges it is above, once rounded to float32. */
export function binOf(probability: number): number {
  const p = Math.fround(probability);
  if (!(p > EDGES[0])) return 0;
  if (p > EDGES[EDGES.length - 1]) return EDGES.length;
  let k = BELOW_PART[Math.floor(p * PARTS)];
  while (k > 0 && !(p > EDGES[k - 1])) k--;
  while (p > EDGES[k]) k++;
  return k;
}

/** The first bin that lies above the threshold of the grid that is closest to a number. */
export function firstBinAbove(threshold: number): number {
  return TAIL + closestThreshold(threshold) + 1;
}

/** The index in {@link THRESHOLD_GRID} of what is closest to a number. */
export function closestThreshold(threshold: number): number {
  const k = Math.round(100 * (threshold - THRESHOLD_GRID[0]));
  return Math.min(THRESHOLD_GRID.length - 1, Math.max(0, k));
}

/** The logit in the middle of each bin; of the first and the last, which have one edge, half a step beyond it. */
export function binLogits(): Float64Array {
  const edges = Array.from(EDGES, logit);
  const half = (edges[1] - edges[0]) / 2;
  const bounds = [edges[0] - 2 * half, ...edges, edges[edges.length - 1] + 2 * half];
  return Float64Array.from({ length: BINS }, (_, k) => (bounds[k] + bounds[k + 1]) / 2);
}

/** The logarithm of the odds of a probability. */
export function logit(p: number): number {
  return Math.log(p / (1 - p));
}

/** The probability of a logit, without overflow. */
export function sigmoid(x: number): number {
  return x < 0 ? Math.exp(x) / (1 + Math.exp(x)) : 1 / (1 + Math.exp(-x));
}

/** The bin of each probability: all that a threshold of {@link THRESHOLD_GRID} asks of it, in a byte. */
export function binsOfProbabilities(probabilities: Float32Array): Uint8Array<ArrayBuffer> {
  const bins = new Uint8Array(probabilities.length);
  for (let i = 0; i < bins.length; i++) bins[i] = binOf(probabilities[i]);
  return bins;
}

/** Counts bins as {@link addProbabilities} counts their probabilities. @param weight 0 where a voxel is excluded */
export function histogramOfBins(bins: Uint8Array, truth: Uint8Array, weight: Uint8Array): ProbabilityHistogram {
  const { foreground, background } = noProbabilities();
  for (let i = 0; i < bins.length; i++) {
    if (weight[i] !== 0) (truth[i] !== 0 ? foreground : background)[bins[i]]++;
  }
  return { foreground, background };
}
