import type { TrainingFile } from '../../../src/models/training-file';
import { Catalogue } from '../../shared/ui/texts';
import english from '../locales/en-US.json';
import { SETTING_TEXTS } from '../logic/settings';
import type { TextKey } from '../logic/texts';

const catalogue = new Catalogue<TextKey>(english);

export const { say, sayCount } = catalogue;

/** To be called before anything is shown. */
export function loadTexts(): Promise<void> {
  return catalogue.load((language) => import(`../locales/${language}.json`));
}

/** What a training is at, in words. */
const STATES = {
  ...{ running: 'state.running', ended: 'state.ended', interrupted: 'state.interrupted', failed: 'state.failed' },
} as const satisfies Record<TrainingFile['state'], TextKey>;

export function sayState(state: TrainingFile['state']): string {
  return say(STATES[state]);
}

/** The words that the dialog of a train node has for a setting; of another version its name. */
export function saySetting(name: string): string {
  return Object.hasOwn(SETTING_TEXTS, name) ? say(SETTING_TEXTS[name as keyof typeof SETTING_TEXTS]) : name;
}
