import { TallyByNumber } from '../../metrics/tally-by-number';
import type { LabelledVolume } from '../../thresholding/labelled-volume';
import { type CommonVoxels, pairNumber, pairOf } from './frame';

/** Runs after which others have their turn: some 20 ms. */
const PAUSE = 2 ** 20;

/** Counts the voxels that the objects of two time points have in common, by the runs of their rows. */
export function* commonVoxels(before: LabelledVolume, after: LabelledVolume): Generator<void, CommonVoxels[], void> {
  const pairs = new TallyByNumber();
  const rows = after.rows();
  let runs = 0;
  for (const a of before.rows()) {
    const step = rows.next();
    if (step.done) break;
    const b = step.value;
    runs += a.count + b.count;
    if (runs >= PAUSE) {
      runs = 0;
      yield;
    }
    let [i, j] = [0, 0];
    while (i < 3 * a.count && j < 3 * b.count) {
      const voxels = Math.min(a.data[i + 1], b.data[j + 1]) - Math.max(a.data[i], b.data[j]);
      if (voxels > 0 && a.data[i + 2] > 0 && b.data[j + 2] > 0)
        pairs.add(pairNumber(a.data[i + 2], b.data[j + 2]), voxels);
      if (a.data[i + 1] < b.data[j + 1]) i += 3;
      else j += 3;
    }
  }
  return Array.from({ length: pairs.length }, (_, k) => {
    const [label, next] = pairOf(pairs.number(k));
    return { before: label, after: next, voxels: pairs.tally(k) };
  });
}
