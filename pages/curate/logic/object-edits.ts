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

/** Corners that go half around a circle: their chords stay far outside of what the circle is around. */
const CORNERS = 8;

/**
 * The region on the left of a line that is longer at both ends, closed far away around the line: straight from end to start it
 * would be crossed by lines that turn back.
 */
function leftOf(line: readonly Point[], reach: number): Point[] {
  const [first, last] = [line[0], line[line.length - 1]];
  const radius = 2 * reach;
  const start = moved(first, direction(line[1], first), radius);
  const end = moved(last, direction(line[line.length - 2], last), radius);
  const centre: Point = [(first[0] + last[0]) / 2, (first[1] + last[1]) / 2];
  const angleOf = ([x, y]: Point) => Math.atan2(y - centre[1], x - centre[0]);
  const [from, to] = [angleOf(end), angleOf(start)];
  const turn = to >= from ? to - from - 2 * Math.PI : to - from;
  const steps = Math.max(1, Math.ceil((Math.abs(turn) / Math.PI) * CORNERS));
  const around = Array.from({ length: steps + 1 }, (_, k): Point => {
    const angle = from + (turn * k) / steps;
    return moved(centre, [Math.cos(angle), Math.sin(angle)], 2 * radius);
  });
  return [start, ...line, end, ...around].map(([x, y]): Point => [Math.round(x * 16) / 16, Math.round(y * 16) / 16]);
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
