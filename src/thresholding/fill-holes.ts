import { findComponents, relabelled, withPauses } from './components';
import { withRoom } from './row-labeller';
import { complementRows, type RowRuns, RunList, type RunRoom, type Runs } from './runs';

/**
 * The volume with its holes filled: background that no path over faces joins to the border
 * (`scipy.ndimage.binary_fill_holes`). In a stack the first and the last plane are border too. Pauses now and then.
 * @param room for the filled volume's runs
 */
export function* fillHoles(runs: Runs, room: RunRoom | null = null): Generator<void, Runs, void> {
  const { shape } = runs;
  const [depth, height, width] = shape;
  let touches = new Uint8Array(1024);
  const background = yield* findComponents(complementRows(runs), shape, 'faces', (provisional, start, end, row) => {
    touches = withRoom(touches, provisional);
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
