import { createHash } from 'node:crypto';
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

/**
 * Whether a text is what one of these functions gave and nobody has changed since: other programs leave out the member
 * that says so, or what it says fits no longer.
 */
export function isMadeHere(text: string): boolean {
  const [, hash, features] =
    /^\{"type":"FeatureCollection","madeBy":"node-red-segmenter ([0-9a-f]{16})",(.*)$/s.exec(text) ?? [];
  return hash !== undefined && hash === hashOf(features);
}

/** The text without that member, as versions before wrote it. */
export function withoutMaker(text: string): string {
  return text.replace(/"madeBy":"[^"]*",/, '');
}

/** Features a line each. */
function collection(features: readonly object[]): string {
  const lines = features.map((feature) => JSON.stringify(feature));
  const rest = `"features":[\n${lines.join(',\n')}\n]}\n`;
  return `{"type":"FeatureCollection","madeBy":"node-red-segmenter ${hashOf(rest)}",${rest}`;
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

function closed(ring: readonly Point[]): Point[] {
  const [first, last] = [ring[0], ring[ring.length - 1]];
  return first[0] === last[0] && first[1] === last[1] ? [...ring] : [...ring, first];
}
