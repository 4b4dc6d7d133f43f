import { InvalidInputError } from '../base/errors';
import { fillPolygon } from './polygon-mask';
import type { RegionPolygon, Regions } from './regions';

/**
 * One plane of the regions: polygons united, each filled as `polygon2mask` fills it.
 * @param z the plane, 0-based
 * @returns [y, x], 1 inside, 0 outside
 * @throws InvalidInputError where a polygon's planes lie beyond the image
 */
export function rasterise(regions: Regions, zCount: number, height: number, width: number, z: number): Uint8Array {
  checkPlanes(regions, zCount);
  return fill(inPlane(regions, z), height, width, 0, height);
}

/**
 * As {@link rasterise}, for going through a stack some rows of a plane at a time: the same rows of planes that hold the
 * same polygons share one array. What is returned must not be written to.
 */
export function rasteriser(
  regions: Regions,
  zCount: number,
  height: number,
  width: number,
): (z: number, firstRow: number, rows: number) => Uint8Array<ArrayBuffer> {
  checkPlanes(regions, zCount);
  let last: { polygons: RegionPolygon[]; firstRow: number; mask: Uint8Array<ArrayBuffer> } | undefined;
  return (z, firstRow, rows) => {
    const polygons = inPlane(regions, z);
    const same = last?.firstRow === firstRow && last.mask.length === rows * width && sameItems(last.polygons, polygons);
    if (!last || !same) last = { polygons, firstRow, mask: fill(polygons, height, width, firstRow, rows) };
    return last.mask;
  };
}

function checkPlanes({ polygons }: Regions, zCount: number): void {
  for (const [i, { z }] of polygons.entries()) {
    if (z && z[1] >= zCount) {
      throw new InvalidInputError(`polygon ${i}, z`, `planes within 0..${zCount - 1}, as the image has`, z);
    }
  }
}

function inPlane({ polygons }: Regions, plane: number): RegionPolygon[] {
  return polygons.filter(({ z }) => !z || (plane >= z[0] && plane <= z[1]));
}

function fill(
  polygons: readonly RegionPolygon[],
  height: number,
  width: number,
  firstRow: number,
  rows: number,
): Uint8Array<ArrayBuffer> {
  const mask = new Uint8Array(rows * width);
  for (const { polygon, holes } of polygons) fillPolygon([polygon, ...(holes ?? [])], height, width, mask, firstRow);
  return mask;
}

function sameItems<T>(a: readonly T[], b: readonly T[]): boolean {
  return a.length === b.length && a.every((item, i) => item === b[i]);
}
