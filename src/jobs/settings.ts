import { type Static, Type } from '#typebox';
import { keysOf } from '../base/collections';
import { choice, integerOrBlank, words } from '../base/schema';
import { DEVICES, ENGINES, PRECISIONS } from '../engines/engine';
import { WRITE_FORMATS } from '../formats/extensions';
import { COMPRESSIONS } from '../formats/source';
import { THRESHOLD_METHODS } from '../thresholding/methods';
import { CONNECTIVITIES } from '../thresholding/row-labeller';
import { OBJECT_FILES } from './object-files';

/** Where the work runs: the compute node's settings. */
export const ComputeSettingsSchema = Type.Object({
  engine: choice(['auto', ...ENGINES], 'auto'),
  device: choice(['auto', ...DEVICES], 'auto'),
  /** 0: physical cores */
  threads: Type.Integer({ minimum: 0, maximum: 1024, default: 0 }),
  /** less exact products are quicker on some devices */
  precision: choice(PRECISIONS, 'float32'),
  /** MB a prediction or training may plan with; 0: half of the machine's memory */
  memoryMB: Type.Integer({ minimum: 0, default: 0 }),
  /** jobs that may wait before new ones are refused with `busy` */
  queue: Type.Integer({ minimum: 1, maximum: 100_000, default: 100 }),
  /** the id of a compute node whose queue leads to other machines; absent: this one works */
  through: Type.Optional(Type.String()),
});
export type ComputeSettings = Static<typeof ComputeSettingsSchema>;

export const ThresholdSettingsSchema = Type.Object({
  method: choice(THRESHOLD_METHODS, 'model'),
  /** in the quantity that the image's scale gives */
  value: Type.Number({ default: 0.5 }),
  /** pixels; smaller objects go; null: what the model says that the threshold is taken from, else none */
  minSize: integerOrBlank({ minimum: 0 }),
  fillHoles: Type.Boolean({ default: false }),
  label: Type.Boolean({ default: false }),
  connectivity: choice(CONNECTIVITIES, 'faces'),
  /** objects that touch. auto: told apart by a model that learned to, else one; together: one; necks: divided where they are narrow */
  touching: Type.Optional(choice(['auto', 'together', 'necks'], 'auto')),
  /** labelled objects keep their numbers over time */
  track: Type.Optional(Type.Boolean({ default: false })),
});
export type ThresholdSettings = Static<typeof ThresholdSettingsSchema>;

export const SaveSettingsSchema = Type.Object({
  folder: Type.String(),
  /** file name without folder; null: `<id>_<image>` and the format's extension */
  filename: Type.Union([Type.String(), Type.Null()]),
  format: choice(keysOf(WRITE_FORMATS), 'ome-tiff'),
  /** own: what this package wrote is replaced, beside any other file a new one gets a number */
  existing: choice(['own', 'error', 'replace', 'skip'], 'own'),
  compression: choice(COMPRESSIONS, 'deflate'),
  /** auto: strips, but tiles with a pyramid for a large plane of an OME-TIFF */
  layout: choice(['auto', 'strips', 'tiles', 'pyramid'], 'auto'),
  /** also return a PNG rendering */
  png: Type.Boolean({ default: false }),
  /** where labels go: the folder, or the raw image's own OME-Zarr, where it is one that may be written */
  place: Type.Optional(choice(['folder', 'image'], 'folder')),
  /** of labels, what is written of the objects beside them: a table (CSV), outlines (GeoJSON), regions of ImageJ */
  objects: Type.Optional(choice(OBJECT_FILES, 'none')),
  /** QuPath's class of the objects in their outlines; blank: none */
  objectClass: Type.Optional(Type.String({ default: '' })),
});
export type SaveSettings = Static<typeof SaveSettingsSchema>;

/** Which plane of a sample is drawn, and how. */
export const OverlayViewSchema = Type.Object({
  t: Type.Integer({ minimum: 0 }),
  /** `middle` of what is foreground, `max`: the maximum along z */
  z: Type.Union([Type.Integer({ minimum: 0 }), Type.Literal('middle'), Type.Literal('max')]),
  /** pixels of the longer side, at most; what is smaller is enlarged in whole steps */
  longest: Type.Integer({ minimum: 16, maximum: 4096 }),
  /** plain: the raw image alone */
  style: choice(['overlay', 'plain'], 'overlay'),
});
export type OverlayViewSettings = Static<typeof OverlayViewSchema>;

/** What a job does about results that it made before: give them, or make them anew and keep these; absent: nothing. */
export const KnownChoiceSchema = Type.Optional(words(['give', 'renew']));
export type KnownChoice = Static<typeof KnownChoiceSchema>;

/** How often what failed for a reason that may pass is tried, and how long before. */
export const RetrySettingsSchema = Type.Object(
  {
    /** in all; 1: never again */
    tries: Type.Integer({ minimum: 1, maximum: 20, default: 5 }),
    /** before the second try; each further wait is four times as long */
    seconds: Type.Number({ minimum: 0, maximum: 3600, default: 2 }),
    /** seconds of a wait at most */
    longest: Type.Number({ minimum: 0, maximum: 86_400, default: 600 }),
  },
  { additionalProperties: false },
);
export type RetrySettings = Static<typeof RetrySettingsSchema>;

export const DEFAULT_RETRIES: RetrySettings = { tries: 5, seconds: 2, longest: 600 };
