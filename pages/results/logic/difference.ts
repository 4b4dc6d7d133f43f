import { UNKNOWN } from '../../../src/masks/target';
import { OVERLAY_COLOURS } from '../../../src/views/overlay-colours';
import { hasInk, pixelOf } from '../../shared/logic/overlay-paint';

/** A segmentation beside its truth, all [y, x] of one tile. */
export interface Compared {
  /** whether a pixel was found */
  found: (i: number) => boolean;
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
  { found, truth, weight }: Compared,
  columns: number,
  rgba: Uint32Array,
  alpha: number,
): void {
  const right = pixelOf(OVERLAY_COLOURS.right, alpha);
  const missed = pixelOf(OVERLAY_COLOURS.missed, alpha);
  const surplus = pixelOf(OVERLAY_COLOURS.surplus, alpha);
  for (let i = 0; i < rgba.length; i++) {
    rgba[i] = 0;
    if (truth[i] === UNKNOWN || weight?.[i] === 0) continue;
    const isTrue = truth[i] !== 0;
    if (found(i)) rgba[i] = isTrue ? right : hasInk('stripes', i % columns, Math.floor(i / columns)) ? surplus : 0;
    else if (isTrue) rgba[i] = missed;
  }
}
