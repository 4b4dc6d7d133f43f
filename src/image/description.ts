import { type Static, Type } from '#typebox';
import { words } from '../base/schema';
import { DTYPES } from './dtype';

/** A place on the microscope's stage in micrometres; an axis that a file does not state is null. */
const StagePositionSchema = Type.Object({
  z: Type.Union([Type.Number(), Type.Null()]),
  y: Type.Union([Type.Number(), Type.Null()]),
  x: Type.Union([Type.Number(), Type.Null()]),
});

/** What a file says of how and where an image was taken; what it does not say is left out. */
export const AcquisitionSchema = Type.Object({
  /** beginning of the acquisition, ISO 8601 */
  date: Type.Optional(Type.String({ minLength: 1 })),
  /** seconds from one time point to the next */
  timeIncrement: Type.Optional(Type.Number({ exclusiveMinimum: 0 })),
  stage: Type.Optional(StagePositionSchema),
  /** which point of the image `stage` is of, in pixels from 0 at the centre of the first one; absent: the file does not say */
  stageAt: Type.Optional(Type.Object({ y: Type.Number(), x: Type.Number() })),
  plate: Type.Optional(Type.String({ minLength: 1 })),
  /** row as a letter and column from 1, for example "B3" */
  well: Type.Optional(Type.String({ minLength: 1 })),
  /** number of the field in its well, from 0 */
  field: Type.Optional(Type.Integer({ minimum: 0 })),
});

export type StagePosition = Static<typeof StagePositionSchema>;
export type Acquisition = Static<typeof AcquisitionSchema>;

/**
 * Says what is left to say of an acquisition when only some time points are taken: the step from one to the next, where
 * they are evenly spaced and in order; where they are not, there is none.
 * @param times numbers of the time points in the file
 */
export function acquisitionOfTimes({ timeIncrement, ...rest }: Acquisition, times: readonly number[]): Acquisition {
  if (timeIncrement === undefined || times.length < 2)
    return timeIncrement === undefined ? rest : { ...rest, timeIncrement };
  const step = times[1] - times[0];
  const even = step > 0 && times.every((time, i) => time === times[0] + i * step);
  return even ? { ...rest, timeIncrement: timeIncrement * step } : rest;
}

/** A list in a setting; more values are a range. */
const MOST_VALUES = 1000;
const values = Type.Array(Type.Number(), { minItems: 1, maxItems: MOST_VALUES });

/** Which values of a segmentation are foreground. Values are as stored, bounds in the quantity that `scale` gives. */
export const ForegroundRuleSchema = Type.Union([
  Type.Object({ kind: Type.Literal('non-zero') }),
  Type.Object({ kind: Type.Literal('values'), values }),
  Type.Object({ kind: Type.Literal('except'), values }),
  Type.Object({ kind: Type.Literal('above'), value: Type.Number() }),
  Type.Object({ kind: Type.Literal('below'), value: Type.Number() }),
]);
export type ForegroundRule = Static<typeof ForegroundRuleSchema>;

const size = Type.Integer({ minimum: 1 });
const index = Type.Integer({ minimum: 0 });
const shape5 = Type.Tuple([size, size, size, size, size]);
const start5 = Type.Tuple([index, index, index, index, index]);

export const ChannelSchema = Type.Object({ index, name: Type.String() });

/** Micrometres along each axis; z is null where a file states none. */
export const PixelSizeSchema = Type.Object({
  z: Type.Union([Type.Number({ exclusiveMinimum: 0 }), Type.Null()]),
  y: Type.Number({ exclusiveMinimum: 0 }),
  x: Type.Number({ exclusiveMinimum: 0 }),
});

/** What the pages of a file of many may be. */
export const PAGE_AXES = ['z', 'c', 't'] as const;
export type PageAxis = (typeof PAGE_AXES)[number];

/**
 * Which version of its file an image was described from: size in bytes (of a Zarr folder that of its metadata), time of
 * change in milliseconds since 1970.
 */
