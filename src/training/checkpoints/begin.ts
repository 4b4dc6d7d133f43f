import type { Engine, TrainingState } from '../../engines/engine';
import { initialParameters } from '../../network';
import type { LoadedData } from '../data/load-images';
import type { Preparation } from '../prepare';
import type { Checkpoint, DataFacts } from './checkpoint';

/** A training before its first step. */
export function firstCheckpoint({ spec, settings, start, key, notes }: Preparation, data: LoadedData): Checkpoint {
  const parameters = start?.parameters ?? initialParameters(spec, settings.seed);
  const state: TrainingState = {
    step: 0,
    parameters: parameters.slice(),
    average: parameters.slice(),
    firstMoment: new Float32Array(parameters.length),
    secondMoment: new Float32Array(parameters.length),
  };
  const facts = {
    images: data.images.length,
    validationImages: data.validation.length,
    notes: [...notes, ...data.notes],
  };
  return { key, state, best: null, history: [], epochLoss: { sum: 0, count: 0 }, seconds: 0, ended: null, facts };
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
export function hasEnded({ ended, state }: Checkpoint): boolean {
  return ended !== null && state.step > 0;
}

/** A checkpoint whose facts say what befell the training; each once. */
export function withWarnings(checkpoint: Checkpoint, added: readonly string[]): Checkpoint {
  if (added.length === 0) return checkpoint;
  const { facts } = checkpoint;
  const [notes, warnings] = [facts.notes, facts.warnings ?? []].map((known) => [...new Set([...known, ...added])]);
  return { ...checkpoint, facts: { ...facts, notes, warnings } };
}
