import { totalmem } from 'node:os';
import type { EngineChoice } from '../engines/choice';
import { describeMachine, type Machine } from '../engines/machine';
import type { Trial } from '../engines/trial-memory';
import type { EngineChooser } from './engine-chooser';

/** Every engine and device of this machine: how it is and how quick. JSON-safe. */
export interface EngineSurvey {
  machine: Machine & { memoryMB: number };
  trials: Trial[];
  /** what an open choice takes for each kind of work; null: nothing works */
  auto: { predict: EngineChoice | null; train: EngineChoice | null };
  /** other work ran meanwhile: speeds may be low, and an open choice is not made from them */
  disturbed: boolean;
}

/**
 * Tries everything anew; an open choice is made from the results from then on, unless other work disturbed them.
 * @param isBusy whether other work runs
 * @throws CancelledError
 */
export async function surveyEngines(
  chooser: EngineChooser,
  isBusy: () => boolean,
  signal?: AbortSignal,
): Promise<EngineSurvey> {
  let disturbed = isBusy();
  const trials = await chooser.survey(() => {
    disturbed ||= isBusy();
    return !disturbed;
  }, signal);
  return {
    machine: { ...(await describeMachine()), memoryMB: Math.round(totalmem() / 2 ** 20) },
    trials,
    auto: { predict: chooser.fromTrials(trials, 'predict'), train: chooser.fromTrials(trials, 'train') },
    disturbed,
  };
}
