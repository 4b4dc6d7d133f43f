import english from '../locales/en-US.json';
import { type Counted, fill, languagesFrom, type SharedKey, type Values } from '../logic/texts';

/** Where the editor keeps the language that was chosen in it. */
const EDITOR_LANGUAGE = 'editor-language';

/** Texts by key, in the reader's language where there is a file of it, else in English. */
export class Catalogue<K extends string> {
  private texts: Readonly<Record<K, string>>;
  private plural = new Intl.PluralRules('en-US');

  constructor(english: Readonly<Record<K, string>>) {
    this.texts = english;
  }

  /**
   * Takes the first of the reader's languages that has a file; what it lacks stays English.
   * @param find gives a language's file, or fails where there is none
   */
  async load(find: (language: string) => Promise<{ default: Partial<Record<K, string>> }>): Promise<void> {
    for (const language of languagesFrom(preferredLanguages())) {
      try {
        this.texts = { ...this.texts, ...(await find(language)).default };
      } catch {
        // The bundle has no such file: the next language may have one.
        continue;
      }
      this.plural = new Intl.PluralRules(language);
      document.documentElement.lang = language;
      return;
    }
  }

  readonly say = (key: K, values: Values = {}): string => fill(this.texts[key], values);

  /** The form of a text that a count asks for, by the language's rules; `{count}` is the count. */
  readonly sayCount = (name: Counted<K>, count: number): string => {
    const texts: Readonly<Record<string, string | undefined>> = this.texts;
    const text = texts[`${name}.${this.plural.select(count)}`] ?? texts[`${name}.other`] ?? name;
    return fill(text, { count });
  };
}

/** The editor's language first, where one was chosen there: a page opens from the editor. */
function preferredLanguages(): readonly string[] {
  const chosen = localStorage.getItem(EDITOR_LANGUAGE);
  return chosen ? [chosen, ...navigator.languages] : navigator.languages;
}

const catalogue = new Catalogue<SharedKey>(english);

export const { say } = catalogue;

/** To be called before anything is shown. */
export function loadSharedTexts(): Promise<void> {
  return catalogue.load((language) => import(`../locales/${language}.json`));
}
