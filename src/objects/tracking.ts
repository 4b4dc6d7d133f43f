import { TallyByNumber } from '../metrics/tally-by-number';
import type { LabelledVolume } from '../thresholding/labelled-volume';
import { assign, type Candidate } from './assignment';

/** An object at a time point. */
export interface SeenObject {
  /** in voxels */
  size: number;
  /** z, y and x in one unit of length */
  centre: readonly [z: number, y: number, x: number];
}

/** The objects of a time point: that of label k is element k - 1. */
export type Frame = readonly SeenObject[];

/** Which objects are one over time. */
export interface Tracks {
  /** track of each object, by time point, then label - 1; tracks are numbered from 1 by their first object */
  tracks: Int32Array[];
  /** by track - 1: the track that divided into it; 0: none */
  parents: Int32Array;
}

/** Common voxels of an object of one time point and one of the next, by both labels. */
export interface CommonVoxels {
  before: number;
  after: number;
  voxels: number;
}

/** A link costs from 0, the same place, to 1; what costs more is none. */
const ALONE = 1;
/** Daughters have together at most so much of their mother's size, and each at most so much. */
const DAUGHTERS = 1.5;
const DAUGHTER = 0.8;
/** Sizes of an object before and after a time point in which it was not found differ by this factor at most. */
const SAME_SIZE = 1.6;

/**
 * Gives each object an identity over time: linear assignment from one time point to the next by overlap and distance, one missed
 * time point bridged, and a division as two new tracks with a parent (as in the Cell Tracking Challenge).
 * @param frames by time point
 * @param common by time point: of it and the next
 * @param reach how far an object moves from one time point to the next, at most, in the unit of the centres
 */
export function track(frames: readonly Frame[], common: ReadonlyArray<readonly CommonVoxels[]>, reach: number): Tracks {
  // The object before each, as time point and index, and whether it is its daughter.
  const before = frames.map((frame) =>
    new Array<{ t: number; index: number; isDaughter: boolean } | null>(frame.length).fill(null),
  );
  const hasNext = frames.map((frame) => new Uint8Array(frame.length));
  for (let t = 1; t < frames.length; t++) {
    const shared = new Map(common[t - 1].map((c) => [pairKey(c.before - 1, c.after - 1), c.voxels]));
    for (const { row, column } of assign(linksBetween(frames[t - 1], frames[t], shared, reach), ALONE)) {
      before[t][column] = { t: t - 1, index: row, isDaughter: false };
      hasNext[t - 1][row] = 1;
    }
    findDivisions(t, frames, before, hasNext, shared, reach);
    if (t > 1) bridgeGap(t, frames, before, hasNext, reach);
  }
  return numbered(frames, before);
}

function linksBetween(from: Frame, to: Frame, shared: ReadonlyMap<number, number>, reach: number): Candidate[] {
  return nearPairs(from, to, reach).map(({ row, column, distance }) => {
    const voxels = shared.get(pairKey(row, column)) ?? 0;
    const iou = voxels / (from[row].size + to[column].size - voxels);
    return { row, column, cost: (1 - iou + distance / reach) / 2 };
  });
}

/** An object that nothing became, near one that went on: its sister, if both are smaller than their mother was. */
function findDivisions(
  t: number,
  frames: readonly Frame[],
  before: Array<Array<{ t: number; index: number; isDaughter: boolean } | null>>,
  hasNext: Uint8Array[],
  shared: ReadonlyMap<number, number>,
  reach: number,
): void {
  const sisterOf = new Map<number, number>();
  for (const [index, link] of before[t].entries()) if (link?.t === t - 1) sisterOf.set(link.index, index);
  const candidates: Candidate[] = [];
  for (const { row, column, distance } of nearPairs(frames[t - 1], frames[t], reach)) {
    const sister = sisterOf.get(row);
    if (before[t][column] !== null || sister === undefined || hasNext[t - 1][row] === 0) continue;
    const [mother, one, other] = [frames[t - 1][row], frames[t][sister], frames[t][column]];
    const isBorn =
      one.size + other.size <= DAUGHTERS * mother.size && Math.max(one.size, other.size) <= DAUGHTER * mother.size;
    // Both lie where the mother was, or on either side of her.
    const voxels = shared.get(pairKey(row, column)) ?? 0;
    const middle = one.centre.map((v, axis) => (v + other.centre[axis]) / 2 - mother.centre[axis]);
    if (isBorn && (voxels > 0 || Math.hypot(...middle) < reach / 2))
      candidates.push({ row, column, cost: distance / reach });
  }
  for (const { row, column } of assign(candidates, ALONE)) {
    before[t][column] = { t: t - 1, index: row, isDaughter: true };
    const sister = sisterOf.get(row);
    if (sister !== undefined) before[t][sister] = { t: t - 1, index: row, isDaughter: true };
  }
}

