import { type Decision, isObjectChange, type Mark, type Point } from '../../../src/curation/decision';
import { isSameObject, type ObjectName } from '../../../src/masks/object-names';
import { addStroke, type Edit } from './edits';

/** Where a change of an object holds. */
export interface Where {
  /** first and last plane; null: all */
  z: [number, number] | null;
  /** null: all time points */
  t: number | null;
}

/** Makes of an object background. */
export function deleteObject(object: ObjectName, where: Where): Edit {
  return addStroke({ object, becomes: null, ...placeOf(where) });
}

/** Makes of what was `object` a part of `into`. */
export function mergeObjects(into: ObjectName, object: ObjectName, where: Where): Edit {
  return addStroke({ object, becomes: into, ...placeOf(where) });
}

/**
 * Makes of an object two along a line: what lies on its left is a new one.
 * @param reach pixels by which the line is longer at both ends, and wide: at least as far as the object reaches
 */
export function splitObject(object: ObjectName, line: readonly Point[], reach: number, where: Where): Edit {
  return (decision) =>
    addStroke({ object, becomes: newObject(decision), outline: leftOf(line, reach), ...placeOf(where) })(decision);
}

/** Gives an object that nothing of a decision names yet. */
export function newObject({ strokes }: Pick<Decision, 'strokes'>): ObjectName {
  let largest = 0;
  for (const mark of strokes) {
    for (const name of [mark.object, isObjectChange(mark) ? mark.becomes : null]) {
      if (name?.of === 'new') largest = Math.max(largest, name.number);
    }
  }
  return { of: 'new', number: largest + 1 };
}

/** Gives the object of which there is most under a line; null: none. @param names of the objects at its points */
export function mostOf(names: ReadonlyArray<ObjectName | null>): ObjectName | null {
  const counts: Array<{ name: ObjectName; times: number }> = [];
  for (const name of names) {
    if (!name) continue;
    const known = counts.find((count) => isSameObject(count.name, name));
    if (known) known.times++;
    else counts.push({ name, times: 1 });
  }
  return counts.sort((a, b) => b.times - a.times)[0]?.name ?? null;
}

/** Gives points along a line, a pixel apart or less. */
export function pointsAlong(line: readonly Point[]): Point[] {
  const points: Point[] = [line[0]];
  for (let i = 1; i < line.length; i++) {
    const [[x0, y0], [x1, y1]] = [line[i - 1], line[i]];
    const steps = Math.max(1, Math.ceil(Math.hypot(x1 - x0, y1 - y0)));
    for (let k = 1; k <= steps; k++) points.push([x0 + ((x1 - x0) * k) / steps, y0 + ((y1 - y0) * k) / steps]);
  }
  return points;
}

/** The region on the left of a line that is longer at both ends. */
function leftOf(line: readonly Point[], reach: number): Point[] {
  const [first, last] = [line[0], line[line.length - 1]];
  const [dx, dy] = direction(first, last);
  const start = moved(first, direction(line[1], first), reach);
  const end = moved(last, direction(line[line.length - 2], last), reach);
  return [start, ...line, end, moved(end, [dy, -dx], reach), moved(start, [dy, -dx], reach)].map(
    ([x, y]): Point => [Math.round(x * 16) / 16, Math.round(y * 16) / 16],
  );
}

function direction([x0, y0]: Point, [x1, y1]: Point): Point {
  const length = Math.hypot(x1 - x0, y1 - y0) || 1;
  return [(x1 - x0) / length, (y1 - y0) / length];
}

function moved([x, y]: Point, [dx, dy]: Point, by: number): Point {
  return [x + dx * by, y + dy * by];
}

/** Says where a change holds as a mark says it. */
export function placeOf({ z, t }: Where): Pick<Mark, 'z' | 't'> {
  return t === null ? { z } : { z, t };
}
