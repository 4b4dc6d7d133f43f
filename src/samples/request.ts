import { type Static, Type } from '#typebox';
import { type ErrorRecord, InvalidInputError } from '../base/errors';
import { words } from '../base/schema';
import type { ChannelChoice } from '../formats/describe-image';
import { ForegroundRuleSchema, PAGE_AXES } from '../image/description';
import { contradiction } from '../masks/foreground-test';
import { parseForeground, parseUnknown } from '../masks/foreground-text';
import { BASES, SPLITS } from './sample';

export type { ChannelChoice };

/** The files a sample can be made of. */
export const FILE_ROLES = ['raw', 'seg1', 'seg2', 'mergeMask', 'excludeMask'] as const;
export type FileRole = (typeof FILE_ROLES)[number];
export type OtherRole = Exclude<FileRole, 'raw'>;

/** Tells whether files of a role are masks that merge or exclude. */
export function isMask(role: FileRole): boolean {
  return role === 'mergeMask' || role === 'excludeMask';
}

const path = Type.Optional(Type.String());
const others = { seg1: path, seg2: path, mergeMask: path, excludeMask: path };
const sceneNumber = Type.Integer({ minimum: 0 });
const scene = Type.Union([sceneNumber, Type.Null()]);
const channel = Type.Unsafe<ChannelChoice>({
  anyOf: [{ type: ['number', 'string', 'null'] }, { type: 'array', items: { type: ['number', 'string'] } }],
});

/** Which values are foreground, by role. */
const ForegroundSchema = Type.Object({
  seg1: Type.Optional(ForegroundRuleSchema),
  seg2: Type.Optional(ForegroundRuleSchema),
});
export type Foreground = Static<typeof ForegroundSchema>;

const unknownRule = Type.Optional(Type.Union([ForegroundRuleSchema, Type.Null()]));
/** Which values mean that nobody said what is there, by role; null: none, whatever is said of all samples. */
const UnknownSchema = Type.Object({ seg1: unknownRule, seg2: unknownRule });
export type Unknown = Static<typeof UnknownSchema>;

/** load-image: where samples come from. Exactly one of `raw` and `manifest` is given. */
export const SampleRequestSchema = Type.Object({
  /** a file, a folder, a glob pattern, or an uploaded file whose bytes lie in the scratch store, with its name */
  raw: Type.Optional(
    Type.Union([Type.String(), Type.Object({ bytesFile: Type.String(), filename: Type.Optional(Type.String()) })]),
  ),
  ...others,
  manifest: path,
  /** raw images that have no segmentation where others have one are left out */
  leaveOut: Type.Optional(Type.Boolean()),
  /** a folder above the raw images: ids are paths below it, so that `pos0` of two plates are two samples */
  idsFrom: path,
  rawChannel: channel,
  seg1Channel: channel,
  seg2Channel: channel,
  /** what is foreground in a segmentation; absent: its file tells */
  foreground: Type.Optional(ForegroundSchema),
  /** what of a segmentation is unknown; absent: nothing */
  unknown: Type.Optional(UnknownSchema),
  /** null: each scene is a sample */
  scene,
  /** what the pages of TIFF files are taken for; absent: what each file says */
  pages: Type.Optional(words(PAGE_AXES)),
  /** time points; null: all */
  time: Type.Union([Type.Array(Type.Number()), Type.Null()]),
  /** a suffix to strip from file names of a role when pairing, e.g. "_seg" */
  suffixes: Type.Optional(Type.Object({ raw: path, ...others })),
});
export type SampleRequest = Static<typeof SampleRequestSchema>;

/** The files that belong to one scene. */
const SceneFilesSchema = Type.Object({ scene: sceneNumber, ...others });
export type SceneFiles = Static<typeof SceneFilesSchema>;

/** One sample still to be opened; JSON-safe, made by `listSamples`, read by `openSample`. Paths are absolute. */
export const SampleEntrySchema = Type.Object({
  id: Type.String(),
  raw: Type.String(),
  scene,
  ...others,
  base: Type.Optional(words(BASES)),
  split: Type.Optional(words(SPLITS)),
  /** what the pages of its TIFF files are taken for, in place of the request's */
  pages: Type.Optional(words(PAGE_AXES)),
  /** of this sample, in place of the request's */
  foreground: Type.Optional(ForegroundSchema),
  /** of this sample, in place of the request's */
  unknown: Type.Optional(UnknownSchema),
  /** files of single scenes of the raw image, by what they are named (`slide_s1_mask.tif`); they go before those above */
  ofScenes: Type.Optional(Type.Array(SceneFilesSchema)),
  /** why it cannot be opened: one that fails stops no other */
  error: Type.Optional(
    Type.Unsafe<ErrorRecord>({
      type: 'object',
      required: ['name', 'code', 'message'],
      properties: { message: { type: 'string' }, name: { type: 'string' }, code: { type: 'string' } },
    }),
  ),
});
export type SampleEntry = Static<typeof SampleEntrySchema>;

/** What a listing found: samples in a stable order, and remarks that do not stop it (files that were passed over). */
export interface SampleListing {
  entries: SampleEntry[];
  problems: string[];
}

/** What a person says of segmentations in settings or cells: texts of the common one, and of seg2 in place of it. */
export interface MeaningTexts {
  foreground?: string;
  seg2Foreground?: string;
  unknown?: string;
  seg2Unknown?: string;
}

/**
 * Reads what settings or cells say of segmentations.
 * @param names of the texts, for errors
 * @throws InvalidInputError naming the text, and where a value is said to be both foreground and unknown
 */
export function meaningByRole(
  { foreground = '', seg2Foreground = '', unknown = '', seg2Unknown = '' }: MeaningTexts,
  names: Readonly<Record<keyof MeaningTexts, string>>,
): { foreground?: Foreground; unknown?: Unknown } {
  const inSeg1 = { is: parseForeground(foreground, names.foreground), not: parseUnknown(unknown, names.unknown) };
  const ofSeg2 = parseUnknown(seg2Unknown, names.seg2Unknown);
  const inSeg2 = {
    is: parseForeground(seg2Foreground, names.seg2Foreground) ?? inSeg1.is,
    not: ofSeg2 === undefined ? inSeg1.not : ofSeg2,
  };
  for (const { is, not } of [inSeg1, inSeg2]) {
    const both = is && not ? contradiction(is, not) : null;
    if (both !== null)
      throw new InvalidInputError(names.unknown, `values that are not foreground (${names.foreground})`, both);
  }
  const byRole = <T>(seg1: T | undefined, seg2: T | undefined) => ({
    ...(seg1 === undefined ? {} : { seg1 }),
    ...(seg2 === undefined ? {} : { seg2 }),
  });
  const [isSaid, isUnknown] = [byRole(inSeg1.is, inSeg2.is), byRole(inSeg1.not, inSeg2.not)];
  return {
    ...(Object.keys(isSaid).length > 0 ? { foreground: isSaid } : {}),
    ...(Object.keys(isUnknown).length > 0 ? { unknown: isUnknown } : {}),
  };
}
