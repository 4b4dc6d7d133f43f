import { keysOf } from '../base/collections';
import { forEachBlock } from '../image/blocks';
import { type DType, dtypeOf, type PixelArray } from '../image/dtype';
import { type Histogram, histogramOf } from './histogram';
import { isodata, minimum, otsu, triangle, yen } from './histogram-methods';
import { li } from './li';
import { type Passes, type PixelChunks, PixelRange, runInMemory, runStreamed } from './passes';

/** The automatic thresholds, named as in scikit-image: how each goes about an image of a pixel type. A new one is a row. */
export const METHODS = {
  otsu: fromHistogram(otsu),
  li,
  yen: fromHistogram(yen),
  isodata: fromHistogram(isodata),
  triangle: fromHistogram(triangle),
  minimum: fromHistogram(minimum),
  mean,
} as const satisfies Record<string, (dtype: DType) => Passes<number>>;
export type Method = keyof typeof METHODS;

/** Where a threshold may come from: a model's card, a number, or an automatic method. */
export const THRESHOLD_METHODS = ['model', 'value', ...keysOf(METHODS)] as const;
export type ThresholdMethod = (typeof THRESHOLD_METHODS)[number];

/**
 * Computes the threshold t of one image (one t and c), foreground being `image > t`; equal to scikit-image 0.26 for
 * integers (but see `yen`), within 1e-6 relative for floats. Sums are float64 here: `mean` and `li` of float32 images
 * are as it has them of the same image in float64. Histogram methods read 8 and 16 bit pixels once, others twice;
 * `mean` once, `li` of floats some twelve times. Streamed and in-memory pixels give the same bits.
 * @returns t in the image's own numbers
 * @throws InvalidInputError for no pixels or infinite pixels
 * @throws SegmenterError `invalid-input` for NaN pixels, saying how many
 * @throws ThresholdError where the method finds none: `minimum` without two maxima, `isodata` of a constant float image
 * @throws UnsupportedError for a histogram of a 32-bit integer image over 2^24 levels wide
 */
export function computeThreshold(method: Method, source: PixelChunks): Promise<number> {
  return runStreamed(METHODS[method](source.dtype), source);
}

/** Computes a threshold as {@link computeThreshold} does, of pixels in memory. */
export function thresholdOf(method: Method, pixels: PixelArray): number {
  return runInMemory(METHODS[method](dtypeOf(pixels)), pixels);
}

function fromHistogram(method: (histogram: Histogram) => number): (dtype: DType) => Passes<number> {
  return function* (dtype) {
    return method(yield* histogramOf(dtype));
  };
}

/** Computes the mean of all pixels, summed in float64. */
export function* mean(): Passes<number> {
  const range = new PixelRange();
  let total = 0;
  yield {
    add(chunk) {
      range.add(chunk);
      forEachBlock([chunk], ([block], length) => {
        for (let i = 0; i < length; i++) total += block[i];
      });
    },
  };
  range.requireFinite();
  return total / range.count;
}
