import { type Static, Type } from '@sinclair/typebox';
import { words } from '../base/schema';
import { AcquisitionSchema } from './acquisition';
import { DTYPES } from './dtype';
import { ForegroundRuleSchema } from './foreground-rule';

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
export const FileVersionSchema = Type.Object({
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
  acquisition: Type.Optional(AcquisitionSchema),
  /** what a person should know of the file, for example planes that are missing and read as 0 */
  notes: Type.Optional(Type.Array(Type.String())),
});

/** The `$defs` of a schema that names an image in several places, each by {@link ImageRef}: it is compiled once. */
export const IMAGE_DEFS = { image: ImageDescriptionSchema };
export const ImageRef = Type.Unsafe<ImageDescription>({ $ref: '#/$defs/image' });

/** What of a description decides its pixels; all else is told of them, in words that may change. */
export function decisiveOf({ id: _, notes: __, acquisition: ___, ...decisive }: Partial<ImageDescription>) {
  return decisive;
}

export type Channel = Static<typeof ChannelSchema>;
export type PixelSize = Static<typeof PixelSizeSchema>;
export type FileVersion = Static<typeof FileVersionSchema>;
export type ImageDescription = Static<typeof ImageDescriptionSchema>;
