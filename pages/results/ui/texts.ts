import type { SharedKey } from '../../shared/logic/texts';
import { Catalogue, say as sayShared } from '../../shared/ui/texts';
import english from '../locales/en-US.json';
import type { TextKey } from '../logic/texts';

const catalogue = new Catalogue<TextKey>(english);

export const { say, sayCount } = catalogue;

/** A text of this page, or of all. */
export function sayAny(key: TextKey | SharedKey): string {
  return key in english ? say(key as TextKey) : sayShared(key as SharedKey);
}

/** To be called before anything is shown. */
export function loadTexts(): Promise<void> {
  return catalogue.load((language) => import(`../locales/${language}.json`));
}