const FileVersionSchema = Type.Object({
  size: index,
  modified: Type.Number(),
  /** stands for the versions of the other files that the image lies in */
  set: Type.Optional(Type.String()),
});

/**
 * An image in a message: where its pixels are and what they mean, never the pixels.
 * `shape` is [t, c, z, y, x] after `select` and `region`; `scale` maps stored integers to the quantity
 * (stored * scale = quantity, for example a probability stored as uint16 with scale 1/65535).
 */
export const ImageDescriptionSchema = Type.Object({
  id: Type.String({ minLength: 1 }),
  /** of a file or a Zarr folder, or the http(s) address of a Zarr image */
  uri: Type.String({ pattern: '^(file|https?)://' }),
  /** absent for results of our own, which never change, for uploads and on servers */
  file: Type.Optional(FileVersionSchema),
  format: Type.String(),
  scene: index,
  level: index,
  /** what the file's pages are taken for, where somebody said it; absent: what the file says */
  pages: Type.Optional(words(PAGE_AXES)),
  axes: Type.Literal('TCZYX'),
  shape: shape5,
  dtype: words(DTYPES),
  channels: Type.Array(ChannelSchema),
  select: Type.Optional(
    Type.Object({
      /** channel numbers in the file, in the order they are delivered */
      c: Type.Optional(Type.Array(index)),
      /** time points in the file */
      t: Type.Optional(Type.Array(index)),
    }),
  ),
  region: Type.Optional(Type.Object({ start: start5, size: shape5 })),
  pixelSize: Type.Union([PixelSizeSchema, Type.Null()]),
  scale: Type.Optional(Type.Number()),
  /** read as one channel of labels: of a palette its indices, of a colour its brightest sample, of what is transparent 0 */
  labels: Type.Optional(Type.Literal(true)),
  /** of a segmentation, what is foreground, where somebody said so; else the file tells */
  foreground: Type.Optional(ForegroundRuleSchema),
  /** of a segmentation, what values mean that nobody said what is there: neither foreground nor background */
  unknown: Type.Optional(ForegroundRuleSchema),
  acquisition: Type.Optional(AcquisitionSchema),
  /** of labels that are numbers of tracks over time: by each track that came of a division the one that divided */
  parents: Type.Optional(Type.Record(Type.String({ pattern: '^[1-9][0-9]*$' }), size)),
  /** what a person should know of the file, for example planes that are missing and read as 0 */
  notes: Type.Optional(Type.Array(Type.String())),
});

/** The `$defs` of a schema that names an image in several places, each by {@link ImageRef}: it is compiled once. */
export const IMAGE_DEFS = { image: ImageDescriptionSchema };
export const ImageRef = Type.Unsafe<ImageDescription>({ $ref: '#/$defs/image' });

/** Takes what of a description decides its pixels; all else is told of them, in words that may change. */
export function decisiveOf({ id: _, notes: __, acquisition: ___, ...decisive }: Partial<ImageDescription>) {
  return decisive;
}

export type Channel = Static<typeof ChannelSchema>;
export type PixelSize = Static<typeof PixelSizeSchema>;
export type FileVersion = Static<typeof FileVersionSchema>;
export type ImageDescription = Static<typeof ImageDescriptionSchema>;

/**
 * What a file says of its values beside the values: how they show as a picture. A measurement is read as it is stored
 * whatever stands here; in a mask it tells what was drawn.
 */
export interface Appearance {
  /** values are only near those that were drawn, as JPEG leaves them */
  lossy?: true;
  /**
   * 0 shows as white, as by TIFF's WhiteIsZero or an inverting look-up table, and `black` as black; null: not known.
   * `byImageJ`: an 8-bit image of ImageJ, whose masks are 255 inside of objects under this table.
   */
  inverted?: { black: number | null; byImageJ?: true };
  /** the first three channels are red, green and blue of one picture */
  colour?: true;
  /** the channel that says how opaque a pixel is, 0 for transparent */
  alpha?: number;
  /** red, green, blue and alpha of each index, 0 to 255 */
  palette?: Uint8Array<ArrayBuffer>;
}
