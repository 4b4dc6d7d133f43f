import { type Static, Type } from '#typebox';
import { InvalidInputError } from '../base/errors';
import { applyLinear, type Linear, type Point } from './orientation';

const PointSchema = Type.Object({ x: Type.Number(), y: Type.Number() }, { additionalProperties: false });

/** Points of an image and where the stage has them: what a calibration is made of. */
export const CalibrationSchema = Type.Object(
  {
    points: Type.Array(
      Type.Object({
        /** pixels from 0 at the centre of the first one */
        pixel: PointSchema,
        /** micrometres */
        stage: PointSchema,
      }),
      { maxItems: 10_000 },
    ),
    /** of the image that the points are of, in micrometres */
    pixelSize: Type.Optional(
      Type.Object({ x: Type.Number({ exclusiveMinimum: 0 }), y: Type.Number({ exclusiveMinimum: 0 }) }),
    ),
  },
  { additionalProperties: true },
);
export type Calibration = Static<typeof CalibrationSchema>;

/** An affine map that was fitted to points. */
export interface Fitted {
  linear: Linear;
  offset: Point;
  /** root of the mean square distance between the points and where the map has them, in the unit of the target */
  residual: number;
  points: number;
}

/** A pair of points of a fit. */
export interface Matched {
  from: Point;
  to: Point;
}

/** Three points fix a map of the plane. */
const LEAST_POINTS = 3;
/**
 * How thin the ellipse of the points may be, as the ratio of its spreads: thinner ones say too little of the axis across. Points
 * that were found to half a pixel in an image of 1000 pixels differ by less than this from a line.
 */
const THINNEST = 0.01;

/**
 * Fits an affine map to matched points by least squares (normal equations of the centred points).
 * @param name of what holds the points, for errors
 * @throws InvalidInputError for fewer than three points, and for points on a line, in the image or on the stage
 */
export function fitAffine(pairs: readonly Matched[], name: string): Fitted {
  const n = pairs.length;
  if (n < LEAST_POINTS) throw new InvalidInputError(name, `${LEAST_POINTS} or more matched points`, n);
  const mean = (of: (pair: Matched) => number) => pairs.reduce((sum, pair) => sum + of(pair), 0) / n;
  const from = { x: mean((pair) => pair.from.x), y: mean((pair) => pair.from.y) };
  const to = { x: mean((pair) => pair.to.x), y: mean((pair) => pair.to.y) };
  const product = (a: (pair: Matched) => number, b: (pair: Matched) => number) => mean((pair) => a(pair) * b(pair));
  const [u, v] = [(pair: Matched) => pair.from.x - from.x, (pair: Matched) => pair.from.y - from.y];
  const [xx, xy, yy] = [product(u, u), product(u, v), product(v, v)];
  requireSpread([xx, xy, yy], name, 'points');
  const determinant = xx * yy - xy * xy;
  const row = (target: (pair: Matched) => number): [number, number] => {
    const [a, b] = [product(u, target), product(v, target)];
    return [(a * yy - b * xy) / determinant, (b * xx - a * xy) / determinant];
  };
  const linear: Linear = [row((pair) => pair.to.x - to.x), row((pair) => pair.to.y - to.y)];
  const [[a, b], [c, d]] = linear;
  // Without it all of an image would be one place of the stage, or a line of them.
  requireSpread([a * a + b * b, a * c + b * d, c * c + d * d], name, 'places of them on the stage');
  const middle = applyLinear(linear, from);
  const offset = { x: to.x - middle.x, y: to.y - middle.y };
  const distances = pairs.map((pair) => {
    const { x, y } = applyLinear(linear, pair.from);
    return (x + offset.x - pair.to.x) ** 2 + (y + offset.y - pair.to.y) ** 2;
  });
  return { linear, offset, residual: Math.sqrt(distances.reduce((sum, each) => sum + each, 0) / n), points: n };
}

/**
 * @param moments of the points, or of where a map has those of a circle
 * @throws InvalidInputError where they lie on a line, or all in one place
 */
function requireSpread([xx, xy, yy]: readonly [number, number, number], name: string, what: string): void {
  const middle = (xx + yy) / 2;
  const apart = Math.hypot((xx - yy) / 2, xy);
  const [long, short] = [middle + apart, Math.max(0, middle - apart)];
  if (long > 0 && Math.sqrt(short / long) >= THINNEST) return;
  const width = `${Math.sqrt(short).toPrecision(3)} wide and ${Math.sqrt(long).toPrecision(3)} long`;
  throw new InvalidInputError(name, `${what} that do not lie on a line`, `${what} that spread ${width}`);
}

/**
 * Finds from one feature, seen while the stage stood in different places, how offsets in an image become offsets of the stage, in
 * micrometres each: where the stage moves on, the feature moves the other way.
 * @throws InvalidInputError also where the pixel size is missing
 */
export function orientationFrom({ points, pixelSize }: Calibration, name: string): Fitted {
  if (!pixelSize)
    throw new InvalidInputError(`${name}.pixelSize`, 'the pixel size of the images of the calibration', undefined);
  const pairs = points.map(({ pixel, stage }) => ({
    from: { x: -pixel.x * pixelSize.x, y: -pixel.y * pixelSize.y },
    to: stage,
  }));
  return fitAffine(pairs, `${name}.points`);
}

/** Finds from points of an image whose places on the stage are known the map from its pixels to the stage. @throws InvalidInputError */
export function placeFrom({ points }: Calibration, name: string): Fitted {
  return fitAffine(
    points.map(({ pixel, stage }) => ({ from: pixel, to: stage })),
    `${name}.points`,
  );
}
