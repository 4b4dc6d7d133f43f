import type { Vertex } from '../masks/polygon-mask';
import { fillStroke, type StrokeLine } from '../masks/stroke-mask';
import type { Stroke } from './decision';

const FOREGROUND = 255;

/** Draws into some rows of a plane of a segmentation: uint8, whole rows, the first of them `firstRow` of the image. */
export type StrokeDrawer = (target: Uint8Array, z: number, firstRow: number) => void;

/**
 * The strokes of a decision, for going through a stack some rows at a time: those of a plane in their order, pixels
 * within the radius of a line become 255 or 0.
 */
export function strokeDrawer(strokes: readonly Stroke[], height: number, width: number): StrokeDrawer {
  const lines = strokes.map(({ points, radius, value, z }): { line: StrokeLine; z: Stroke['z'] } => ({
    line: { points: points.map(([x, y]): Vertex => [y, x]), radius, value: value === 1 ? FOREGROUND : 0 },
    z,
  }));
  return (target, z, firstRow) => {
    for (const stroke of lines) {
      const isHere = !stroke.z || (z >= stroke.z[0] && z <= stroke.z[1]);
      if (isHere) fillStroke(stroke.line, height, width, target, firstRow);
    }
  };
}
