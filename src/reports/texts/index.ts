import { ENGLISH, type ReportTexts } from './english';
import { GERMAN } from './german';

export type { ReportTexts } from './english';

/** Languages that reports are written in. */
export const LANGUAGES = ['en', 'de'] as const;
export type Language = (typeof LANGUAGES)[number];

const TEXTS: Readonly<Record<Language, ReportTexts>> = { en: ENGLISH, de: GERMAN };

/** Gives the texts of a report. */
export function reportTexts(language: Language): ReportTexts {
  return TEXTS[language];
}
