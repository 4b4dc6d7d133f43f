import { type Static, type TProperties, type TSchema, Type } from '#typebox';
import { NotedSchema, PendingSchema } from '../acquisition/watched';
import { validate, words } from '../base/schema';
import type { Decision } from '../curation/decision';
import { TrialSubjectSchema } from '../engines/choosing/trial-memory';
import { EXPORT_FORMATS } from '../exchange/export-formats';
import { OriginSchema } from '../exchange/export-settings';
import { ImportSettingsSchema } from '../exchange/import-settings';
import { IMAGE_DEFS, ImageRef, PAGE_AXES } from '../image/description';
import type { TileRequest } from '../image/picture';
import { MODEL_DOWNLOADS } from '../models/downloads';
import { ModelChangeSchema } from '../models/model-changes';
import { ModelRequestSchema } from '../models/wanted';
import { RecordSchema } from '../provenance/record';
import { EvaluationRequestSchema } from '../reports/evaluation-request';
import { BROWSED } from '../samples/listing/folder-view';
import { SampleEntrySchema, SampleRequestSchema } from '../samples/request';
import { AnySampleSchema, BASES, PatchPlanSchema, SampleSchema } from '../samples/sample';
import { StepsSchema } from '../samples/steps';
import { ObjectSchema, RankingSchema } from '../stage/objects';
import { TrainSettingsSchema } from '../training/settings';
import { VerdictSchema } from '../trust/verdict';
import type { DrawnAs } from '../views/open-picture';
import type { Found } from '../views/overlay';
import {
  ComputeSettingsSchema,
  KnownChoiceSchema,
  OverlayViewSchema,
  SaveSettingsSchema,
  ThresholdSettingsSchema,
} from './settings';

const index = Type.Integer({ minimum: 0 });
const ImageOrNull = Type.Union([ImageRef, Type.Null()]);
const ProbabilityOrNull = Type.Union([Type.Number({ minimum: 0, maximum: 1 }), Type.Null()]);

/** The input of a job; images are told of by reference, so that the check of one is compiled once. */
const input = <P extends TProperties>(properties: P) => Type.Object(properties, { $defs: IMAGE_DEFS });

const purpose = Type.Union([words(['segmentation', 'mask', 'numbers']), Type.Null()]) satisfies TSchema & {
  static: DrawnAs | null;
};

/** What a person asked to see of an image. */
const picture = {
  image: ImageRef,
  /**
   * null: the pixels as they are; a segmentation or mask comes as uint8, 0 or 1, with something unknown as a target does;
   * numbers of objects as uint32
   */
  purpose,
  tile: Type.Object({
    view: words(['xy', 'xz', 'yz', 'max']) satisfies TSchema & { static: TileRequest['view'] },
    ...{ t: index, c: index, at: index, level: index, row: index, column: index },
  }),
};

const training = input({
  samples: Type.Array(AnySampleSchema),
  settings: TrainSettingsSchema,
  compute: ComputeSettingsSchema,
  /** what befell the training so far, for the card */
  notes: Type.Optional(Type.Array(Type.String())),
  /** who asks twice under the same gets the same version; absent: a new one each time */
  request: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
});

