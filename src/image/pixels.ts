import type { PixelArray } from './dtype';
import type { Shape5 } from './region';

/** Pixels in memory, C order over [t, c, z, y, x]. */
export interface Pixels {
  data: PixelArray;
  shape: Shape5;
}
