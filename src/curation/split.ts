import { Random } from '../base/random';

type SetName = 'train' | 'val' | 'test';

/** Below so many samples each is validated on once, in folds; a test set would be too small to tell anything. */
export const FEWEST_FOR_TEST = 12;
const MOST_FOLDS = 5;
/** Names the stream of the draw. */
const REVIEW_SPLIT_STREAM = 23;

/** How samples are divided; indices into the samples, ascending. */
export type ReviewSplit =
  /** train, validation and test, disjoint */
  | { kind: 'sets'; level: GroupLevel | 'given'; train: number[]; val: number[]; test: number[] }
  /** each sample is in `val` of one fold and in `train` of the others */
  | { kind: 'folds'; level: GroupLevel; folds: { train: number[]; val: number[] }[] }
  /** all samples are of one file, or there is one alone */
  | { kind: 'none'; train: number[] };

/**
 * Counts the samples for validation and for test, each at least: a tenth, but 2 at least and 100 at most, which is
 * Segmenter ML's rule (there both sets are the same rows).
 */
export function heldOutCount(samples: number): number {
  return Math.max(2, Math.min(100, Math.floor(samples / 10)));
}

/**
 * Divides samples by the groups they were acquired in, so that none of a group is judged by what another of it taught:
 * from 12 samples on into train, val and test, with fewer into up to five folds. Groups are as coarse as leaves three
 * of them, and half the samples for training. Where any sample names its set, all are in the sets they name, those that
 * name none in train. The same samples and seed give the same sets in whatever order they come.
 */
export function splitForReview(origins: readonly (Origin & { split?: SetName })[], seed: number): ReviewSplit {
  if (origins.some(({ split }) => split)) return givenSplit(origins.map(({ split = 'train' }) => split));
  const order = origins.map((_, i) => i).sort((a, b) => (origins[a].id < origins[b].id ? -1 : 1));
  const sorted = order.map((i) => origins[i]);
  const inOrder = (indices: readonly number[]) => indices.map((i) => order[i]).sort((a, b) => a - b);
  if (origins.length >= FEWEST_FOR_TEST) {
    for (const level of GROUP_LEVELS) {
      const sets = threeSets(groupsOf(sorted, level), origins.length, seed);
      if (!sets) continue;
      const [train, val, test] = sets.map(inOrder);
      return { kind: 'sets', level, train, val, test };
    }
  }
  for (const level of GROUP_LEVELS) {
    const groups = groupsOf(sorted, level);
    if (groups.length < (level === 'file' ? 2 : 3)) continue;
    const parts = folds(groups, seed);
    const rest = (val: readonly number[]) => inOrder(parts.filter((part) => part !== val).flat());
    return { kind: 'folds', level, folds: parts.map((val) => ({ train: rest(val), val: inOrder(val) })) };
  }
  return { kind: 'none', train: origins.map((_, i) => i) };
}

function givenSplit(sets: readonly SetName[]): ReviewSplit {
  const of = (set: SetName) => sets.flatMap((name, i) => (name === set ? [i] : []));
  return { kind: 'sets', level: 'given', train: of('train'), val: of('val'), test: of('test') };
}

/** @returns train, val and test; null where groups are too large for that */
function threeSets(groups: readonly number[][], samples: number, seed: number): number[][] | null {
  const least = heldOutCount(samples);
  const left = new Random(seed, REVIEW_SPLIT_STREAM).shuffled(groups);
  const test = take(left, least);
  const val = take(left, least);
  const train = left.flat();
  const isEnough = test.length >= least && val.length >= least && train.length >= samples / 2;
  return isEnough ? [train, val, test] : null;
}

