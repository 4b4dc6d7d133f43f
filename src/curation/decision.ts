/** undecided: nobody has said anything; used: it goes on to training; rejected: it does not */
export type ReviewState = 'undecided' | 'used' | 'rejected';

/** [x, y] in pixels of level 0; whole numbers are pixel centres. */
export type Point = [number, number];

/** A closed region, its outline first, holes after; the last point is joined to the first. */
export interface Shape {
  rings: Point[][];
  /** first and last plane, 0-based, inclusive; null: all */
  z: [number, number] | null;
}

/** One stroke of the brush: discs along a line become foreground (1) or background (0) of the target. */
export interface Stroke {
  points: Point[];
  /** pixels */
  radius: number;
  value: 0 | 1;
  z: [number, number] | null;
}

/** What people decided about one sample. */
export interface Decision {
  state: ReviewState;
  /** why it was rejected */
  reason: string | null;
  base: 'seg1' | 'seg2';
  merge: Shape[];
  exclude: Shape[];
  /** applied after merging, in order */
  strokes: Stroke[];
}
