import { type Parts, sequenceLevel } from './parts';

/** Where a message stands in its sequence, from 1. */
export interface Place {
  readonly at: number;
  readonly of: number;
}

/** How the messages of the sequence that a node works on ended there so far. */
export class SequenceTally {
  /** null: the message stands alone, or nobody said how many there are */
  place: Place | null = null;
  failed = 0;
  warned = 0;
  /** earlier results that were given again */
  known = 0;
  /** messages that are through, however they ended */
  private ended = 0;
  private id: string | null = null;

  /** A message comes into work. */
  begin(parts: Parts | null): void {
    const { id, index, count } = parts ? sequenceLevel(parts) : { id: null, index: 0, count: undefined };
    if (id === null || id !== this.id) {
      this.failed = 0;
      this.warned = 0;
      this.known = 0;
      this.ended = 0;
    }
    this.id = id;
    this.place = count === undefined ? null : { at: index + 1, of: count };
  }

  /** A message is through. */
  end(): void {
    this.ended++;
  }

  /** Whether others of the sequence follow: the last one in its order need not be the last to come. */
  get isUnderWay(): boolean {
    return this.place !== null && this.place.at < this.place.of && this.ended < this.place.of;
  }
}
