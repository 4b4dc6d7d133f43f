import { UNKNOWN } from '../../../src/masks/target';
import { hasInk, pixelOf } from '../../shared/logic/overlay-paint';

/** Without red against green, and told apart by texture too (Okabe and Ito, 2008). */
export const LAYER_COLOURS = {
  seg1: '#e69f00',
  seg2: '#56b4e9',
  result: '#f0e442',
  mergeMask: '#ffffff',
  excludeMask: '#cc79a7',
} as const;

/** What only one of two segmentations has, each in its colour and texture; what both have faint; nothing where one is unknown. */
export function paintDifference(
  seg1: ArrayLike<number>,
  seg2: ArrayLike<number>,
  columns: number,
  rgba: Uint32Array,
  alpha: number,
): void {
  const only1 = pixelOf(LAYER_COLOURS.seg1, alpha);
  const only2 = pixelOf(LAYER_COLOURS.seg2, alpha);
  const both = pixelOf('#ffffff', alpha / 4);
  for (let i = 0; i < rgba.length; i++) {
    if (seg1[i] === UNKNOWN || seg2[i] === UNKNOWN) continue;
    const [a, b] = [seg1[i] !== 0, seg2[i] !== 0];
    if (a && b) rgba[i] = both;
    else if (a) rgba[i] = only1;
    else if (b && hasInk('stripes', i % columns, Math.floor(i / columns))) rgba[i] = only2;
  }
}
