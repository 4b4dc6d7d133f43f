import type { ModelCard } from '../../models/card';
import type { DataFacts } from '../checkpoints/checkpoint';
import type { StartModel } from '../fine-tuning';
import type { ValidationResult } from './validate';

/** A Dice that is lower by less is no worse. */
const SAME_DICE = 0.001;

/** How a training ended, and how good its start was on the same images. */
interface Outcome {
  validation: Pick<ValidationResult, 'dice'> | null;
  facts: DataFacts;
}

/** What the card says of the model that a training started from; undefined where they could not be compared. */
export function comparisonOf(
  { validation, facts: { startDice } }: Outcome,
  start: StartModel | null,
): ModelCard['comparison'] {
  if (!start || !validation || startDice === undefined) return undefined;
  const { dice } = validation;
  return { startedFrom: nameOf(start), startDice, dice, isWorse: dice < startDice - SAME_DICE };
}

/** The facts of a training with what a person should know of how it compares with its start. */
export function factsWithComparison(outcome: Outcome, start: StartModel): DataFacts {
  const { validation, facts } = outcome;
  const comparison = comparisonOf(outcome, start);
  if (!comparison) {
    const why = validation ? 'it was not judged before the first step' : 'there was no validation';
    return { ...facts, notes: withNote(facts.notes, `not compared with ${nameOf(start)}: ${why}`) };
  }
  const { startDice, dice, isWorse, startedFrom } = comparison;
  if (!isWorse) return facts;
  const warning =
    `the model is worse than ${startedFrom}, which it was trained from: Dice ${dice.toFixed(3)} on the validation images, ` +
    `${startDice.toFixed(3)} before; a name alone passes it over where another version is not worse than its start ` +
    '(name@latest takes it)';
  return { ...facts, notes: withNote(facts.notes, warning), warnings: withNote(facts.warnings ?? [], warning) };
}

function nameOf({ card: { name, version } }: StartModel): string {
  return `${name}@${version}`;
}

function withNote(notes: readonly string[], note: string): string[] {
  return [...new Set([...notes, note])];
}
