import type english from '../locales/en-US.json';

export type TextKey = keyof typeof english;
