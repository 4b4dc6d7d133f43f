import { type Static, Type } from '@sinclair/typebox';
import { InvalidInputError } from '../base/errors';
import { percent } from '../base/number-text';
import type { PixelArray } from '../image/dtype';

/** Probabilities between these are neither: the network would not be surprised by either answer. */
const UNSURE = { from: 0.2, to: 0.8 };
const FOREGROUND = 0.5;
/** What rounding of float32 may add to 1. */
const ROUNDING = 1e-6;

/** What a prediction must be like to pass unseen; what is left out is not asked for. */
export const QualityRulesSchema = Type.Object(
  {
    /** whether an image without foreground is right */
    mayBeEmpty: Type.Optional(Type.Boolean()),
    /** share of the pixels that are foreground, 0 to 1 */
    leastForeground: Type.Optional(Type.Number({ minimum: 0, maximum: 1 })),
    mostForeground: Type.Optional(Type.Number({ minimum: 0, maximum: 1 })),
    leastObjects: Type.Optional(Type.Integer({ minimum: 0 })),
    mostObjects: Type.Optional(Type.Integer({ minimum: 0 })),
  },
  { additionalProperties: false },
);

export type QualityRules = Static<typeof QualityRulesSchema>;

/** What is counted in a probability map. */
export interface UncertaintyFacts {
  pixels: number;
  /** pixels of 0.5 and more */
  foreground: number;
  /** pixels between 0.2 and 0.8 */
  unsure: number;
  /** pixels above 0.2: what is foreground or unsure */
  possible: number;
}

/** How much a prediction wants to be looked at. */
export interface PredictionScore {
  /** a rule that is broken counts 1, to which {@link uncertaintyOf} is added: what breaks rules comes first */
  score: number;
  /** sentences with value and rule */
  reasons: string[];
}

/** Gathers the facts of a probability map, in any number of bands. */
export class UncertaintyMeter {
  private readonly facts: UncertaintyFacts = { pixels: 0, foreground: 0, unsure: 0, possible: 0 };

  /** @param scale stored value times scale is the probability */
  constructor(
    private readonly scale: number,
    private readonly name: string,
  ) {}

  /** @throws InvalidInputError where a pixel is no probability */
  add(rows: PixelArray): void {
    const { scale, facts } = this;
    let [foreground, unsure, possible] = [0, 0, 0];
    for (let i = 0; i < rows.length; i++) {
      const p = rows[i] * scale;
      if (!(p >= -ROUNDING && p <= 1 + ROUNDING)) {
        throw new InvalidInputError(`${this.name}, a pixel`, 'a probability, 0 to 1', String(p));
      }
      if (p >= FOREGROUND) foreground++;
      if (p > UNSURE.from) {
        possible++;
        if (p < UNSURE.to) unsure++;
      }
    }
    facts.pixels += rows.length;
    facts.foreground += foreground;
    facts.unsure += unsure;
    facts.possible += possible;
  }

  result(): UncertaintyFacts {
    return { ...this.facts };
  }
}

/**
 * Unsure pixels over those that are foreground or unsure: 0 where all is certain, 1 where nothing is. What a large
 * background adds to a mean over all pixels does not count.
 */
export function uncertaintyOf({ unsure, possible }: UncertaintyFacts): number {
  return unsure === 0 ? 0 : unsure / possible;
}

/** @param objects of the prediction; null: not counted, rules about them do not hold */
export function scorePrediction(facts: UncertaintyFacts, rules: QualityRules, objects: number | null): PredictionScore {
  const { mayBeEmpty = false, leastForeground, mostForeground, leastObjects, mostObjects } = rules;
  const share = facts.pixels > 0 ? facts.foreground / facts.pixels : 0;
  const broken: string[] = [];
  if (facts.foreground === 0 && !mayBeEmpty) broken.push('the prediction is empty');
  else broken.push(...outside(share, leastForeground, mostForeground, (n) => `${percent(n)} foreground`));
  if (objects !== null) broken.push(...outside(objects, leastObjects, mostObjects, (n) => `${n} objects`));
  const uncertainty = uncertaintyOf(facts);
  const unsure = `${percent(uncertainty)} of what may be foreground is between ${UNSURE.from} and ${UNSURE.to}`;
  return { score: broken.length + uncertainty, reasons: uncertainty > 0 ? [...broken, unsure] : broken };
}

/** The items that want to be looked at most, the worst first; of equal ones the earlier. */
export function worstFirst<T extends { score: number }>(items: readonly T[], most = items.length): T[] {
  return [...items].sort((a, b) => b.score - a.score).slice(0, most);
}

function outside(value: number, least: number | undefined, most: number | undefined, text: (n: number) => string) {
  if (least !== undefined && value < least) return [`${text(value)}, expected ${text(least)} at least`];
  if (most !== undefined && value > most) return [`${text(value)}, expected ${text(most)} at most`];
  return [];
}
