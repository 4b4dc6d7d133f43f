import { formatNpy } from '../formats/numpy/npy';
import type { Point, Shape } from './decision';

/**
 * Shapes as the .npy file that Segmenter ML reads: float64 (polygons, vertices, 2), vertices [y, x]. An array has room
 * for polygons of one length, so the last vertex of shorter ones is repeated, which adds no pixel; no pickle is needed.
 * A hole is joined to its outline by a cut there and back, which even-odd filling does not see.
 * @param shapes that go through all planes: the file has no place for others
 */
export function npyOfShapes(shapes: readonly Shape[]): Uint8Array {
  const rings = shapes.map(({ rings }) => joined(rings));
  const vertices = Math.max(0, ...rings.map((ring) => ring.length));
  const numbers = new Float64Array(rings.length * vertices * 2);
  for (const [i, ring] of rings.entries()) {
    for (let v = 0; v < vertices; v++) {
      const [x, y] = ring[Math.min(v, ring.length - 1)];
      numbers.set([y, x], (i * vertices + v) * 2);
    }
  }
  return formatNpy([rings.length, vertices, 2], numbers);
}

/** One line through the outline and all holes, each begun and ended at its first point. */
function joined([outline, ...holes]: readonly Point[][]): Point[] {
  if (holes.length === 0) return outline;
  const [start] = outline;
  return [...outline, start, ...holes.flatMap((hole) => [...hole, hole[0], start])];
}
