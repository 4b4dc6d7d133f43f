import { Catalogue } from '../../shared/ui/texts';
import english from '../locales/en-US.json';
import type { TextKey } from '../logic/texts';

const catalogue = new Catalogue<TextKey>(english);

export const { say, sayCount } = catalogue;

/** To be called before anything is shown. */
export function loadTexts(): Promise<void> {
  return catalogue.load((language) => import(`../locales/${language}.json`));
}
