import { InvalidInputError } from '../base/errors';
import { type Connectivity, labelRuns, type Objects } from './components';
import { complement, RunList, type Runs } from './runs';

export interface CleanUp {
  /** objects with fewer voxels go; 0 keeps all */
  minSize: number;
  fillHoles: boolean;
  connectivity: Connectivity;
}

/** Fills holes first, so that an object counts with what it encloses, then removes small objects. */
export function cleanUp(runs: Runs, { minSize, fillHoles, connectivity }: CleanUp): Runs {
  const filled = fillHoles ? fillEnclosed(runs) : runs;
  return removeSmallObjects(filled, minSize, connectivity);
}

/**
 * The volume without objects of fewer than `minSize` voxels (`skimage.morphology.remove_small_objects`, its former `min_size`).
 * @throws InvalidInputError when minSize is negative or not a number
 */
export function removeSmallObjects(runs: Runs, minSize: number, connectivity: Connectivity): Runs {
  if (!(minSize >= 0)) throw new InvalidInputError('minSize', 'a number of pixels, 0 or more', minSize);
  if (minSize <= 1) return runs;
  const { label, size } = labelRuns(runs, connectivity);
  const list = new RunList(runs.shape);
  for (let row = 0; row + 1 < runs.rowStart.length; row++) {
    for (let i = runs.rowStart[row]; i < runs.rowStart[row + 1]; i++)
      if (size[label[i]] >= minSize) list.push(runs.start[i], runs.end[i]);
    list.nextRow();
  }
  return list.finish();
}

/**
 * The volume with its holes filled: background that no path over faces joins to the border
 * (`scipy.ndimage.binary_fill_holes`). In a stack the first and the last plane are border too.
 */
export function fillEnclosed(runs: Runs): Runs {
  const gaps = complement(runs);
  const background = labelRuns(gaps, 'faces');
  const open = reachesBorder(background);
  const list = new RunList(runs.shape);
  for (let row = 0; row + 1 < runs.rowStart.length; row++) {
    let gap = gaps.rowStart[row];
    const endOfGaps = gaps.rowStart[row + 1];
    for (let i = runs.rowStart[row]; i < runs.rowStart[row + 1]; i++) {
      for (; gap < endOfGaps && gaps.start[gap] < runs.start[i]; gap++)
        if (!open[background.label[gap]]) list.push(gaps.start[gap], gaps.end[gap]);
      list.push(runs.start[i], runs.end[i]);
    }
    list.nextRow();
  }
  return list.finish();
}

/** For each label whether the object touches the border of the volume. */
function reachesBorder({ runs, label, count }: Objects): Uint8Array {
  const [depth, height, width] = runs.shape;
  const touches = new Uint8Array(count + 1);
  for (let row = 0; row < depth * height; row++) {
    const y = row % height;
    const z = (row - y) / height;
    const outerRow = y === 0 || y === height - 1 || (depth > 1 && (z === 0 || z === depth - 1));
    for (let i = runs.rowStart[row]; i < runs.rowStart[row + 1]; i++)
      if (outerRow || runs.start[i] === 0 || runs.end[i] === width) touches[label[i]] = 1;
  }
  return touches;
}
