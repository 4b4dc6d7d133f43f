/** An object at a time point. */
export interface SeenObject {
  /** in voxels */
  size: number;
  /** z, y and x in one unit of length */
  centre: readonly [z: number, y: number, x: number];
}

/** The objects of a time point: that of label k is element k - 1. */
export type Frame = readonly SeenObject[];

/** Common voxels of an object of one time point and one of the next, by both labels. */
export interface CommonVoxels {
  before: number;
  after: number;
  voxels: number;
}

/** More objects than a time point has. */
const OBJECTS = 2 ** 26;

/** Gives one number for an object of one time point and one of another, both below 2^26. */
export function pairNumber(before: number, after: number): number {
  return before * OBJECTS + after;
}

/** Gives the two objects of a pair's number. */
export function pairOf(number: number): [before: number, after: number] {
  const after = number % OBJECTS;
  return [(number - after) / OBJECTS, after];
}
