import type { OutlinePolygon } from '../objects/outlines';

/** Where an object lies in an image, and what else is said of it. */
export interface OutlinedObject {
  label: number;
  t: number;
  z: number;
  polygons: OutlinePolygon[];
  /** whether the image has several planes, or time points */
  isPlaneOfMany: boolean;
  /** QuPath's class of it */
  className?: string;
  /** by name, see {@link measurementsOf} */
  measurements?: Readonly<Record<string, number>>;
}

/**
 * Makes a feature of GeoJSON as QuPath reads it: a detection with its number as name, in pixels of the image; in an image of several
 * planes it says which (`plane` for QuPath, `properties.z` for this package). Source: QuPathTypeAdapters.java of QuPath 0.5:
 * `classification` is an object with a name, `measurements` one of numbers.
 */
export function featureOf({ label, t, z, polygons, isPlaneOfMany, className, measurements }: OutlinedObject): object {
  const plane = isPlaneOfMany ? { plane: { c: -1, z, t } } : {};
  const geometry =
    polygons.length === 1
      ? { type: 'Polygon', ...plane, coordinates: polygons[0] }
      : { type: 'MultiPolygon', ...plane, coordinates: polygons };
  const properties = {
    objectType: 'detection',
    name: String(label),
    label,
    ...(className ? { classification: { name: className, color: colourOf(className) } } : {}),
    ...(measurements ? { measurements } : {}),
    ...(isPlaneOfMany ? { z: [z, z], t } : {}),
  };
  return { type: 'Feature', geometry, properties };
}

/** A colour of its own for each class, the same in every file: red, green and blue, none of them dark. */
function colourOf(className: string): [number, number, number] {
  let hash = 0;
  for (const letter of className) hash = (Math.imul(hash, 31) + (letter.codePointAt(0) ?? 0)) >>> 0;
  return [0, 8, 16].map((shift) => 64 + (((hash >>> shift) & 0xff) * 3) / 4).map(Math.round) as [
    number,
    number,
    number,
  ];
}
