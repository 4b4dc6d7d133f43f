import type { Decision, Point, Shape } from '../../../src/curation/decision';
import { fillPolygon, type Vertex } from '../../../src/masks/polygon-mask';
import { fillStroke } from '../../../src/masks/stroke-mask';

/** A rectangle of one plane at one level, in pixels of that level. */
export interface TileFrame {
  x: number;
  y: number;
  width: number;
  height: number;
  /** level-0 pixels a pixel of this level */
  step: number;
  z: number;
}

/**
 * What training will get of a tile: the base segmentation, the other one inside the merging shapes, the strokes over
 * it. At level 0 exactly what the node makes (`src/masks`); at coarser levels the same in coarser pixels.
 * @param seg1 [y, x] of the frame, non-zero is foreground; null where there is none
 * @returns [y, x], 0 or 1
 */
export function mergedTile(
  decision: Pick<Decision, 'base' | 'merge' | 'strokes'>,
  seg1: ArrayLike<number> | null,
  seg2: ArrayLike<number> | null,
  frame: TileFrame,
): Uint8Array {
  const base = decision.base === 'seg2' ? (seg2 ?? seg1) : (seg1 ?? seg2);
  const other = base === seg1 ? seg2 : seg1;
  const merged = new Uint8Array(frame.width * frame.height);
  if (!base) return merged;
  const inside = other && decision.merge.length > 0 ? shapesTile(decision.merge, frame) : null;
  for (let i = 0; i < merged.length; i++) {
    const from = inside && other && inside[i] !== 0 ? other : base;
    merged[i] = from[i] !== 0 ? 1 : 0;
  }
  for (const { points, radius, value, z } of decision.strokes) {
    if (!isInPlane(z, frame.z)) continue;
    const line = points.map((point) => toFrame(point, frame));
    fillStroke({ points: line, radius: radius / frame.step, value }, frame.height, frame.width, merged);
  }
  return merged;
}

/** 1 inside any of the shapes that lie in the frame's plane. */
export function shapesTile(shapes: readonly Shape[], frame: TileFrame): Uint8Array {
  const mask = new Uint8Array(frame.width * frame.height);
  for (const { rings, z } of shapes) {
    if (!isInPlane(z, frame.z)) continue;
    const placed = rings.map((ring) => ring.map((point) => toFrame(point, frame)));
    fillPolygon(placed, frame.height, frame.width, mask);
  }
  return mask;
}

export function isInPlane(z: [number, number] | null, plane: number): boolean {
  return !z || (plane >= z[0] && plane <= z[1]);
}

/** A coarser pixel's centre lies amid the pixels it stands for. */
function toFrame([x, y]: Point, { x: left, y: top, step }: TileFrame): Vertex {
  return [(y + 0.5) / step - 0.5 - top, (x + 0.5) / step - 0.5 - left];
}
