import { totalmem } from 'node:os';
import { describeMachine } from '../engines/machine';
import type { EngineSurvey } from '../engines/survey';
import type { EngineChooser } from './engine-chooser';

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
