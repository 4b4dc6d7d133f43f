import type { Point, Shape, Stroke } from './decision';

/** A FeatureCollection of Polygons: positions [x, y], rings closed, planes as property `z`. */
export function geoJsonOfShapes(shapes: readonly Shape[]): string {
  return collection(
    shapes.map(({ rings, z }) => ({
      type: 'Feature',
      properties: z ? { z } : {},
      geometry: { type: 'Polygon', coordinates: rings.map(closed) },
    })),
  );
}

/** A FeatureCollection of LineStrings with radius (pixels), value (1 foreground, 0 background) and planes. */
export function geoJsonOfStrokes(strokes: readonly Stroke[]): string {
  return collection(
    strokes.map(({ points, radius, value, z }) => ({
      type: 'Feature',
      properties: { radius, value, ...(z ? { z } : {}) },
      // A line has two positions at least.
      geometry: { type: 'LineString', coordinates: points.length === 1 ? [points[0], points[0]] : points },
    })),
  );
}

/** Features a line each. */
function collection(features: readonly object[]): string {
  const lines = features.map((feature) => JSON.stringify(feature));
  return `{"type":"FeatureCollection","features":[\n${lines.join(',\n')}\n]}\n`;
}

function closed(ring: readonly Point[]): Point[] {
  const [first, last] = [ring[0], ring[ring.length - 1]];
  return first[0] === last[0] && first[1] === last[1] ? [...ring] : [...ring, first];
}
