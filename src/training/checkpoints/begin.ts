import type { Engine, TrainingState } from '../../engines/engine';
import type { LoadedData } from '../data/load-images';
import { networkNote } from '../network-size';
import { stepsBefore, type TrainingPlan } from '../plan';
import type { Preparation } from '../prepare';
import { firstParameters, starterNote, starterOf } from '../starters';
import type { Checkpoint, DataFacts } from './checkpoint';

/** The state of a training, or of a stage, before its first step. */
export function firstState(parameters: Float32Array): TrainingState {
  return {
    step: 0,
    parameters: parameters.slice(),
    average: parameters.slice(),
    firstMoment: new Float32Array(parameters.length),
    secondMoment: new Float32Array(parameters.length),
  };
}

/** A training before its first step. */
export function firstCheckpoint(preparation: Preparation, data: LoadedData, plan: TrainingPlan): Checkpoint {
  const { key, notes } = preparation;
  const state = firstState(firstParameters(preparation));
  const starter = starterOf(preparation);
  const facts = {
    images: data.images.length,
    validationImages: data.validation.length,
    notes: [...notes, networkNote(preparation, plan), ...(starter ? [starterNote(starter)] : []), ...data.notes],
    ...(data.looks ? { looks: data.looks } : {}),
  };
  const nothing = {
    best: null,
    folds: [],
    fold: null,
    history: [],
    epochLoss: { sum: 0, count: 0 },
    seconds: 0,
    ended: null,
  };
  return { key, plan, stage: 0, state, ...nothing, facts };
}

/**
 * The facts of a training that goes on here: another engine gives other bytes than the one before would have.
 * @param notes what befell the training so far
 */
export function continued({ facts, state }: Checkpoint, engine: Engine, notes: readonly string[] = []): DataFacts {
  const computedBy = `${engine.name} on ${engine.device}`;
  const changed = facts.computedBy !== undefined && facts.computedBy !== computedBy;
  const change = `from step ${state.step} on computed by ${computedBy}, before by ${facts.computedBy}`;
  const added = [...notes, ...(changed ? [change] : [])].filter((note) => !facts.notes.includes(note));
  return { ...facts, computedBy, notes: [...facts.notes, ...added] };
}

/** Whether nothing is left to do; what was stopped before its first step has not begun. */
export function hasEnded(checkpoint: Checkpoint): boolean {
  return checkpoint.ended !== null && stepsDone(checkpoint) > 0;
}

/** Steps of all stages. */
export function stepsDone({ plan, stage, state }: Pick<Checkpoint, 'plan' | 'stage' | 'state'>): number {
  return stepsBefore(plan, stage) + state.step;
}

/** A checkpoint whose facts say what befell the training; each once. */
export function withWarnings(checkpoint: Checkpoint, added: readonly string[]): Checkpoint {
  if (added.length === 0) return checkpoint;
  const { facts } = checkpoint;
  const [notes, warnings] = [facts.notes, facts.warnings ?? []].map((known) => [...new Set([...known, ...added])]);
  return { ...checkpoint, facts: { ...facts, notes, warnings } };
}
