import { type Decision, isObjectChange, type Mark, type Point, type Shape } from '../../../src/curation/decision';
import { isInPlane } from '../../../src/masks/rasterise';
import type { Area } from '../../shared/logic/tile-grid';

type Drawn = Shape | Mark;

/** What of a decision touches a part of a plane, and a name that changes with it. */
export interface Touching {
  decision: Pick<Decision, 'base' | 'merge' | 'strokes'>;
  key: string;
}

const numbers = new WeakMap<Drawn, number>();
const boxes = new WeakMap<Drawn, Area>();
let lastNumber = 0;

/**
 * The merging shapes and strokes that can change a tile. Shapes are never altered, only replaced, so each has one
 * number for its life: a tile whose name stays the same need not be merged again.
 * @param z the plane; null: all
 */
export function touching({ base, merge, strokes }: Decision, area: Area, z: number | null): Touching {
  const near = (drawn: Drawn) => (z === null || isInPlane(drawn.z, z)) && overlap(boxOf(drawn), area);
  const decision = { base, merge: merge.filter(near), strokes: strokes.filter(near) };
  return { decision, key: `${base}:${[...decision.merge, ...decision.strokes].map(numberOf).join(',')}` };
}

function numberOf(drawn: Drawn): number {
  const known = numbers.get(drawn);
  if (known !== undefined) return known;
  numbers.set(drawn, ++lastNumber);
  return lastNumber;
}

function boxOf(drawn: Drawn): Area {
  const known = boxes.get(drawn);
  if (known) return known;
  const { points, radius } = lineOf(drawn);
  // A pixel more on each side: coarser pixels and the widths of pixels round outwards.
  const reach = radius + 1;
  const box = { u0: Infinity, v0: Infinity, u1: -Infinity, v1: -Infinity };
  // Nobody knows where an object is.
  if (points === null) Object.assign(box, { u0: -Infinity, v0: -Infinity, u1: Infinity, v1: Infinity });
  for (const [x, y] of points ?? []) {
    box.u0 = Math.min(box.u0, x - reach);
    box.v0 = Math.min(box.v0, y - reach);
    box.u1 = Math.max(box.u1, x + reach);
    box.v1 = Math.max(box.v1, y + reach);
  }
  boxes.set(drawn, box);
  return box;
}

/** Points that something is drawn around; null: it is everywhere. */
function lineOf(drawn: Drawn): { points: readonly Point[] | null; radius: number } {
  if ('rings' in drawn) return { points: drawn.rings[0] ?? [], radius: 0 };
  return isObjectChange(drawn) ? { points: drawn.outline ?? null, radius: 0 } : drawn;
}

function overlap(a: Area, b: Area): boolean {
  return a.u0 <= b.u1 && a.u1 >= b.u0 && a.v0 <= b.v1 && a.v1 >= b.v0;
}
