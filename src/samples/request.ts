import type { ErrorRecord } from '../base/errors';
import type { ChannelChoice } from '../formats/describe-image';
import type { ForegroundRule, PageAxis } from '../image/description';
import { parseForeground } from '../masks/foreground-text';

export type { ChannelChoice };

/** The files a sample can be made of. */
export const FILE_ROLES = ['raw', 'seg1', 'seg2', 'mergeMask', 'excludeMask'] as const;
export type FileRole = (typeof FILE_ROLES)[number];
export type OtherRole = Exclude<FileRole, 'raw'>;

/** Which values are foreground, by role. */
export type Foreground = Partial<Record<'seg1' | 'seg2', ForegroundRule>>;

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
  /** what is foreground in a segmentation; absent: its file tells */
  foreground?: Foreground;
  /** null: each scene is a sample */
  scene: number | null;
  /** what the pages of TIFF files are taken for; absent: what each file says */
  pages?: PageAxis;
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
  /** of this sample, in place of the request's */
  foreground?: Foreground;
  /** files of single scenes of the raw image, by what they are named (`slide_s1_mask.tif`); they go before those above */
  ofScenes?: SceneFiles[];
  /** why it cannot be opened: one that fails stops no other */
  error?: ErrorRecord;
}

/** The files that belong to one scene. */
export interface SceneFiles extends Partial<Record<OtherRole, string>> {
  scene: number;
}

/** What a listing found: samples in a stable order, and remarks that do not stop it (files that were passed over). */
export interface SampleListing {
  entries: SampleEntry[];
  problems: string[];
}

/**
 * What two texts of a setting or a table say is foreground; that of seg2 holds in place of the common one.
 * @throws InvalidInputError naming the text
 */
export function foregroundByRole(
  common = '',
  ofSeg2 = '',
  name = 'foreground',
  seg2Name = 'seg2Foreground',
): Foreground | undefined {
  const seg1 = parseForeground(common, name);
  const seg2 = parseForeground(ofSeg2, seg2Name) ?? seg1;
  return seg1 || seg2 ? { ...(seg1 ? { seg1 } : {}), ...(seg2 ? { seg2 } : {}) } : undefined;
}
