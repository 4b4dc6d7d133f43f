import { type Static, Type } from '#typebox';
import { words } from '../base/schema';
import { ResultKeySchema } from './result-key';

/** Jobs whose results can be made again from what a step says. */
export const STEP_JOBS = ['predict', 'threshold'] as const;
const MOST_STEPS = 20;

/** How an image of a sample came about: which job made it, from what, with which settings. */
export const StepSchema = Type.Object({
  job: words(STEP_JOBS),
  /** name of the image that it was made from, and of those that it made */
  from: Type.String({ minLength: 1 }),
  makes: Type.Array(Type.String({ minLength: 1 }), { minItems: 1 }),
  /** what the job was given beside images */
  input: Type.Record(Type.String(), Type.Unknown()),
  /** engine, device and the like that it ran on, and seconds */
  computed: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
  /** what the images depend on; absent: they cannot be known again */
  key: Type.Optional(ResultKeySchema),
  node: Type.Object({ id: Type.String(), type: Type.String(), name: Type.String() }),
  /** ISO 8601 */
  at: Type.String(),
});
export type Step = Static<typeof StepSchema>;

export const StepsSchema = Type.Array(StepSchema, { maxItems: MOST_STEPS });

/** Adds a step; those whose images it made anew are no longer true. */
export function withStep(steps: readonly Step[], step: Step): Step[] {
  const isMadeAnew = ({ makes }: Step) => makes.every((image) => step.makes.includes(image));
  return [...steps.filter((each) => !isMadeAnew(each)), step].slice(-MOST_STEPS);
}

/** Gives the steps that lead from the first image to the named one, in order; none where it is no step's result. */
export function stepsTo(image: string, steps: readonly Step[]): Step[] {
  const chain: Step[] = [];
  let wanted = image;
  // A step leads to an earlier one only: so it ends.
  for (const step of steps.toReversed()) {
    if (!step.makes.includes(wanted)) continue;
    chain.unshift(step);
    wanted = step.from;
  }
  return chain;
}
