import type { ModelCard } from '../models/card';
import type { ShownPicture } from './pictures';
import type { Software } from './software';

/** A file that was compared, by its content. */
export interface ComparedFile {
  id: string;
  raw: { uri: string; sha256: string | null };
  truth: { uri: string; sha256: string | null };
}

/** What a report is made of beside its request. */
export interface EvaluationMatter {
  /** of the models that made the segmentations, as far as they could be read */
  cards: readonly ModelCard[];
  pictures: readonly ShownPicture[];
  /** files with their hashes, as far as there was time */
  files: readonly ComparedFile[];
  software: Software;
  /** of training settings */
  defaults: Record<string, unknown>;
  made: Date;
}
