import { InvalidInputError } from '../base/errors';
import type { ForegroundRule, ImageDescription } from '../image/description';
import { applyEdits } from './object-edits';
import { type Numbering, numberOf, type ObjectName, PAINTED_NUMBER, UNKNOWN_NUMBER } from './object-names';
import { PAINTED, type PlanePart, UNTOUCHED } from './rasterise';
import type { DrawnPart, TargetSources } from './target';

const UNKNOWN_RULE: ForegroundRule = { kind: 'values', values: [UNKNOWN_NUMBER] };

/** Numbers of objects for a part of a plane, [y, x]: 0 is background, {@link UNKNOWN_NUMBER} unknown, all else an object. */
export type NumberedSources = TargetSources;

/** What the values of a target mean that numbers its objects. */
export function numberedMeaning(
  madeOf: ReadonlyArray<Pick<ImageDescription, 'unknown'> | null | undefined>,
): Pick<ImageDescription, 'foreground' | 'unknown'> {
  const foreground: ForegroundRule = { kind: 'non-zero' };
  return madeOf.some((image) => image?.unknown) ? { foreground, unknown: UNKNOWN_RULE } : { foreground };
}

const [KEPT, LEFT_OUT] = [1, 2];

/**
 * Makes targets that number their objects, a part of a plane after the other, as `makeTarget` makes those of the foreground:
 * the base, inside the merging mask the other segmentation, over both the strokes. The other's numbers go on behind those of the
 * base, so that what a merging mask cuts is two objects; they are counted. What is painted keeps the number below it, or else
 * has {@link PAINTED_NUMBER}, and a mask has one number in all, until the whole of it is known; from the first mark on that names an
 * object all follow one by one.
 */
export class NumberedTarget {
  /** by number of the base, and of the other: whether it is kept, and left out, anywhere */
  private readonly base = new Map<number, number>();
  private readonly other = new Map<number, number>();
  private painted = false;

  /** @param shared numbers in the target that stand for all of a mask: whether its objects are cut is not told */
  constructor(
    private readonly numbering: Numbering,
    private readonly shared: readonly number[] = [],
  ) {}

  /**
   * @param part that it is
   * @returns uint32 [y, x]
   * @throws InvalidInputError where lengths differ, or numbers are too large to be told from each other
   */
  make(
    { base, other, mergeMask }: NumberedSources,
    { merge, strokes, edits }: DrawnPart,
    { width }: Pick<PlanePart, 'width'>,
  ): Uint32Array<ArrayBuffer> {
    const target = new Uint32Array(base.length);
    for (const [name, pixels] of Object.entries({ other, mergeMask, merge, strokes })) {
      if (pixels && pixels.length !== base.length) {
        throw new InvalidInputError(`${name}, pixels`, String(base.length), pixels.length);
      }
    }
    for (let i = 0; i < target.length; i++) {
      const isInside =
        other !== null && ((mergeMask !== null && mergeMask[i] !== 0) || (merge !== null && merge[i] !== 0));
      if (other) {
        note(this.base, base[i], isInside ? LEFT_OUT : KEPT);
        note(this.other, other[i], isInside ? KEPT : LEFT_OUT);
      }
      target[i] = isInside ? this.behind(other[i]) : inRange(base[i]);
      if (!strokes || strokes[i] === UNTOUCHED) continue;
      if (strokes[i] !== PAINTED) target[i] = 0;
      else if (target[i] === 0 || target[i] === UNKNOWN_NUMBER) {
        target[i] = PAINTED_NUMBER;
        this.painted = true;
      }
    }
    if (edits && applyEdits(target, width, edits, (name) => this.numberOf(name, other !== null))) this.painted = true;
    return target;
  }

  /** What a person should know of what was made, once all of it is. */
  get notes(): string[] {
    const [base, other] = [this.cutOf(this.base, 0), this.cutOf(this.other, this.numbering.largest)];
    const notes: string[] = [];
    if (base + other > 0) {
      notes.push(
        `the merging mask cuts objects (${base} of the base, ${other} of the other segmentation): what lies inside of it and what lies outside are objects of their own`,
      );
    }
    if (this.painted) notes.push('what was painted beside objects is an object of its own wherever it does not touch');
    return notes;
  }

  /**
   * @throws InvalidInputError for an object that the base cannot have, as where a segmentation was made anew since: its number would be
   *   that of another object
   */
  private numberOf(name: ObjectName, hasOther: boolean): number {
    const { base, largest } = this.numbering;
    if (hasOther && name.of === base && name.number > largest) {
      throw new InvalidInputError(
        `decision: object of ${base}`,
        `a number up to ${largest}, the largest there`,
        name.number,
      );
    }
    const number = numberOf(name, this.numbering);
    return name.of === 'new' ? number : inRange(number);
  }

  private cutOf(seen: ReadonlyMap<number, number>, behind: number): number {
    let cut = 0;
    for (const [number, where] of seen) {
      if (number === UNKNOWN_NUMBER || this.shared.includes(number + behind)) continue;
      if (where === (KEPT | LEFT_OUT)) cut++;
    }
    return cut;
  }

  private behind(number: number): number {
    return number === 0 || number === UNKNOWN_NUMBER ? number : inRange(number + this.numbering.largest);
  }
}

function note(seen: Map<number, number>, number: number, where: number): void {
  if (number !== 0) seen.set(number, (seen.get(number) ?? 0) | where);
}

function inRange(number: number): number {
  if (number === UNKNOWN_NUMBER || (number >= 0 && number < PAINTED_NUMBER)) return number;
  throw new InvalidInputError('numbers of objects', `numbers below ${PAINTED_NUMBER}`, number);
}
