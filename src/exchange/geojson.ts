import type { OutlinePolygon } from './outlines';

/** Where an object lies in an image, and what else is said of it. */
export interface OutlinedObject {
  label: number;
  t: number;
  z: number;
  polygons: OutlinePolygon[];
  /** whether the image has several planes, or time points */
  isPlaneOfMany: boolean;
}

/**
 * Makes a feature of GeoJSON as QuPath reads it: a detection with its number as name, in pixels of the image; in an image of several
 * planes it says which (`plane` for QuPath, `properties.z` for this package).
 */
export function featureOf({ label, t, z, polygons, isPlaneOfMany }: OutlinedObject): object {
  const plane = isPlaneOfMany ? { plane: { c: -1, z, t } } : {};
  const geometry =
    polygons.length === 1
      ? { type: 'Polygon', ...plane, coordinates: polygons[0] }
      : { type: 'MultiPolygon', ...plane, coordinates: polygons };
  const properties = {
    objectType: 'detection',
    name: String(label),
    label,
    ...(isPlaneOfMany ? { z: [z, z], t } : {}),
  };
  return { type: 'Feature', geometry, properties };
}
