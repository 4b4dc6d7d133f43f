import { UNKNOWN } from '../../../src/masks/target';
import { OVERLAY_COLOURS } from '../../../src/views/overlay-colours';
import { hasInk, pixelOf } from '../../shared/logic/overlay-paint';

/** A segmentation beside its truth, all [y, x] of one tile. */
export interface Compared {
  /** a mask, or probabilities as they are stored */
  pixels: ArrayLike<number>;
  /** what is above it was found; 0 of a mask */
  above: number;
  /** 0, `UNKNOWN` where nobody said what is there, else foreground */
  truth: ArrayLike<number>;
  /** 0 where nothing is judged; null: nowhere */
  weight: ArrayLike<number> | null;
}

/**
 * Colours what is right, missed and surplus, the latter two told apart by texture as well.
 * @param rgba receives all pixels; nothing where both say background, or where nothing is judged
 */
export function paintCompared(
  { pixels, above, truth, weight }: Compared,
  columns: number,
  rgba: Uint32Array,
  alpha: number,
): void {
  const right = pixelOf(OVERLAY_COLOURS.right, alpha);
  const missed = pixelOf(OVERLAY_COLOURS.missed, alpha);
  const surplus = pixelOf(OVERLAY_COLOURS.surplus, alpha);
  for (let i = 0, y = 0; i < rgba.length; y++) {
    for (let x = 0; x < columns; x++, i++) {
      const isTrue = truth[i] !== 0;
      const isFound = pixels[i] > above;
      if ((!isTrue && !isFound) || truth[i] === UNKNOWN || weight?.[i] === 0) rgba[i] = 0;
      else if (isTrue) rgba[i] = isFound ? right : missed;
      else rgba[i] = hasInk('stripes', x, y) ? surplus : 0;
    }
  }
}
