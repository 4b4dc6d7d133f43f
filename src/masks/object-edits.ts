import { type ObjectName, PAINTED_NUMBER, UNKNOWN_NUMBER } from './object-names';
import type { Vertex } from './polygon-mask';
import { type DrawnStroke, isInPlane, type PlanePart, strokeRasteriser } from './rasterise';
import type { ZRange } from './regions';

/** An object, or what of it lies inside an outline, becomes another one or background. */
export interface DrawnChange {
  object: ObjectName;
  /** null: background */
  becomes: ObjectName | null;
  /** [y, x]; absent: all of the object */
  outline?: readonly Vertex[];
  /** planes it holds in; absent: all */
  z?: ZRange;
  /** time point it holds in; absent: all */
  t?: number;
}

export type DrawnMark = DrawnStroke | DrawnChange;

/** A mark as it lies in a part of a plane. */
export interface PlacedEdit {
  mark: DrawnMark;
  /** null: all of the part */
  area: { row: number; column: number; rows: number; columns: number } | null;
  /** [row, column] of the area, non-zero is inside; null: all of it is */
  inside: Uint8Array | null;
}

/** Tells a change of an object from what is drawn. */
export function isChange(mark: DrawnMark): mark is DrawnChange {
  return 'becomes' in mark;
}

/** Divides marks where the first one names an object: those before are strokes that need no numbers. */
export function dividedMarks(marks: readonly DrawnMark[]): { strokes: DrawnStroke[]; edits: DrawnMark[] } {
  const strokes: DrawnStroke[] = [];
  for (const mark of marks) {
    if (isChange(mark) || mark.object) break;
    strokes.push(mark);
  }
  return { strokes, edits: marks.slice(strokes.length) };
}

/** Finds which marks lie in a part of a plane, and where. */
export function placeEdits(marks: readonly DrawnMark[], part: PlanePart): PlacedEdit[] {
  const placed: PlacedEdit[] = [];
  for (const mark of marks) {
    if (!isInPlane(mark.z, part.z) || (mark.t !== undefined && mark.t !== (part.t ?? 0))) continue;
    if (isChange(mark) && !mark.outline) {
      placed.push({ mark, area: null, inside: null });
      continue;
    }
    const line = isChange(mark) ? { points: mark.outline ?? [], radius: 0, filled: true } : mark;
    const area = areaOf(line, part);
    if (!area) continue;
    const { z, step } = part;
    const own = { z, step, y: part.y + area.row, x: part.x + area.column, height: area.rows, width: area.columns };
    placed.push({ mark, area, inside: strokeRasteriser([{ ...line, value: 1, z: undefined }])(own) });
  }
  return placed;
}

/** The pixels of a part that a line can touch; null: none. */
function areaOf({ points, radius }: Pick<DrawnStroke, 'points' | 'radius'>, part: PlanePart): PlacedEdit['area'] {
  const range = (axis: 0 | 1, start: number, length: number) => {
    let [low, high] = [Infinity, -Infinity];
    for (const point of points) [low, high] = [Math.min(low, point[axis]), Math.max(high, point[axis])];
    const from = Math.max(0, Math.floor((low - radius) / part.step) - 1 - start);
    return { from, size: Math.min(length, Math.ceil((high + radius) / part.step) + 2 - start) - from };
  };
  const [y, x] = [range(0, part.y, part.height), range(1, part.x, part.width)];
  if (y.size <= 0 || x.size <= 0) return null;
  return { row: y.from, column: x.from, rows: y.size, columns: x.size };
}

/**
 * Changes the numbers of a part of a plane by marks, in their order. What is painted without naming an object keeps the number below
 * it, or else is {@link PAINTED_NUMBER}.
 * @param target [y, x], changed in place
 * @param width of the part
 * @param numberOf the number that an object has in this target
 * @returns whether anything was painted beside objects
 */
export function applyEdits(
  target: Uint32Array,
  width: number,
  edits: readonly PlacedEdit[],
  numberOf: (name: ObjectName) => number,
): boolean {
  let isPainted = false;
  // Changes of whole objects that follow each other are made in one pass.
  let pending = new Map<number, number>();
  const flush = () => {
    if (pending.size === 0) return;
    for (let i = 0; i < target.length; i++) target[i] = pending.get(target[i]) ?? target[i];
    pending = new Map();
  };
  for (const { mark, area, inside } of edits) {
    if (isChange(mark)) {
      const [from, to] = [numberOf(mark.object), mark.becomes ? numberOf(mark.becomes) : 0];
      if (area === null) {
        for (const [number, now] of pending) if (now === from) pending.set(number, to);
        if (!pending.has(from)) pending.set(from, to);
      } else {
        flush();
        forEachInside(area, inside, width, (i) => {
          if (target[i] === from) target[i] = to;
        });
      }
      continue;
    }
    flush();
    if (!area) continue;
    const { value, object } = mark;
    const number = object && numberOf(object);
    forEachInside(area, inside, width, (i) => {
      if (value === 0) target[i] = 0;
      else if (number !== undefined) target[i] = number;
      else if (target[i] === 0 || target[i] === UNKNOWN_NUMBER) {
        target[i] = PAINTED_NUMBER;
        isPainted = true;
      }
    });
  }
  flush();
  return isPainted;
}

function forEachInside(
  { row, column, rows, columns }: NonNullable<PlacedEdit['area']>,
  inside: Uint8Array | null,
  width: number,
  visit: (i: number) => void,
): void {
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) {
      if (inside?.[y * columns + x] !== 0) visit((row + y) * width + column + x);
    }
  }
}
