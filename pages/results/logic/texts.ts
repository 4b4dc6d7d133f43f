import type english from '../locales/en-US.json';

/** The texts of this page, by their keys in the catalogue. */
export type TextKey = keyof typeof english;
