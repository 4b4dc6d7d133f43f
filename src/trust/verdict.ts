import { type Static, Type } from '@sinclair/typebox';
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

/** Judges a result by its own numbers. What failed is an alarm; the worst of all rules counts. */
export function verdictOf(observed: Observed, rules: GateRules): Verdict {
  if (observed.failed !== undefined) {
    return { state: 'alarm', reasons: [`failed: ${observed.failed}`], unchecked: [] };
  }
  const found: Array<{ state: VerdictState; reason: string }> = [];
  const unchecked: string[] = [];
  const against = (state: VerdictState, reason: string) => found.push({ state, reason });
  judgeDice(observed, rules, against, unchecked);
  judgeLooks(observed, rules, against, unchecked);
  for (const name of ['foreground', 'objects'] as const)
    judgeBounds(name, observed[name], rules[name], against, unchecked);
  const worst = Math.max(0, ...found.map(({ state }) => VERDICTS.indexOf(state)));
  return { state: VERDICTS[worst], reasons: found.map(({ reason }) => reason), unchecked };
}

type Against = (state: VerdictState, reason: string) => void;

function judgeDice(
  { predictedDice }: Observed,
  { reviewDice, alarmDice }: GateRules,
  against: Against,
  unchecked: string[],
) {
  if (reviewDice === null && alarmDice === null) return;
  if (predictedDice === undefined) {
    unchecked.push('predicted Dice');
    return;
  }
  const is = `predicted Dice ${predictedDice.toFixed(2)}`;
  if (alarmDice !== null && predictedDice < alarmDice) against('alarm', `${is}, below ${alarmDice}`);
  else if (reviewDice !== null && predictedDice < reviewDice) against('review', `${is}, below ${reviewDice}`);
}

function judgeLooks({ unlike }: Observed, rules: GateRules, against: Against, unchecked: string[]): void {
  if (rules.unlike === 'ignore') return;
  if (!unlike) unchecked.push('likeness to the training');
  else if (unlike.isUnlike) {
    const why = unlike.reasons.length > 0 ? `: ${unlike.reasons.join(', ')}` : '';
    against(rules.unlike, `unlike the images of the training${why}`);
  }
}

function judgeBounds(
  name: 'foreground' | 'objects',
  value: number | undefined,
  { least, most }: Bounds,
  against: Against,
  unchecked: string[],
): void {
  if (least === null && most === null) return;
  if (value === undefined) {
    unchecked.push(name);
    return;
  }
  const text = (number: number) =>
    name === 'foreground' ? `${Number((100 * number).toPrecision(2))} %` : String(number);
  const is = name === 'foreground' ? `foreground ${text(value)}` : `${value} ${value === 1 ? 'object' : 'objects'}`;
  if (least !== null && value < least) against('review', `${is}, less than ${text(least)}`);
  if (most !== null && value > most) against('review', `${is}, more than ${text(most)}`);
}
