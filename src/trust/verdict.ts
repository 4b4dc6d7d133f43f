import { type Static, Type } from '#typebox';
import { validate, words } from '../base/schema';
import type { Unlikeness } from './looks';

/** pass: use it; review: a person should look; alarm: do not use it. In this order they get worse. */
export const VERDICTS = ['pass', 'review', 'alarm'] as const;
export type VerdictState = (typeof VERDICTS)[number];

/** What is said of one result without a truth: `payload.verdict`. */
export const VerdictSchema = Type.Object({
  state: words(VERDICTS),
  /** what speaks against it, in words */
  reasons: Type.Array(Type.String()),
  /** rules that could not be applied, for the message says nothing of it */
  unchecked: Type.Array(Type.String()),
});
export type Verdict = Static<typeof VerdictSchema>;

/** Gives a verdict as a gate makes it; undefined for what a flow calls by the same name. */
export function asVerdict(value: unknown): Verdict | undefined {
  try {
    return validate(VerdictSchema, value, 'verdict');
  } catch {
    return undefined;
  }
}

/** The least and the most that is usual; null: no bound. */
export interface Bounds {
  least: number | null;
  most: number | null;
}

/** What a result has to be like. null and `ignore`: a rule is off. */
export interface GateRules {
  /** predicted Dice below which a person looks, and below which it is not used */
  reviewDice: number | null;
  alarmDice: number | null;
  /** of an image that is unlike those of the training */
  unlike: 'ignore' | 'review' | 'alarm';
  /** share of the pixels, 0 to 1 */
  foreground: Bounds;
  objects: Bounds;
}

/** What is known of a result. */
export interface Observed {
  failed?: string;
  predictedDice?: number;
  unlike?: Unlikeness;
  foreground?: number;
  objects?: number;
}

/** What speaks against a result: the rule that it breaks, what was found and the bound, in words. */
export interface Objection {
  state: VerdictState;
  rule:
    | 'failed'
    | 'dice'
    | 'unlike'
    | 'amountFewer'
    | 'amountMore'
    | 'foregroundLess'
    | 'foregroundMore'
    | 'objectsLess'
    | 'objectsMore';
  value: string;
  /** blank: the rule has none */
  limit: string;
  /** as a sentence of the verdict */
  reason: string;
}

interface Judged {
  objections: Objection[];
  unchecked: string[];
}

/** Judges a result by its own numbers. What failed is an alarm; the worst of all rules counts. */
export function verdictOf(observed: Observed, rules: GateRules): Verdict {
  const { objections, unchecked } = objectionsTo(observed, rules);
  const worst = Math.max(0, ...objections.map(({ state }) => VERDICTS.indexOf(state)));
  return { state: VERDICTS[worst], reasons: objections.map(({ reason }) => reason), unchecked };
}

/** Lists the rules that a result breaks, and those that its numbers say nothing of. */
export function objectionsTo(observed: Observed, rules: GateRules): Judged {
  const { failed } = observed;
  if (failed !== undefined) {
    const objection = { rule: 'failed' as const, value: failed, limit: '', reason: `failed: ${failed}` };
    return { objections: [{ state: 'alarm', ...objection }], unchecked: [] };
  }
  const judged: Judged = { objections: [], unchecked: [] };
  judgeDice(observed, rules, judged);
  judgeLooks(observed, rules, judged);
  for (const name of ['foreground', 'objects'] as const) judgeBounds(name, observed[name], rules[name], judged);
  return judged;
}

function judgeDice({ predictedDice }: Observed, { reviewDice, alarmDice }: GateRules, judged: Judged): void {
  if (reviewDice === null && alarmDice === null) return;
  if (predictedDice === undefined) {
    judged.unchecked.push('predicted Dice');
    return;
  }
  const value = predictedDice.toFixed(2);
  const against = (state: VerdictState, bound: number) => {
    const reason = `predicted Dice ${value}, below ${bound}`;
    judged.objections.push({ state, rule: 'dice', value, limit: String(bound), reason });
  };
  if (alarmDice !== null && predictedDice < alarmDice) against('alarm', alarmDice);
  else if (reviewDice !== null && predictedDice < reviewDice) against('review', reviewDice);
}

function judgeLooks({ unlike }: Observed, rules: GateRules, judged: Judged): void {
  if (rules.unlike === 'ignore') return;
  if (!unlike) judged.unchecked.push('likeness to the training');
  else if (unlike.isUnlike) {
    const value = unlike.reasons.join(', ');
    const reason = `unlike the images of the training${value === '' ? '' : `: ${value}`}`;
    judged.objections.push({ state: rules.unlike, rule: 'unlike', value, limit: '', reason });
  } else if (unlike.amount) {
    // Another density is no fault of the image: somebody shall look, and no more.
    const reason = `${unlike.amount} objects than in the images of the training`;
    const rule = unlike.amount === 'more' ? 'amountMore' : 'amountFewer';
    judged.objections.push({ state: 'review', rule, value: '', limit: '', reason });
  }
}

function judgeBounds(
  name: 'foreground' | 'objects',
  found: number | undefined,
  { least, most }: Bounds,
  judged: Judged,
): void {
  if (least === null && most === null) return;
  if (found === undefined) {
    judged.unchecked.push(name);
    return;
  }
  const text = (number: number) =>
    name === 'foreground' ? `${Number((100 * number).toPrecision(2))} %` : String(number);
  const value = text(found);
  const is = name === 'foreground' ? `foreground ${value}` : `${value} ${found === 1 ? 'object' : 'objects'}`;
  const against = (side: 'Less' | 'More', bound: number) => {
    const limit = text(bound);
    const reason = `${is}, ${side === 'Less' ? 'less' : 'more'} than ${limit}`;
    judged.objections.push({ state: 'review', rule: `${name}${side}`, value, limit, reason });
  };
  if (least !== null && found < least) against('Less', least);
  if (most !== null && found > most) against('More', most);
}
