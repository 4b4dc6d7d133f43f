import type english from '../locales/en-US.json';

/** The texts that pages share, by their keys in the catalogue. */
export type SharedKey = keyof typeof english;

export type Values = Record<string, string | number>;

/** Keys `NAME.one`, `NAME.other` and the like, by their name. */
export type Counted<K extends string> = K extends `${infer Name}.other` ? Name : never;

/**
 * A text with its `{names}` replaced by values.
 * @throws Error where the text asks for a value that is not given
 */
export function fill(text: string, values: Values): string {
  return text.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`"${text}" needs the value ${name}, which is not given`);
    return String(value);
  });
}

/** The languages to look for, from what a reader prefers: each before its wider one, English last and always there. */
export function languagesFrom(preferred: readonly string[]): string[] {
  const wider = preferred.flatMap((language) => [language, language.split('-')[0]]);
  const end = wider.findIndex((language) => /^en\b/i.test(language));
  return [...new Set(end < 0 ? wider : wider.slice(0, end))];
}
