import { type Static, Type } from '#typebox';
import { InvalidInputError } from '../base/errors';
import { binLogits, logit, type ProbabilityHistogram, sigmoid } from '../metrics/probability-histogram';

/**
 * Slopes beyond are taken for these: what asks for more is a handful of pixels, not a network. One that has learned for some
 * dozens of steps, with all probabilities about 0.5, asks for 6 and more.
 */
const SLOPES = { least: 0.2, most: 20 };
/**
 * Weight of slope 1 and shift 0, in images: what an image tells of the slope is about its share of unsure pixels (some
 * 1e-3), so that probabilities are taken as they are only where there is less than an image to tell otherwise.
 */
const RIDGE = 1e-3;
const MOST_STEPS = 100;
/** What a step of Newton's moves slope and shift by in the end. */
const STILL = 1e-10;
/** Bins of even width in which predicted and true shares are compared. */
const ROWS = 10;

/** How probabilities become shares of pixels that are foreground: the card's `calibration`. */
export const CalibrationSchema = Type.Object({
  /** what the logit of a probability is multiplied with; below 1: the network is surer than it is right */
  slope: Type.Number({ exclusiveMinimum: 0 }),
  /** what is added to it then */
  shift: Type.Number(),
  /** expected calibration error that is left, 0 to 1 */
  ece: Type.Number({ minimum: 0, maximum: 1 }),
  /** mean share of the foreground in the images that have any; absent: not known */
  foreground: Type.Optional(Type.Number({ minimum: 0, maximum: 1 })),
});
export type Calibration = Static<typeof CalibrationSchema>;
/** What is done to a logit. */
export type PlattMap = Pick<Calibration, 'slope' | 'shift'>;

/** Pixels of about one calibrated probability, over images of equal weight. */
export interface ReliabilityRow {
  /** calibrated probabilities, from at least this to below that */
  from: number;
  to: number;
  /** of all pixels */
  share: number;
  /** mean calibrated probability; 0 without pixels */
  predicted: number;
  /** share of the pixels that are foreground; 0 without pixels */
  observed: number;
}

/**
 * Fits slope and shift of the logit (Platt, Advances in Large Margin Classifiers 1999) by maximum likelihood to the
 * probabilities of images that the network has not seen. Each image counts the same however large it is, one without
 * foreground too. A ridge holds the fit near slope 1 and shift 0 where the images tell little.
 * @throws InvalidInputError when no image has foreground
 */
export function fitCalibration(images: readonly ProbabilityHistogram[]): Calibration {
  const shares = images.map(foregroundShare).filter((share) => share > 0);
  if (shares.length === 0) throw new InvalidInputError('images to calibrate by', 'at least one with foreground', 0);
  const bins = weigh(images);
  const free = maximise(bins, { slope: 1, shift: 0 }, true);
  const slope = Math.min(SLOPES.most, Math.max(SLOPES.least, free.slope));
  const { shift } = slope === free.slope ? free : maximise(bins, { slope, shift: 0 }, false);
  const foreground = shares.reduce((sum, share) => sum + share, 0) / shares.length;
  return { slope, shift, ece: calibrationError(reliability(images, { slope, shift })), foreground };
}

/** The share of pixels of a probability that are foreground. */
export function calibrated(p: number, { slope, shift }: PlattMap): number {
  return sigmoid(slope * logit(p) + shift);
}

/** The probability that {@link calibrated} makes a share of. */
export function uncalibrated(share: number, { slope, shift }: PlattMap): number {
  return sigmoid((logit(share) - shift) / slope);
}

/** The calibrated probability of each bin of a histogram. */
export function calibratedBins({ slope, shift }: PlattMap): Float64Array {
  return binLogits().map((z) => sigmoid(slope * z + shift));
}

/** Compares calibrated probabilities with the truth in ten rows of even width; each image counts the same. */
export function reliability(images: readonly ProbabilityHistogram[], map: PlattMap): ReliabilityRow[] {
  const { foreground, background, total } = weigh(images);
  const rows = Array.from({ length: ROWS }, (_, i) => ({ from: i / ROWS, to: (i + 1) / ROWS, n: 0, p: 0, hits: 0 }));
  calibratedBins(map).forEach((p, k) => {
    const row = rows[Math.min(ROWS - 1, Math.floor(p * ROWS))];
    const n = foreground[k] + background[k];
    row.n += n;
    row.p += n * p;
    row.hits += foreground[k];
  });
  return rows.map(({ from, to, n, p, hits }) => {
    const per = n > 0 ? 1 / n : 0;
    return { from, to, share: n / total, predicted: p * per, observed: hits * per };
  });
}

