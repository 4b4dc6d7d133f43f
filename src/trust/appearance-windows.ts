import type { Zyx } from '../image/region';

/** Rows and columns of a window; of a smaller image all it has. */
const WINDOW = 64;
/** Windows of an image, of all its time points together, and of each at least. */
const MOST_WINDOWS = 128;
const FEWEST_WINDOWS = 4;

/**
 * Steps of a sequence that fills a volume evenly however long it is: powers of the root of x^4 = x + 1 (Roberts, "The
 * unreasonable effectiveness of quasirandom sequences", 2018). In even steps through a grid all windows may lie in one column.
 */
const STEPS = [0.8191725133961645, 0.6710436067037893, 0.5497004779019703];

/** Windows of an image that tell how it looks. */
interface Windows {
  /** [z, y, x] */
  size: Zyx;
  /** first voxel of each */
  corners: Zyx[];
}

/**
 * Spreads windows evenly over an image: of one plane, side by side, no more than tell how it looks.
 * @param times time points of the image, which share them
 */
export function appearanceWindows(shape: Readonly<Zyx>, times = 1): Windows {
  const size: Zyx = [1, Math.min(WINDOW, shape[1]), Math.min(WINDOW, shape[2])];
  const along = size.map((length, axis) => {
    const count = Math.floor(shape[axis] / length);
    return { length, count, first: Math.floor((shape[axis] - count * length) / 2) };
  });
  const [z, y, x] = along;
  const count = z.count * y.count * x.count;
  const kept = Math.min(Math.max(FEWEST_WINDOWS, Math.floor(MOST_WINDOWS / times)), count);
  const corners = Array.from({ length: kept }, (_, i): Zyx => {
    const all = [Math.floor(i / (y.count * x.count)), Math.floor(i / x.count) % y.count, i % x.count];
    const some = along.map((axis, k) => Math.floor(((0.5 + i * STEPS[k]) % 1) * axis.count));
    const at = kept === count ? all : some;
    return along.map(({ first, length }, axis) => first + at[axis] * length) as Zyx;
  });
  return { size, corners };
}
