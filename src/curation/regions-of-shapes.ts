import type { RegionPolygon, Regions } from '../masks/regions';
import type { Drawing } from '../masks/target';
import type { Decision, Point, Shape } from './decision';

/** Shapes as polygons that the mask nodes take; null where there are none. */
export function regionsOfShapes(shapes: readonly Shape[]): Regions | null {
  return shapes.length === 0 ? null : { polygons: shapes.map(polygonOf) };
}

/** What a decision draws, as targets are made of it. */
export function drawingOf({ merge, exclude, strokes }: Pick<Decision, 'merge' | 'exclude' | 'strokes'>): Drawing {
  return {
    merge: merge.map(polygonOf),
    exclude: exclude.map(polygonOf),
    strokes: strokes.map(({ points, radius, value, z }) => ({
      points: points.map(swapped),
      radius,
      value,
      ...(z ? { z } : {}),
    })),
  };
}

/** Polygons as shapes of a decision. */
export function shapesOfRegions({ polygons }: Regions): Shape[] {
  return polygons.map(({ polygon, holes = [], z }) => ({
    rings: [polygon, ...holes].map((ring) => ring.map(swapped)),
    z: z ?? null,
  }));
}

function polygonOf({ rings: [outline, ...holes], z }: Shape): RegionPolygon {
  return {
    polygon: outline.map(swapped),
    ...(holes.length > 0 ? { holes: holes.map((hole) => hole.map(swapped)) } : {}),
    ...(z ? { z } : {}),
  };
}

/** [x, y] from [y, x], and the other way round. */
function swapped([a, b]: Readonly<Point>): Point {
  return [b, a];
}
