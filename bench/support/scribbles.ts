import { Random } from '../../src/base/random';

/** Values of an image of scribbles, as ilastik's labels have them. */
export const SCRIBBLE = { unknown: 0, background: 1, foreground: 2 };

/** Half the width of the band that a border scribble shows of a plane, in pixels. */
const BORDER = 2;
/** Half the width of what is painted inside of objects and beside them. */
const BRUSH = 1;
const STROKE = 24;
/** Sides of an object's border that are followed at a time. */
const ARC = 10;
/** Strokes that find nothing to paint before the painting ends. */
const MOST_IN_VAIN = 1000;

/**
 * Paints scribbles on one plane as a person would who knows the truth: by turns a stroke inside an object, one in the
 * background, and one along an object's border that shows both of its sides.
 * @param truth [height, width], 0 is background
 * @param share of the pixels that shall be known, about
 * @returns [height, width] of {@link SCRIBBLE}
 */
export function scribble(
  truth: ArrayLike<number>,
  width: number,
  share: number,
  seed: number,
): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(truth.length);
  const height = truth.length / width;
  const random = new Random(seed);
  let known = 0;
  /** @param only paints there alone; null: the truth of every pixel */
  const dab = (y: number, x: number, radius: number, only: boolean | null): void => {
    for (let row = Math.max(0, y - radius); row <= Math.min(height - 1, y + radius); row++) {
      for (let column = Math.max(0, x - radius); column <= Math.min(width - 1, x + radius); column++) {
        const i = row * width + column;
        const isObject = truth[i] !== 0;
        if (out[i] !== SCRIBBLE.unknown || (only !== null && isObject !== only)) continue;
        out[i] = isObject ? SCRIBBLE.foreground : SCRIBBLE.background;
        known++;
      }
    }
  };
  const isBorder = (y: number, x: number) =>
    y > 0 &&
    x > 0 &&
    y < height - 1 &&
    x < width - 1 &&
    truth[y * width + x] !== 0 &&
    [-width, -1, 1, width].some((step) => truth[y * width + x + step] === 0);
  /** Goes on straight, a little off now and then, while the pixels stay what they are. */
  const stroke = (y: number, x: number, of: boolean): void => {
    let angle = random.range(0, 2 * Math.PI);
    let [atY, atX] = [y, x];
    for (let i = 0; i < STROKE; i++) {
      const [row, column] = [Math.round(atY), Math.round(atX)];
      if (row < 0 || column < 0 || row >= height || column >= width) return;
      if ((truth[row * width + column] !== 0) !== of) return;
      dab(row, column, BRUSH, of);
      angle += random.range(-0.3, 0.3);
      [atY, atX] = [atY + Math.sin(angle), atX + Math.cos(angle)];
    }
  };
  const alongBorder = (y: number, x: number): void => {
    for (let row = y - ARC; row <= y + ARC; row++) {
      for (let column = x - ARC; column <= x + ARC; column++) if (isBorder(row, column)) dab(row, column, BORDER, null);
    }
  };
  for (let turn = 0, inVain = 0; known < share * truth.length && inVain < MOST_IN_VAIN; inVain++) {
    const [y, x] = [random.integer(height), random.integer(width)];
    const isObject = truth[y * width + x] !== 0;
    const fits = [isObject, !isObject, isBorder(y, x)][turn % 3];
    if (!fits) continue;
    if (turn % 3 === 2) alongBorder(y, x);
    else stroke(y, x, isObject);
    turn++;
    inVain = 0;
  }
  return out;
}
