import { findComponents, relabelled, withPauses } from './components';
import { grown } from './row-labeller';
import { type RowRuns, RunList, type RunRoom, type Runs } from './runs';

/**
 * Fills the holes of a volume: background that no path over faces joins to the border
 * (`scipy.ndimage.binary_fill_holes`). In a stack the first and the last plane are border too. Pauses now and then.
 * @param room for the filled volume's runs
 */
export function* fillHoles(runs: Runs, room: RunRoom | null = null): Generator<void, Runs, void> {
  const { shape } = runs;
  const [depth, height, width] = shape;
  let touches = new Uint8Array(1024);
  const background = yield* findComponents(complementRows(runs), shape, 'faces', (provisional, start, end, row) => {
    touches = grown(touches, provisional);
    const y = row % height;
    const z = (row - y) / height;
    const outerRow = y === 0 || y === height - 1 || (depth > 1 && (z === 0 || z === depth - 1));
    if (outerRow || start === 0 || end === width) touches[provisional] = 1;
  });
  const open = new Uint8Array(background.count + 1);
  background.label.forEach((label, provisional) => {
    if (touches[provisional]) open[label] = 1;
  });

  const list = new RunList(shape, room);
  try {
    const gaps = relabelled(complementRows(runs), shape, 'faces', background);
    for (const row of withPauses(runs.rows())) {
      if (row === null) {
        yield;
        continue;
      }
      const step = gaps.next();
      if (!step.done) pushFilled(list, row, step.value.data, step.value.count, open);
      list.nextRow();
    }
    return list.finish();
  } catch (error) {
    list.close();
    throw error;
  }
}

/** Foreground and enclosed gaps of a row, in order. */
function pushFilled(list: RunList, row: RowRuns, gaps: Int32Array, gapCount: number, open: Uint8Array): void {
  let gap = 0;
  for (let i = row.from; i < row.from + 2 * row.count; i += 2) {
    for (; gap < 3 * gapCount && gaps[gap] < row.data[i]; gap += 3) {
      if (!open[gaps[gap + 2]]) list.push(gaps[gap], gaps[gap + 1]);
    }
    list.push(row.data[i], row.data[i + 1]);
  }
}

/**
 * Finds the runs of what is not foreground in a row.
 * @param into receives them, and is used again where it has room
 */
export function complementRow({ data, from, count }: RowRuns, width: number, into: RowRuns): void {
  if (into.data.length < 2 * (count + 1)) into.data = new Int32Array(4 * (count + 1));
  into.from = 0;
  into.count = 0;
  let x = 0;
  const gap = (end: number) => {
    if (end === x) return;
    into.data[2 * into.count] = x;
    into.data[2 * into.count + 1] = end;
    into.count++;
  };
  for (let i = from; i < from + 2 * count; i += 2) {
    gap(data[i]);
    x = data[i + 1];
  }
  gap(width);
}

/** Goes through the rows of what is not foreground, as they come. */
export function* complementRows(runs: Runs): Generator<RowRuns, void, void> {
  const into: RowRuns = { data: new Int32Array(0), from: 0, count: 0 };
  for (const row of runs.rows()) {
    complementRow(row, runs.shape[2], into);
    yield into;
  }
}
