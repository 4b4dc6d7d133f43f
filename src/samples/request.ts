import type { ChannelChoice } from '../formats/describe-image';

export type { ChannelChoice };

/** The files a sample can be made of. */
export const FILE_ROLES = ['raw', 'seg1', 'seg2', 'mergeMask', 'excludeMask'] as const;
export type FileRole = (typeof FILE_ROLES)[number];

/** load-image: where samples come from. Exactly one of `raw` and `manifest` is given. */
export interface SampleRequest {
  /** a file, a folder, a glob pattern, or an uploaded file whose bytes lie in the scratch store, with its name */
  raw?: string | { bytesFile: string; filename?: string };
  seg1?: string;
  seg2?: string;
  mergeMask?: string;
  excludeMask?: string;
  manifest?: string;
  /** a folder above the raw images: ids are paths below it, so that `pos0` of two plates are two samples */
  idsFrom?: string;
  rawChannel: ChannelChoice;
  seg1Channel: ChannelChoice;
  seg2Channel: ChannelChoice;
  /** null: each scene is a sample */
  scene: number | null;
  /** time points; null: all */
  time: number[] | null;
  /** a suffix to strip from file names of a role when pairing, e.g. "_seg" */
  suffixes?: Partial<Record<FileRole, string>>;
}

/** One sample still to be opened; JSON-safe, made by `listSamples`, read by `openSample`. Paths are absolute. */
export interface SampleEntry {
  id: string;
  raw: string;
  scene: number | null;
  seg1?: string;
  seg2?: string;
  mergeMask?: string;
  excludeMask?: string;
  base?: 'seg1' | 'seg2';
  split?: 'train' | 'val' | 'test';
}

/** What a listing found: samples in a stable order, and remarks that do not stop it (files that were passed over). */
export interface SampleListing {
  entries: SampleEntry[];
  problems: string[];
}
