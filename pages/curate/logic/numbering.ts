import { changesObjects, type Decision } from '../../../src/curation/decision';
import type { CuratedRole, ImageView } from '../../../src/curation/page-api';
import { type Numbering, UNKNOWN_NUMBER } from '../../../src/masks/object-names';
import { FOREGROUND, type Segmentation, type TargetRoles, UNKNOWN } from '../../../src/masks/target';

/** Numbers of a base lie below: nobody counts them before they are drawn, so those of the other follow far behind. */
const BEHIND = 2 ** 30;

/** Gives how the page numbers the objects of a result. */
export function numberingOf(base: Numbering['base']): Numbering {
  return { base, largest: BEHIND };
}

type Pictures = Pick<ImageView, 'pictures'>;

/** Gives the picture in which a segmentation's objects are told apart, where it tells them. */
export function numbersRole({ pictures }: Pictures, role: Segmentation): CuratedRole {
  const numbers = role === 'seg1' ? 'numbers1' : 'numbers2';
  return pictures[numbers] ? numbers : role;
}

/** Tells whether the objects of a result are told apart: as segmentations number them, or people do. */
export function isNumbered(image: Pictures, roles: TargetRoles, decision: Pick<Decision, 'strokes'>): boolean {
  const { base, other } = roles;
  const numbers = [base, other].some((role) => role && role !== 'none' && numbersRole(image, role) !== role);
  return numbers || changesObjects(decision);
}

/** Tells whether objects can be worked on: some are numbered, or a target is painted from nothing. */
export function hasObjects({ pictures }: Pictures, base: Decision['base']): boolean {
  return base === 'none' || pictures.numbers1 !== undefined || pictures.numbers2 !== undefined;
}

/** Gives the pixels of a segmentation's tile as numbers of objects: of a mask all is object 1. */
export function asNumbers(pixels: ArrayLike<number>): ArrayLike<number> {
  if (pixels instanceof Uint32Array) return pixels;
  return Uint32Array.from(pixels, (value) => (value === UNKNOWN ? UNKNOWN_NUMBER : value === 0 ? 0 : 1));
}

/** Gives numbers of objects as a target of the foreground. */
export function asForeground(numbers: ArrayLike<number>): Uint8Array {
  return Uint8Array.from(numbers, (number) => (number === UNKNOWN_NUMBER ? UNKNOWN : number === 0 ? 0 : FOREGROUND));
}
