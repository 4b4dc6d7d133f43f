import { Random } from '../../base/random';
import { GROUP_LEVELS, type GroupLevel, groupsOf } from '../../curation/split';
import type { Sample } from '../../samples/sample';

/** Names the stream that orders the groups, apart from those that draw patches and files. */
const FOLD_STREAM = 16;
/** With as many groups a fold more is worth its steps: each training then learns from two thirds of them, not a half. */
const THREE_FOLDS_FROM = 4;

/** Samples divided into folds: each fold is held out of a training on the others. */
export interface Folds {
  /** of each fold its groups, of each group the indices of its samples */
  groups: number[][][];
  /** what was kept together */
  level: GroupLevel;
}

/**
 * Divides samples into two folds, from four groups on three: more would make each training shorter than it tells of. What
 * was taken together is held out together: acquisitions, where there is one alone its positions, else files. Groups with
 * foreground are spread evenly, then those without.
 * @param among indices of the samples to divide
 * @returns null where not two files have foreground
 */
export function foldsOf(
  samples: readonly Sample[],
  among: readonly number[],
  seed: number,
  isEmpty: (sample: Sample) => boolean,
): Folds | null {
  const found = takenTogether(samples, among, isEmpty);
  if (!found) return null;
  const { full, empty, level } = found;
  const folds: number[][][] = Array.from({ length: full.length < THREE_FOLDS_FROM ? 2 : 3 }, () => []);
  const random = new Random(seed, FOLD_STREAM);
  for (const some of [full, empty]) deal(random.shuffled(some), folds);
  return { groups: folds, level };
}

/** Groups of samples that tell little of each other's kind: what one of them shows the others of it show too. */
interface TakenTogether {
  /** those with foreground, as indices of their samples, in the order of their names; and those without */
  full: number[][];
  empty: number[][];
  level: GroupLevel;
}

/**
 * Groups samples by acquisition, where there is one alone by its positions, else by file.
 * @param among indices of the samples to group
 * @returns null where not two files have foreground
 */
export function takenTogether(
  samples: readonly Sample[],
  among: readonly number[],
  isEmpty: (sample: Sample) => boolean,
): TakenTogether | null {
  const origins = among.map((i) => ({ id: samples[i].id, uri: samples[i].raw.uri }));
  for (const level of GROUP_LEVELS) {
    const groups = groupsOf(origins, level).map((indices) => indices.map((i) => among[i]));
    const full = groups.filter((group) => group.some((i) => !isEmpty(samples[i])));
    if (full.length >= 2) return { full, empty: groups.filter((group) => !full.includes(group)), level };
  }
  return null;
}

/** Gives each group, the largest first, to the fold that holds the fewest samples. */
function deal(groups: readonly number[][], folds: number[][][]): void {
  for (const group of groups.toSorted((a, b) => b.length - a.length)) {
    folds.reduce((least, fold) => (fold.flat().length < least.flat().length ? fold : least)).push(group);
  }
}
