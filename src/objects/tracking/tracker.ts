import { assign } from './assignment';
import { findDivisions, type Step } from './divisions';
import { type CommonVoxels, type Frame, pairNumber } from './frame';
import { nearPairs } from './near-pairs';

/** Which objects are one over time. */
export interface Tracks {
  /** track of each object, by time point, then label - 1; tracks are numbered from 1 by their first object */
  tracks: Int32Array[];
  /** by track - 1: the track that divided into it; 0: none */
  parents: Int32Array;
}

/** A time point that was followed. */
interface Seen {
  frame: Frame;
  /** track of each object; 0: one that begins here */
  tracks: Int32Array;
  /** of objects that begin here: the track that divided into them; 0: none */
  mothers: Int32Array;
  /** 1: of objects that were found again, or divided */
  hasNext: Uint8Array;
}

/** A link costs from 0, the same place, to 1; what costs more is none. */
const ALONE = 1;
/** Sizes of an object before and after a time point in which it was not found differ by this factor at most. */
const SAME_SIZE = 1.6;

/**
 * Gives each object an identity over time: linear assignment from one time point to the next by overlap and distance, one missed
 * time point bridged, and a division as two new tracks with a parent (as in the Cell Tracking Challenge).
 */
export class Tracker {
  private readonly tracks: Int32Array[] = [];
  private readonly parents: number[] = [];
  /** the two time points before, the newest first */
  private seen: Seen[] = [];

  /** @param reach how far an object moves from one time point to the next, at most, in the unit of the centres */
  constructor(private readonly reach: number) {}

  /**
   * Follows the objects to the next time point, with pauses in which others have their turn.
   * @param common voxels that its objects have in common with those of the time point before; none at the first
   */
  *follow(frame: Frame, common: readonly CommonVoxels[]): Generator<void, void, void> {
    const objects = frame.length;
    const [tracks, mothers] = [new Int32Array(objects), new Int32Array(objects)];
    const now: Seen = { frame, tracks, mothers, hasNext: new Uint8Array(objects) };
    const [last, earlier] = this.seen;
    if (last) yield* this.followStep(last, now, common);
    if (earlier) yield* this.bridgeGap(earlier, now);
    for (let i = 0; i < objects; i++) if (tracks[i] === 0) tracks[i] = this.parents.push(mothers[i]);
    this.tracks.push(tracks);
    this.seen = last ? [now, last] : [now];
  }

  /** Gives the tracks of all time points so far. */
  found(): Tracks {
    return { tracks: this.tracks, parents: Int32Array.from(this.parents) };
  }

  private *followStep(last: Seen, now: Seen, common: readonly CommonVoxels[]): Generator<void, void, void> {
    const [from, to, { reach }] = [last.frame, now.frame, this];
    const voxels = new Map(common.map((c) => [pairNumber(c.before - 1, c.after - 1), c.voxels]));
    const shared = (row: number, column: number) => voxels.get(pairNumber(row, column)) ?? 0;
    const pairs = yield* nearPairs(from, to, reach);
    const links = pairs.map(({ row, column, distance }) => {
      const both = shared(row, column);
      const iou = both / (from[row].size + to[column].size - both);
      return { row, column, cost: (1 - iou + distance / reach) / 2 };
    });
    const step: Step = { from, to, before: new Int32Array(to.length).fill(-1), shared, reach };
    for (const { row, column } of yield* assign(links, ALONE)) {
      step.before[column] = row;
      now.tracks[column] = last.tracks[row];
      last.hasNext[row] = 1;
    }
    for (const { mother, daughters } of yield* findDivisions(step)) {
      for (const daughter of daughters) {
        now.tracks[daughter] = 0;
        now.mothers[daughter] = last.tracks[mother];
      }
    }
  }

  /** Joins what ended two time points ago with what begins now, near and of about the same size. */
  private *bridgeGap(earlier: Seen, now: Seen): Generator<void, void, void> {
    const pairs = yield* nearPairs(earlier.frame, now.frame, this.reach, {
      row: (index) => earlier.hasNext[index] === 0,
      column: (index) => now.tracks[index] === 0 && now.mothers[index] === 0,
    });
    const candidates = pairs
      .filter(({ row, column }) => {
        const ratio = earlier.frame[row].size / now.frame[column].size;
        return ratio <= SAME_SIZE && ratio >= 1 / SAME_SIZE;
      })
      .map(({ row, column, distance }) => ({ row, column, cost: distance / this.reach }));
    for (const { row, column } of yield* assign(candidates, ALONE)) {
      now.tracks[column] = earlier.tracks[row];
      earlier.hasNext[row] = 1;
    }
  }
}
