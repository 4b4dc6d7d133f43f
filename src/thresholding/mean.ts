import { forEachBlock } from '../image/blocks';
import { type DType, isFloat } from '../image/dtype';
import { rounding } from './float-bins';
import { PairwiseSum } from './pairwise-sum';
import type { Passes } from './passes';
import { PixelRange } from './pixel-range';

/** The mean of all pixels, as `numpy.mean`: pairwise in the image's precision for floats, float64 for integers. */
export function* mean(dtype: DType): Passes<number> {
  if (!isFloat(dtype)) return yield* integerMean();
  const range = new PixelRange();
  yield range;
  range.requireFinite();
  return yield* floatMean(dtype as 'float32' | 'float64', range.count);
}

/** NumPy's buffer: integers are converted to float64 so many at a time and summed before they join the total. */
const BUFFER = 8192;

function* integerMean(): Passes<number> {
  const range = new PixelRange();
  let total = 0;
  let buffered = 0;
  let inBuffer = 0;
  yield {
    add(chunk) {
      range.add(chunk);
      forEachBlock([chunk], ([block], length) => {
        for (let i = 0; i < length; i++) {
          buffered += block[i];
          if (++inBuffer === BUFFER) {
            total += buffered;
            buffered = 0;
            inBuffer = 0;
          }
        }
      });
    },
  };
  range.requireFinite();
  return (total + buffered) / range.count;
}

function* floatMean(precision: 'float32' | 'float64', count: number): Passes<number> {
  const sum = new PairwiseSum(precision, count);
  yield { add: (chunk) => sum.add(chunk as Float32Array | Float64Array) };
  return rounding(precision)(sum.total() / count);
}
