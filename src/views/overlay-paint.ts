import { OVERLAY_COLOURS, objectColour, type Rgb, rgbOf } from './overlay-colours';
import type { Size, SmallMask } from './small-plane';

/** What lies over a picture; all [y, x] of its size. */
export interface Layers {
  found: SmallMask | null;
  /** how sure it is that something is there, 0 to 1 */
  probability: Float32Array | null;
  truth: SmallMask | null;
  /** 1 where nothing is judged */
  excluded: Uint8Array | null;
}

/** Classes of a pixel. */
const [NONE, FOUND, RIGHT, MISSED, SURPLUS] = [0, 1, 2, 3, 4];
const COLOURS: Record<number, Rgb> = {
  [FOUND]: rgbOf(OVERLAY_COLOURS.found),
  [RIGHT]: rgbOf(OVERLAY_COLOURS.right),
  [MISSED]: rgbOf(OVERLAY_COLOURS.missed),
  [SURPLUS]: rgbOf(OVERLAY_COLOURS.surplus),
};
/** How much of what is filled is colour; what was found and is right stays as it looks. */
const FILL: Record<number, number> = { [MISSED]: 0.6, [SURPLUS]: 0.45 };
/** The most that the colour of a probability covers. */
const SURE = 0.65;
/** What is not judged keeps so much of its brightness, what borders an outline so much. */
const DIMMED = 0.4;
const SHADE = 0.45;
/** A picture of so many pixels has outlines of two. */
const WIDE_FROM = 240;

/** Repeats every pixel of the layers so many times along both axes. @param size of the layers as they are */
export function enlargeLayers({ found, probability, truth, excluded }: Layers, size: Size, step: number): Layers {
  const times = <T extends Uint8Array | Float32Array | Float64Array>(pixels: T): T => enlarged(pixels, size, step);
  const ofMask = ({ inside, values, unknown }: SmallMask): SmallMask => {
    return { inside: times(inside), values: times(values), unknown: times(unknown) };
  };
  return {
    found: found && ofMask(found),
    probability: probability && times(probability),
    truth: truth && ofMask(truth),
    excluded: excluded && times(excluded),
  };
}

function enlarged<T extends Uint8Array | Float32Array | Float64Array>(pixels: T, [, columns]: Size, step: number): T {
  if (step === 1) return pixels;
  const wide = columns * step;
  const Type = pixels.constructor as new (length: number) => T;
  return new Type(pixels.length * step * step).map((_, i) => {
    const [y, x] = [Math.floor(i / wide), i % wide];
    return pixels[Math.floor(y / step) * columns + Math.floor(x / step)];
  }) as T;
}

/**
 * Paints layers over a picture: what was found as an outline with a dark edge, each object by itself, and in colours of its own
 * where objects have numbers; against a truth what is right as an outline, what was missed striped, what is surplus filled; a probability as colour; what is not judged dark.
 * @param rgb [y, x, 3], painted over
 */
export function paintLayers(rgb: Uint8Array, size: Size, layers: Layers): void {
  const { found, probability, truth } = layers;
  const excluded = excludedOf(layers, size);
  for (let i = 0; i < excluded.length; i++) if (excluded[i]) scale(rgb, i, DIMMED);
  if (probability && !found) {
    for (let i = 0; i < probability.length; i++) {
      const p = Math.min(1, Math.max(0, probability[i]));
      if (!excluded[i] && p > 0) mix(rgb, i, COLOURS[FOUND], SURE * p);
    }
  }
  if (!found && !truth) return;
  const classes = classesOf(layers, excluded);
  for (let i = 0; i < classes.length; i++) {
    const share = FILL[classes[i]] ?? 0;
    const isStriped = classes[i] === MISSED;
    if (share > 0 && (!isStriped || (Math.floor(i / size[1]) + (i % size[1])) % 4 < 2)) {
      mix(rgb, i, COLOURS[classes[i]], share);
    }
  }
  paintOutlines(rgb, size, classes, found?.values ?? null);
}

function excludedOf({ truth, excluded }: Layers, [rows, columns]: Size): Uint8Array {
  const all = excluded?.slice() ?? new Uint8Array(rows * columns);
  if (truth) for (let i = 0; i < all.length; i++) all[i] |= truth.unknown[i];
  return all;
}

function classesOf({ found, truth }: Layers, excluded: Uint8Array): Uint8Array {
  return excluded.map((isOut, i) => {
    if (isOut) return NONE;
    const [isFound, isTrue] = [found?.inside[i] === 1, truth?.inside[i] === 1];
    // A truth alone is drawn as what was found: there is nothing to be wrong.
    if (!truth || !found) return isFound || isTrue ? FOUND : NONE;
    if (isFound) return isTrue ? RIGHT : SURPLUS;
    return isTrue ? MISSED : NONE;
  });
}

/** Pixels with a neighbour of another class or object, at the far side of which the picture is darker. */
function paintOutlines(rgb: Uint8Array, size: Size, classes: Uint8Array, values: Float64Array | null): void {
  const [rows, columns] = size;
  const thick = Math.max(rows, columns) >= WIDE_FROM ? 2 : 1;
  const border = new Uint8Array(classes.length);
  const neighbours = (i: number): number[] => {
    const [y, x] = [Math.floor(i / columns), i % columns];
    return [
      ...(x > 0 ? [i - 1] : []),
      ...(x + 1 < columns ? [i + 1] : []),
      ...(y > 0 ? [i - columns] : []),
      ...(y + 1 < rows ? [i + columns] : []),
    ];
  };
  const differs = (i: number, j: number) =>
    classes[i] !== classes[j] || (values !== null && values[i] !== values[j] && values[i] !== 0 && values[j] !== 0);
  for (let i = 0; i < classes.length; i++) {
    if (classes[i] !== NONE && neighbours(i).some((j) => differs(i, j))) border[i] = 1;
  }
  for (let i = 0; thick > 1 && i < classes.length; i++) {
    if (classes[i] !== NONE && border[i] === 0 && neighbours(i).some((j) => border[j] === 1)) border[i] = 2;
  }
  const colourOf = objectColours(classes, values);
  for (let i = 0; i < classes.length; i++) {
    if (border[i] > 0) rgb.set(colourOf(i), 3 * i);
    else if (classes[i] === NONE && neighbours(i).some((j) => border[j] === 1)) scale(rgb, i, SHADE);
  }
}

/** The colour of each pixel's outline: its object's where several were found and nothing says what is right. */
function objectColours(classes: Uint8Array, values: Float64Array | null): (i: number) => Rgb {
  const numbers = new Set(values?.filter((value) => value !== 0));
  if (values === null || numbers.size < 2) return (i) => COLOURS[classes[i]];
  const colours = new Map([...numbers].map((label) => [label, rgbOf(objectColour(label))]));
  return (i) => (classes[i] === FOUND && colours.get(values[i])) || COLOURS[classes[i]];
}

function mix(rgb: Uint8Array, i: number, colour: Rgb, share: number): void {
  for (let k = 0; k < 3; k++) rgb[3 * i + k] = Math.round(rgb[3 * i + k] * (1 - share) + colour[k] * share);
}

function scale(rgb: Uint8Array, i: number, factor: number): void {
  for (let k = 0; k < 3; k++) rgb[3 * i + k] = Math.round(rgb[3 * i + k] * factor);
}
