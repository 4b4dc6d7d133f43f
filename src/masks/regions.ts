import { InvalidInputError } from '../base/errors';
import { isNestedDeeper, isRecord } from '../base/plain-json';
import type { Ring, Vertex } from './polygon-mask';

/** First and last plane, 0-based, both inside. */
export type ZRange = [first: number, last: number];

/** One polygon of {@link Regions}, in level-0 pixels. */
export interface RegionPolygon {
  /** [y, x] vertices of the outline */
  polygon: Ring;
  /** outlines that are cut out, each [y, x] */
  holes?: Ring[];
  /** planes the polygon lies in; absent: all */
  z?: ZRange;
}

/** Parts of an image drawn as polygons, united. JSON-safe: travels in messages as it is. */
export interface Regions {
  polygons: RegionPolygon[];
}

/**
 * Reads polygons in any of their forms:
 * - GeoJSON FeatureCollection, Feature (`properties.z`: [first, last]), Polygon, MultiPolygon or GeometryCollection;
 *   positions [x, y], inner rings are holes;
 * - one polygon as a list of [y, x] vertices, or a list of such polygons; three columns are napari's [z, y, x],
 *   of which z is dropped: the polygon goes through all planes, as in Segmenter ML;
 * - `{ polygon: [[y, x], ...], holes?, z?: [first, last] }`, or a list of these;
 * - {@link Regions} itself; and any of these as JSON text.
 * @param name what the value is called in errors
 * @throws InvalidInputError naming the polygon, the vertex and the value that does not fit
 */
export function parseRegions(value: unknown, name = 'regions'): Regions {
  if (typeof value === 'string') return parseRegions(parseJson(value, name), name);
  if (isNestedDeeper(value, MOST_DEPTH))
    throw new InvalidInputError(name, `polygons nested ${MOST_DEPTH} deep at most`, 'more');
  return { polygons: readAny(value, name, undefined) };
}

/** Whether the value is of one of the forms, judged by its outside only. */
export function looksLikeRegions(value: unknown): boolean {
  if (Array.isArray(value)) return true;
  return isRecord(value) && ('polygons' in value || 'polygon' in value || GEOJSON.has(String(value.type)));
}

const GEOJSON = new Set(['FeatureCollection', 'Feature', 'Polygon', 'MultiPolygon', 'GeometryCollection']);
/** Lists and objects in each other: some more than collections of collections have. */
const MOST_DEPTH = 64;
const FORMS = 'GeoJSON, a list of [y, x] vertices, a list of polygons, or { polygon, z }';

function readAny(value: unknown, name: string, z: ZRange | undefined): RegionPolygon[] {
  if (Array.isArray(value)) return readList(value, name, z);
  if (!isRecord(value)) throw new InvalidInputError(name, FORMS, value);
  if ('polygons' in value) return eachOf(value.polygons, `${name}.polygons`, (item, at) => readAny(item, at, z));
  if ('polygon' in value) return [readPolygonObject(value, name)];
  return readGeoJson(value, name, z);
}

function readList(list: unknown[], name: string, z: ZRange | undefined): RegionPolygon[] {
  // A list of numbers in the first place is a vertex, so the list is one polygon.
  if (Array.isArray(list[0]) && !Array.isArray(list[0][0])) return [tidy({ polygon: readRing(list, name, 'yx'), z })];
  return list.flatMap((item, i) => readAny(item, `${name}[${i}]`, z));
}

function readPolygonObject(value: Record<string, unknown>, name: string): RegionPolygon {
  const holes =
    value.holes === undefined ? [] : eachOf(value.holes, `${name}.holes`, (hole, at) => [readRing(hole, at, 'yx')]);
  return tidy({ polygon: readRing(value.polygon, `${name}.polygon`, 'yx'), holes, z: readZ(value.z, `${name}.z`) });
}

function readGeoJson(value: Record<string, unknown>, name: string, z: ZRange | undefined): RegionPolygon[] {
  switch (value.type) {
    case 'FeatureCollection':
      return eachOf(value.features, `${name}.features`, (feature, at) => readAny(feature, at, z));
    case 'GeometryCollection':
      return eachOf(value.geometries, `${name}.geometries`, (geometry, at) => readAny(geometry, at, z));
    case 'Feature': {
      const own = isRecord(value.properties) ? readZ(value.properties.z, `${name}.properties.z`) : undefined;
      return readAny(value.geometry, `${name}.geometry`, own ?? z);
    }
    case 'Polygon':
      return [readGeoJsonPolygon(value.coordinates, `${name}.coordinates`, z)];
    case 'MultiPolygon':
      return eachOf(value.coordinates, `${name}.coordinates`, (rings, at) => [readGeoJsonPolygon(rings, at, z)]);
    default:
      throw new InvalidInputError(`${name}.type`, [...GEOJSON].join(', '), value.type);
  }
}

function readGeoJsonPolygon(value: unknown, name: string, z: ZRange | undefined): RegionPolygon {
  const rings = eachOf(value, name, (ring, at) => [readRing(ring, at, 'xy')]);
  if (rings.length === 0) throw new InvalidInputError(name, 'an outline and its holes', value);
  return tidy({ polygon: rings[0], holes: rings.slice(1), z });
}

/** The vertices as [y, x], without a repeated last one. */
function readRing(value: unknown, name: string, order: 'yx' | 'xy'): Ring {
  const ring = eachOf(value, name, (vertex, at) => [readVertex(vertex, at, order)]);
  const [first, last] = [ring[0], ring[ring.length - 1]];
  if (ring.length > 1 && first[0] === last[0] && first[1] === last[1]) ring.pop();
  if (ring.length < 3) throw new InvalidInputError(name, 'at least 3 different vertices', value);
  return ring;
}

function readVertex(value: unknown, name: string, order: 'yx' | 'xy'): Vertex {
  const expected = order === 'yx' ? '[y, x] or [z, y, x], finite numbers' : '[x, y], finite numbers';
  const fits = Array.isArray(value) && (value.length === 2 || value.length === 3) && value.every(Number.isFinite);
  if (!fits) throw new InvalidInputError(name, expected, Array.isArray(value) ? value.map(String) : value);
  // GeoJSON's third number is an altitude; napari's first is the plane it was drawn on.
  if (order === 'xy') return [value[1], value[0]];
  return value.length === 3 ? [value[1], value[2]] : [value[0], value[1]];
}

function readZ(value: unknown, name: string): ZRange | undefined {
  if (value === undefined || value === null) return undefined;
  const fits = Array.isArray(value) && value.length === 2 && value.every((z) => Number.isInteger(z) && z >= 0);
  if (!fits || value[0] > value[1]) {
    throw new InvalidInputError(name, '[first, last], planes counted from 0 with first <= last', value);
  }
  return [value[0], value[1]];
}

/** Without absent holes and planes, so that JSON carries nothing empty. */
function tidy({ polygon, holes, z }: RegionPolygon): RegionPolygon {
  return { polygon, ...(holes?.length ? { holes } : {}), ...(z ? { z } : {}) };
}

function eachOf<T>(value: unknown, name: string, read: (item: unknown, name: string) => T[]): T[] {
  if (!Array.isArray(value)) throw new InvalidInputError(name, 'a list', value);
  return value.flatMap((item, i) => read(item, `${name}[${i}]`));
}

function parseJson(text: string, name: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new InvalidInputError(name, `${FORMS}, as JSON`, text);
  }
}
