/** Where nobody said what there is, in a target that numbers its objects: no segmentation has such a number. */
export const UNKNOWN_NUMBER = 2 ** 32 - 1;
/** What was painted: numbers of segmentations are smaller. */
export const PAINTED_NUMBER = 2 ** 31;
/** Objects that people made are numbered up to here. */
export const MOST_NEW = 2 ** 30;

/**
 * An object as people see it: of a segmentation by its number in the file, or a new one. So it stays the same whatever the target is
 * made of. New number 0 is what was painted beside objects.
 */
export interface ObjectName {
  of: 'seg1' | 'seg2' | 'new';
  number: number;
}

/** How the objects of a target are numbered: those of the base as there, those of the other segmentation behind them. */
export interface Numbering {
  base: 'seg1' | 'seg2' | 'none';
  /** number of the base */
  largest: number;
}

/** Gives the number that an object has in a target. */
export function numberOf({ of, number }: ObjectName, { base, largest }: Numbering): number {
  if (of === 'new') return PAINTED_NUMBER + number;
  return of === (base === 'none' ? 'seg1' : base) ? number : number + largest;
}

/** Gives the object that has a number in a target; null for background and what is unknown. */
export function nameOf(number: number, { base, largest }: Numbering): ObjectName | null {
  if (number === 0 || number === UNKNOWN_NUMBER) return null;
  if (number >= PAINTED_NUMBER) return { of: 'new', number: number - PAINTED_NUMBER };
  const own = base === 'none' ? 'seg1' : base;
  if (number <= largest) return { of: own, number };
  return { of: own === 'seg1' ? 'seg2' : 'seg1', number: number - largest };
}

/** Tells whether two names are of one object. */
export function isSameObject(a: ObjectName | null, b: ObjectName | null): boolean {
  return a === b || (a !== null && b !== null && a.of === b.of && a.number === b.number);
}
