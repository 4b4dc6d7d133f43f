import { chooseApart, nearestNeighbourOrder } from './choose';
import type { NextPosition } from './forms';
import type { Candidate } from './objects';
import type { Point } from './orientation';
import type { ImagePoint, StagePlace } from './place';

/** In what order places are visited: short ways, or as they were ranked. */
export const TRAVELS = ['nearest', 'ranked'] as const;
export type Travel = (typeof TRAVELS)[number];

export interface Choice {
  /** how many at most */
  most: number;
  /** micrometres that they lie apart at least; 0: as they come */
  distance: number;
  /** whether a place lies near one that was visited before */
  isTaken: (place: Point) => boolean;
  travel: Travel;
}

/** Where the objects of one image are on the stage. */
export interface Seen {
  /** id of the sample */
  sample: string;
  candidates: readonly Candidate[];
  placeOf: (at: ImagePoint) => StagePlace;
  /** where the stage is: in the middle of the image */
  middle: ImagePoint;
}

/** Chooses which objects of an image are visited next, and in what order. @returns near: how many were not, as they lie near others */
export function nextPositions(
  { sample, candidates, placeOf, middle }: Seen,
  { most, distance, isTaken, travel }: Choice,
): { positions: NextPosition[]; near: number } {
  const positionOf = ({ object, centroid, measures, score }: Candidate): NextPosition => {
    return { name: `${sample}-${object}`, sample, object, ...placeOf(centroid), measures, score };
  };
  const { chosen, near } =
    distance > 0
      ? chooseApart(candidates, positionOf, { most, distance, isTaken })
      : { chosen: candidates.slice(0, most).map(positionOf), near: 0 };
  const positions = travel === 'nearest' ? nearestNeighbourOrder(chosen, placeOf(middle)) : chosen;
  return { positions, near };
}
