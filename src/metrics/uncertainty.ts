import { InvalidInputError } from '../base/errors';
import type { PixelArray } from '../image/dtype';

/** Probabilities between these are neither: the network would not be surprised by either answer. */
const UNSURE = { from: 0.2, to: 0.8 };
/** What rounding of float32 may add to 1. */
const ROUNDING = 1e-6;

/** What is counted in a probability map. */
interface UncertaintyFacts {
  /** pixels between 0.2 and 0.8 */
  unsure: number;
  /** pixels above 0.2: what is foreground or unsure */
  possible: number;
}

/** Gathers the facts of a probability map, in any number of bands. */
export class UncertaintyMeter {
  private readonly facts: UncertaintyFacts = { unsure: 0, possible: 0 };

  /** @param scale stored value times scale is the probability */
  constructor(
    private readonly scale: number,
    private readonly name: string,
  ) {}

  /** @throws InvalidInputError where a pixel is no probability */
  add(rows: PixelArray): void {
    const { scale, facts } = this;
    let [unsure, possible] = [0, 0];
    for (let i = 0; i < rows.length; i++) {
      const p = rows[i] * scale;
      if (!(p >= -ROUNDING && p <= 1 + ROUNDING)) {
        throw new InvalidInputError(`${this.name}, a pixel`, 'a probability, 0 to 1', String(p));
      }
      if (p > UNSURE.from) {
        possible++;
        if (p < UNSURE.to) unsure++;
      }
    }
    facts.unsure += unsure;
    facts.possible += possible;
  }

  result(): UncertaintyFacts {
    return { ...this.facts };
  }
}

/**
 * Divides unsure pixels by those that are foreground or unsure: 0 where all is certain, 1 where nothing is. What a
 * large background adds to a mean over all pixels does not count.
 */
export function uncertaintyOf({ unsure, possible }: UncertaintyFacts): number {
  return unsure === 0 ? 0 : unsure / possible;
}