/** Joins what ended two time points ago with what begins now, near and of about the same size. */
function bridgeGap(
  t: number,
  frames: readonly Frame[],
  before: Array<Array<{ t: number; index: number; isDaughter: boolean } | null>>,
  hasNext: Uint8Array[],
  reach: number,
): void {
  const candidates = nearPairs(frames[t - 2], frames[t], reach)
    .filter(({ row, column }) => hasNext[t - 2][row] === 0 && before[t][column] === null)
    .filter(({ row, column }) => {
      const ratio = frames[t - 2][row].size / frames[t][column].size;
      return ratio <= SAME_SIZE && ratio >= 1 / SAME_SIZE;
    })
    .map(({ row, column, distance }) => ({ row, column, cost: distance / reach }));
  for (const { row, column } of assign(candidates, ALONE)) {
    before[t][column] = { t: t - 2, index: row, isDaughter: false };
    hasNext[t - 2][row] = 1;
  }
}

function numbered(
  frames: readonly Frame[],
  before: ReadonlyArray<ReadonlyArray<{ t: number; index: number; isDaughter: boolean } | null>>,
): Tracks {
  const tracks = frames.map((frame) => new Int32Array(frame.length));
  const parents: number[] = [];
  for (const [t, links] of before.entries()) {
    for (const [index, link] of links.entries()) {
      const earlier = link ? tracks[link.t][link.index] : 0;
      tracks[t][index] = link && !link.isDaughter ? earlier : parents.push(earlier);
    }
  }
  return { tracks, parents: Int32Array.from(parents) };
}

function pairKey(before: number, after: number): number {
  return before * 2 ** 26 + after;
}

/** Pairs no further apart than the reach, found in cells as wide as it. */
function nearPairs(from: Frame, to: Frame, reach: number): Array<{ row: number; column: number; distance: number }> {
  const cellOf = (centre: SeenObject['centre']) => centre.map((v) => Math.floor(v / reach));
  const cells = new Map<string, number[]>();
  for (const [column, { centre }] of to.entries()) {
    const key = cellOf(centre).join();
    cells.set(key, [...(cells.get(key) ?? []), column]);
  }
  return from.flatMap(({ centre }, row) => {
    const [z, y, x] = cellOf(centre);
    const near = [-1, 0, 1].flatMap((dz) =>
      [-1, 0, 1].flatMap((dy) => [-1, 0, 1].flatMap((dx) => cells.get([z + dz, y + dy, x + dx].join()) ?? [])),
    );
    return near
      .map((column) => ({ row, column, distance: Math.hypot(...centre.map((v, axis) => v - to[column].centre[axis])) }))
      .filter(({ distance }) => distance < reach);
  });
}

/** Counts the voxels that the objects of two time points have in common, by the runs of their rows. */
export function commonVoxels(before: LabelledVolume, after: LabelledVolume): CommonVoxels[] {
  const pairs = new TallyByNumber();
  const rows = after.rows();
  for (const a of before.rows()) {
    const step = rows.next();
    if (step.done) break;
    const b = step.value;
    let [i, j] = [0, 0];
    while (i < 3 * a.count && j < 3 * b.count) {
      const voxels = Math.min(a.data[i + 1], b.data[j + 1]) - Math.max(a.data[i], b.data[j]);
      if (voxels > 0 && a.data[i + 2] > 0 && b.data[j + 2] > 0)
        pairs.add(pairKey(a.data[i + 2], b.data[j + 2]), voxels);
      if (a.data[i + 1] < b.data[j + 1]) i += 3;
      else j += 3;
    }
  }
  return Array.from({ length: pairs.length }, (_, k) => {
    const after = pairs.number(k) % 2 ** 26;
    return { before: (pairs.number(k) - after) / 2 ** 26, after, voxels: pairs.tally(k) };
  });
}
