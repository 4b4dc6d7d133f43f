import type { RegionPolygon, Regions } from '../masks/regions';
import type { Point, Shape } from './decision';

/** Shapes as polygons that the mask nodes take; null where there are none. */
export function regionsOfShapes(shapes: readonly Shape[]): Regions | null {
  if (shapes.length === 0) return null;
  return {
    polygons: shapes.map(
      ({ rings: [outline, ...holes], z }): RegionPolygon => ({
        polygon: outline.map(swapped),
        ...(holes.length > 0 ? { holes: holes.map((hole) => hole.map(swapped)) } : {}),
        ...(z ? { z } : {}),
      }),
    ),
  };
}

/** Polygons as shapes of a decision. */
export function shapesOfRegions({ polygons }: Regions): Shape[] {
  return polygons.map(({ polygon, holes = [], z }) => ({
    rings: [polygon, ...holes].map((ring) => ring.map(swapped)),
    z: z ?? null,
  }));
}

/** [x, y] from [y, x], and the other way round. */
function swapped([a, b]: Readonly<Point>): Point {
  return [b, a];
}
