import { type Static, Type } from '#typebox';
import { canonicalHash } from '../base/plain-json';
import { words } from '../base/schema';
import type { ImageDescription } from '../image/description';

/** Jobs whose results are known again. */
export const KEYED_JOBS = ['predict', 'threshold', 'save-image'] as const;

const Hash = Type.String({ pattern: '^[0-9a-f]{64}$' });

/**
 * What a result depends on, and nothing else: two of the same key are the same bytes. Nothing of it is a path, a name or a time.
 */
export const ResultKeySchema = Type.Object({
  job: words(KEYED_JOBS),
  /** sha256 of all of the image's file, or of those of its set */
  input: Hash,
  /** sha256 of the network and the files beside it; null: no model has a part in it */
  model: Type.Union([Hash, Type.Null()]),
  /** stands for all settings: the node's, how the image is read, the rest of the model's card, where and with which programs it is computed */
  settings: Hash,
});
export type ResultKey = Static<typeof ResultKeySchema>;

/** Makes a key. @param settings plain JSON */
export function resultKey(job: ResultKey['job'], input: string, model: string | null, settings: object): ResultKey {
  return { job, input, model: model?.toLowerCase() ?? null, settings: canonicalHash(settings) };
}

/** Gives what stands for a key as a whole. */
export function keyHash(key: ResultKey): string {
  return canonicalHash(key);
}

/** Takes what of a description decides what is made of the image, but for what it is called, where it lies and what it says to people. */
export function readingOf({ id: _, uri: __, file: ___, notes: ____, ...reading }: ImageDescription): object {
  return reading;
}