/** Moves groups out of a list until they have so many samples at least: those that fit in, then the smallest that is left. */
function take(groups: number[][], least: number): number[] {
  const taken: number[] = [];
  for (let i = 0; i < groups.length && taken.length < least; ) {
    if (groups[i].length <= least - taken.length) taken.push(...groups.splice(i, 1)[0]);
    else i++;
  }
  if (taken.length < least && groups.length > 0) {
    const smallest = groups.reduce((best, group) => (group.length < best.length ? group : best));
    taken.push(...groups.splice(groups.indexOf(smallest), 1)[0]);
  }
  return taken;
}

/** Up to five parts of about as many samples: the largest groups first, each to the part with the fewest. */
function folds(groups: readonly number[][], seed: number): number[][] {
  const parts: number[][] = Array.from({ length: Math.min(MOST_FOLDS, groups.length) }, () => []);
  const drawn = new Random(seed, REVIEW_SPLIT_STREAM).shuffled(groups).sort((a, b) => b.length - a.length);
  for (const group of drawn) {
    const fewest = parts.reduce((best, part) => (part.length < best.length ? part : best));
    fewest.push(...group);
  }
  return parts;
}

/** What stays together when samples are divided: what is coarser comes first. */
export const GROUP_LEVELS = ['acquisition', 'position', 'file'] as const;
export type GroupLevel = (typeof GROUP_LEVELS)[number];

/** What of a sample tells where it was taken. */
interface Origin {
  /** with `/` between folders */
  id: string;
  /** of the raw image */
  uri: string;
}

/** A well as B03, or as Opera writes it, r02c03. Row P is left out: P01 is a position as a rule. */
const WELL = /(?<=^|[/_\-. ])(?:[A-O](?:0[1-9]|1\d|2[0-4])|r\d\d+c\d\d+)(?=[/_\-. (]|f\d|$)/;
const BEGIN = '(?:^|[/_\\-. ])';
const NUMBER = '[ _-]?\\d+(?=[/_\\-. )]|[A-Za-z]+\\d|$)';
/** One of several images along time, depth or colour. */
const PLANE = new RegExp(`${BEGIN}(?:time|frame|t|z|channel|ch|c|w|wv)${NUMBER}`, 'i');
/** One of several places of a specimen. */
const PLACE = new RegExp(
  `${BEGIN}(?:position|pos|p|scene|series|s|field|fld|f|site|xy|y\\d+_?x|x\\d+_?y|crop|tile|m|time|frame|t|z|channel|ch|c|w|wv)${NUMBER}`,
  'i',
);

/**
 * Finds the group of a sample, by its id:
 * - `acquisition`: all up to a well name (`B03`, `r02c03`) where it has one, else what stands before the first counter
 *   of places, times or planes (`_P1`, `_s2`, `_y0_x512`, `_t003`, `_z10`, `_field 4`, ...);
 * - `position`: what stands before the first counter of times, planes or channels;
 * - `file`: the raw file.
 * An id without well or counter is a group of its own.
 */
export function groupOf({ id, uri }: Origin, level: GroupLevel): string {
  if (level === 'file') return uri;
  const well = WELL.exec(id);
  const wellEnd = well ? well.index + well[0].length : 0;
  if (well && level === 'acquisition') return id.slice(0, wellEnd);
  // A row of a plate may look like a counter (C12).
  const counter = (level === 'acquisition' ? PLACE : PLANE).exec(id.slice(wellEnd));
  return counter ? id.slice(0, wellEnd + counter.index) : id;
}

/**
 * Groups the indices of the samples by group, in the order of the groups' names. Scenes of one file are never apart.
 * @returns lists of indices into `origins`
 */
export function groupsOf(origins: readonly Origin[], level: GroupLevel): number[][] {
  const groupOfFile = new Map<string, string>();
  const groups = new Map<string, number[]>();
  for (const [i, origin] of origins.entries()) {
    const group = groupOfFile.get(origin.uri) ?? groupOf(origin, level);
    groupOfFile.set(origin.uri, group);
    groups.set(group, [...(groups.get(group) ?? []), i]);
  }
  return [...groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, indices]) => indices);
}