/** The mean distance of predicted from observed shares, each row by its pixels (Naeini et al., AAAI 2015). */
export function calibrationError(rows: readonly ReliabilityRow[]): number {
  return rows.reduce((sum, { share, predicted, observed }) => sum + share * Math.abs(predicted - observed), 0);
}

/** What all images tell together, each of them 1; images of no pixels tell nothing. */
interface WeightedBins {
  foreground: Float64Array;
  background: Float64Array;
  /** images */
  total: number;
}

function weigh(images: readonly ProbabilityHistogram[]): WeightedBins {
  const bins = binLogits().length;
  const sums = { foreground: new Float64Array(bins), background: new Float64Array(bins), total: 0 };
  for (const image of images) {
    const pixels = sum(image.foreground) + sum(image.background);
    if (pixels === 0) continue;
    sums.total++;
    for (let k = 0; k < bins; k++) {
      sums.foreground[k] += image.foreground[k] / pixels;
      sums.background[k] += image.background[k] / pixels;
    }
  }
  return sums;
}

/** Newton's method with halved steps: the penalised likelihood has one maximum. */
function maximise(bins: WeightedBins, start: PlattMap, slopeIsFree: boolean): PlattMap {
  let at = start;
  let loss = lossOf(bins, at);
  for (let step = 0; step < MOST_STEPS; step++) {
    const { slope, shift } = newtonStep(bins, at, slopeIsFree);
    let size = 1;
    let next = { slope: at.slope + slope, shift: at.shift + shift };
    let lower = lossOf(bins, next);
    while (lower > loss && size > STILL) {
      size /= 2;
      next = { slope: at.slope + size * slope, shift: at.shift + size * shift };
      lower = lossOf(bins, next);
    }
    if (lower > loss) return at;
    at = next;
    loss = lower;
    if (size * Math.max(Math.abs(slope), Math.abs(shift)) < STILL) return at;
  }
  return at;
}

function lossOf({ foreground, background }: WeightedBins, { slope, shift }: PlattMap): number {
  const logits = binLogits();
  let loss = (RIDGE / 2) * ((slope - 1) ** 2 + shift ** 2);
  for (let k = 0; k < logits.length; k++) {
    const x = slope * logits[k] + shift;
    loss += foreground[k] * softplus(-x) + background[k] * softplus(x);
  }
  return loss;
}

function newtonStep(
  { foreground, background }: WeightedBins,
  { slope, shift }: PlattMap,
  slopeIsFree: boolean,
): PlattMap {
  const logits = binLogits();
  let [towardsSlope, towardsShift] = [RIDGE * (slope - 1), RIDGE * shift];
  let [slopes, both, shifts] = [RIDGE, 0, RIDGE];
  for (let k = 0; k < logits.length; k++) {
    const z = logits[k];
    const p = sigmoid(slope * z + shift);
    const n = foreground[k] + background[k];
    const error = n * p - foreground[k];
    const curvature = n * p * (1 - p);
    towardsSlope += error * z;
    towardsShift += error;
    slopes += curvature * z * z;
    both += curvature * z;
    shifts += curvature;
  }
  if (!slopeIsFree) return { slope: 0, shift: -towardsShift / shifts };
  const determinant = slopes * shifts - both * both;
  return {
    slope: -(shifts * towardsSlope - both * towardsShift) / determinant,
    shift: -(slopes * towardsShift - both * towardsSlope) / determinant,
  };
}

/** log(1 + exp(x)) without overflow. */
function softplus(x: number): number {
  return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
}

function foregroundShare({ foreground, background }: ProbabilityHistogram): number {
  const n = sum(foreground);
  return n === 0 ? 0 : n / (n + sum(background));
}

function sum(counts: Float64Array): number {
  return counts.reduce((total, n) => total + n, 0);
}