/** What goes into each job; JSON-safe. A new job is a row. */
export const JOB_INPUTS = {
  'list-samples': SampleRequestSchema,
  'list-tables': input({ tables: Type.String() }),
  'open-sample': input({ entry: SampleEntrySchema, request: SampleRequestSchema }),
  'inspect-file': input({
    raw: Type.String(),
    pages: Type.Optional(words(PAGE_AXES)),
    /** the files of other roles, to tell how they pair */
    others: Type.Optional(Type.Pick(SampleRequestSchema, ['seg1', 'seg2', 'mergeMask', 'excludeMask', 'suffixes'])),
  }),
  'browse-folder': input({
    /** null: the folders that may be looked into */
    path: Type.Union([Type.String(), Type.Null()]),
    of: words(BROWSED),
    filter: Type.String(),
  }),
  'inspect-path': input({
    path: Type.String(),
    /** whether its structure is looked at, too */
    judge: Type.Optional(Type.Boolean()),
  }),
  /** `inbox`: where files of the scratch store are shared; null: nowhere, they are marked in their place */
  'mark-files': input({
    places: Type.Array(Type.String({ minLength: 1 })),
    inbox: Type.Union([Type.String(), Type.Null()]),
  }),
  'offer-files': input({
    /** those of one place together */
    images: Type.Array(Type.Array(ImageRef, { minItems: 1 })),
    models: Type.Array(ModelRequestSchema),
    /** with what a training starts from */
    weights: Type.Boolean(),
  }),
  'disk-space': input({ folder: Type.String({ minLength: 1 }) }),
  'watch-folder': input({
    /** folder or glob pattern */
    watched: Type.String({ minLength: 1 }),
    /** folder of the watch's journal, in a folder of our own */
    journal: Type.String({ minLength: 1 }),
    /** milliseconds without a change, see `SettleTimes` */
    quiet: Type.Number({ minimum: 0 }),
    patience: Type.Number({ minimum: 0 }),
    doneFile: Type.String(),
    /** what becomes of files that are there before the first look */
    existing: words(['tell', 'pass-over']),
    again: Type.Boolean(),
    most: Type.Integer({ minimum: 1 }),
    /** names of acquisitions on their way */
    open: Type.Array(Type.String()),
    /** to look at these and what is pending alone; null: at all there is */
    names: Type.Union([Type.Array(Type.String()), Type.Null()]),
    /** of these, which were renamed when they were whole */
    renamed: Type.Array(Type.String()),
    pending: Type.Array(PendingSchema),
    checkedUpTo: Type.String(),
  }),
  /** until it is cancelled */
  'folder-events': input({ watched: Type.String({ minLength: 1 }) }),
  'note-watched': input({ journal: Type.String({ minLength: 1 }), entries: Type.Array(NotedSchema) }),
  'list-models': Type.Object({}),
  'find-model-file': Type.Object({ name: Type.String(), version: Type.String(), file: words(MODEL_DOWNLOADS) }),
  'change-models': Type.Object({ change: ModelChangeSchema }),
  'export-model': Type.Object({
    model: ModelRequestSchema,
    format: words(EXPORT_FORMATS),
    origin: OriginSchema,
  }),
  'import-model': Type.Object({
    /** an ONNX file, or a package of bioimage.io: ZIP file or folder */
    file: Type.String({ minLength: 1 }),
    /** what people call the file; absent: its name */
    called: Type.Optional(Type.String()),
    settings: ImportSettingsSchema,
  }),
  /** a model that another machine trained */
  'adopt-model': Type.Object({
    name: Type.String(),
    /** by their names in the model's folder, where they lie now */
    files: Type.Array(Type.Object({ name: Type.String(), path: Type.String() })),
    /** where what it was sent lies here, see `fromSent` */
    origins: Type.Record(Type.String(), Type.Object({ name: Type.String(), place: Type.String() })),
  }),
  'merge-masks': input({
    sample: SampleSchema,
    base: words(BASES),
    /** an ImageDescription, polygons, the path of a file of either, or null for none: `parseMask` tells them apart */
    regions: Type.Unknown(),
  }),
  'exclude-regions': input({
    sample: SampleSchema,
    regions: Type.Unknown(),
    /** of the regions; default: outside */
    counts: Type.Optional(words(['outside', 'inside'])),
  }),
  'list-patches': input({ sample: SampleSchema, plan: PatchPlanSchema }),
  train: training,
  predict: input({
    image: ImageRef,
    model: ModelRequestSchema,
    /** of neighbouring tiles, as a fraction of their size */
    overlap: Type.Number({ minimum: 0, maximum: 0.9 }),
    /** average over mirrorings, also where the model's card does not ask for it */
    mirror: Type.Optional(Type.Boolean()),
    /** predict on pixels of the size that the model was trained at */
    rescale: Type.Optional(Type.Boolean()),
    compute: ComputeSettingsSchema,
    known: KnownChoiceSchema,
  }),
  'pseudo-label': input({
    /** of probabilities */
    image: ImageRef,
    /** the model that made it; null: what is foreground lies above 0.5 */
    model: Type.Union([ModelRequestSchema, Type.Null()]),
    /** background is sure up to this; null: 0.1, or less where calibration or threshold of the model are less */
    low: ProbabilityOrNull,
    /** foreground is sure from this on; null: 0.9, or more where calibration or threshold of the model are more */
    high: ProbabilityOrNull,
    id: Type.String(),
  }),
  threshold: input({
    image: ImageRef,
    settings: ThresholdSettingsSchema,
    /** the model that made a probability map, for method `model` */
    model: Type.Union([ModelRequestSchema, Type.Null()]),
    /** for mean intensities in the object table */
    raw: ImageOrNull,
    id: Type.String(),
    known: KnownChoiceSchema,
  }),
  /** the objects of an image in the order in which a microscope shall visit them; of several time points the last */
  'rank-objects': input({
    /** what they were found in; tells where the border is */
    image: ImageRef,
    /** as threshold gives it */
    objects: Type.Object({
      total: index,
      rows: Type.Array(ObjectSchema),
      file: Type.Union([Type.String(), Type.Null()]),
    }),
    by: RankingSchema,
    /** leave out those that touch the border of the image */
    inside: Type.Boolean(),
    /** for `uncertain`: the objects, each its number, and the probability that they were found in */
    labels: ImageOrNull,
    probability: ImageOrNull,
  }),
  evaluate: input({
    predicted: ImageRef,
    truth: ImageRef,
    /** the predicted objects by their numbers: they are compared in place of what touches where the truth has numbers, too */
    labels: Type.Optional(ImageOrNull),
    weight: ImageOrNull,
    /** what the segmentation was made of */
    probability: Type.Optional(ImageOrNull),
    /** of the normalised surface Dice in micrometres, in pixels where no file states their size; null: a pixel of a plane */
    tolerance: Type.Optional(Type.Union([Type.Number({ exclusiveMinimum: 0 }), Type.Null()])),
  }),
  /** of a sequence that was compared */
  report: input(EvaluationRequestSchema.properties),
  /** by its path, or that of a model's training, or of the last sequence that was compared with what the model found */
  'read-report': Type.Union([
    Type.Object({ file: Type.String() }),
    Type.Object({
      model: Type.Object({ name: Type.String(), version: Type.String() }),
      of: words(['training', 'evaluation'] as const),
    }),
  ]),
  'save-image': input({
    ...{ image: ImageRef, role: Type.String(), id: Type.String() },
    /** of the sample, whose file is never replaced */
    raw: Type.Optional(ImageRef),
    /** what the record beside the result says */
    origin: Type.Optional(
      Type.Object({
        steps: StepsSchema,
        verdict: Type.Optional(VerdictSchema),
        node: RecordSchema.properties.node,
      }),
    ),
    settings: SaveSettingsSchema,
    known: KnownChoiceSchema,
  }),
  'keep-images': input({ sample: SampleSchema, folder: Type.String() }),
  'check-samples': input({ folder: Type.String() }),
  /** a decision is checked against its sample: `checkDecision` */
  'apply-decision': input({ sample: SampleSchema, decision: Type.Unsafe<Decision>({}) }),
  'export-review': input({
    folder: Type.String(),
    seed: index,
    paths: words(['relative', 'absolute']),
    targets: Type.Record(Type.String(), ImageRef),
  }),
  'picture-info': input({ image: ImageRef, purpose }),
  /** a plane of a sample for eyes; of one channel all but `raw` */
  overlay: input({
    raw: ImageRef,
    /** of raw, added up in colours where there are several; absent: the first four */
    channels: Type.Optional(Type.Array(index, { minItems: 1, maxItems: 4, uniqueItems: true })),
    found: Type.Union([
      Type.Object({
        kind: words(['mask', 'labels', 'probability']) satisfies TSchema & { static: Found['kind'] },
        image: ImageRef,
        /** of a probability: from here on it counts as found against a truth; absent: 0.5 */
        threshold: Type.Optional(Type.Number({ minimum: 0, maximum: 1 })),
      }),
      Type.Null(),
    ]),
    truth: ImageOrNull,
    weight: ImageOrNull,
    view: OverlayViewSchema,
  }),
  picture: input(picture),
  'stack-picture': input(picture),
  'list-trainings': input({}),
  /** `name@version`, or `name@` and 16 digits of a run's key */
  training: input({ id: Type.String({ maxLength: 300 }) }),
  'training-picture': input({ id: Type.String({ maxLength: 300 }), file: Type.String({ maxLength: 100 }) }),
  'publish-training': training,
  'try-backend': TrialSubjectSchema,
} as const satisfies Record<string, TSchema>;

type Inputs = { [K in keyof typeof JOB_INPUTS]: Static<(typeof JOB_INPUTS)[K]> };
export type InputOf<K extends keyof Inputs> = Inputs[K];

/**
 * Checks what a job is given. The check is compiled on the first job of its name.
 * @throws SegmenterError `invalid-input` naming the job, the property, the value and what was expected
 */
export function checkInput<K extends keyof Inputs>(job: K, given: unknown): InputOf<K> {
  const schema: (typeof JOB_INPUTS)[K] = JOB_INPUTS[job];
  return validate(schema, given, job) as InputOf<K>;
}
