import { forEachBlock } from '../image/blocks';
import type { Passes } from './passes';
import { PixelRange } from './pixel-range';

/** The mean of all pixels, summed in float64. */
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
