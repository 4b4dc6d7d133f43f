/** A point or an offset in a plane; of an image x to the right and y down, of a stage along its axes. */
export interface Point {
  x: number;
  y: number;
}

/** A linear map of the plane, [[xx, xy], [yx, yy]]: x' = xx * x + xy * y. */
export type Linear = readonly [readonly [number, number], readonly [number, number]];

/** How the axes of the stage lie in an image, as people set it. */
export interface Axes {
  /** the stage's x grows to the left of the image */
  flipX: boolean;
  /** the stage's y grows upwards in the image */
  flipY: boolean;
  /** degrees by which offsets turn from the image to the stage, after flipping, from x towards y */
  rotation: number;
}

/** Makes the map from offsets in an image to offsets of the stage, both in the same unit. */
export function orientationOf({ flipX, flipY, rotation }: Axes): Linear {
  const [cos, sin] = exactTurn(rotation);
  const [x, y] = [flipX ? -1 : 1, flipY ? -1 : 1];
  return [
    [cos * x, -sin * y],
    [sin * x, cos * y],
  ];
}

/** Cosine and sine, exact for quarter turns: cos(90°) is 6e-17. */
function exactTurn(degrees: number): [cos: number, sin: number] {
  const quarter = (((degrees / 90) % 4) + 4) % 4;
  if (Number.isInteger(quarter)) return [[1, 0, -1, 0][quarter], [0, 1, 0, -1][quarter]] as [number, number];
  const radians = (degrees * Math.PI) / 180;
  return [Math.cos(radians), Math.sin(radians)];
}

/** Brings a point, or a way, through a linear map; in the units of the map. */
export function applyLinear([[xx, xy], [yx, yy]]: Linear, { x, y }: Point): Point {
  return { x: xx * x + xy * y, y: yx * x + yy * y };
}
