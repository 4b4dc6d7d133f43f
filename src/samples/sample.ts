import { type Static, Type } from '#typebox';
import { words } from '../base/schema';
import { IMAGE_DEFS, ImageRef } from '../image/description';
import { StepsSchema } from './steps';

/** The segmentations that a target may be made of. */
export const BASES = ['seg1', 'seg2'] as const;
export const SPLITS = ['train', 'val', 'test'] as const;
/** predicted: by a model, where it is sure */
const ORIGINS = ['predicted'] as const;
export const SAMPLINGS = ['balanced', 'random', 'grid'] as const;

/** How patches are drawn from an image; sizes are multiples of 4, sizeZ null in 2D. */
export const PatchPlanSchema = Type.Object({
  sizeZ: Type.Union([Type.Integer({ minimum: 4, multipleOf: 4 }), Type.Null()]),
  sizeY: Type.Integer({ minimum: 4, multipleOf: 4 }),
  sizeX: Type.Integer({ minimum: 4, multipleOf: 4 }),
  perImage: Type.Integer({ minimum: 1 }),
  sampling: words(SAMPLINGS),
  overlap: Type.Number({ minimum: 0, exclusiveMaximum: 1 }),
  seed: Type.Integer({ minimum: 0 }),
  /** sizes that nobody chose: they were suggested from this image alone, a training suggests them from all its images */
  suggested: Type.Optional(
    Type.Array(Type.Union([Type.Literal('sizeZ'), Type.Literal('sizeY'), Type.Literal('sizeX')])),
  ),
});

/** Characters of an id: a path below a folder. */
export const LONGEST_ID = 1000;
const idSchema = Type.String({ minLength: 1, maxLength: LONGEST_ID });

const FailureSchema = Type.Object({
  node: Type.String(),
  error: Type.Object(
    { name: Type.String(), code: Type.String(), message: Type.String() },
    { additionalProperties: true },
  ),
});

const image = Type.Optional(ImageRef);
/** A mask image, or polygons. */
const maskOrRegions = Type.Optional(Type.Unknown());

/** What a sample that failed still holds for certain. */
export const FailedSampleSchema = Type.Object({ id: idSchema, failed: FailureSchema });

/** One image and everything the flow knows of it: the payload of every message between the nodes. */
export const SampleSchema = Type.Object(
  {
    id: idSchema,
    raw: ImageRef,
    seg1: image,
    seg2: image,
    /** ImageDescription or regions */
    mergeMask: maskOrRegions,
    /** ImageDescription or regions */
    excludeMask: maskOrRegions,
    base: Type.Optional(words(BASES)),
    split: Type.Optional(words(SPLITS)),
    /**
     * the merged truth: 0, 255 in the foreground, 128 where it is unknown; of segmentations that number their objects uint32 with
     * these numbers, 2^32 - 1 where it is unknown
     */
    target: image,
    /** who says what the target says; absent: people */
    origin: Type.Optional(words(ORIGINS)),
    /** 0 where excluded, 1 elsewhere */
    weight: image,
    patches: Type.Optional(PatchPlanSchema),
    probability: image,
    mask: image,
    labels: image,
    /** path of each saved image, by the image's name */
    saved: Type.Optional(Type.Record(Type.String(), Type.String())),
    /** how its images came about, in order */
    steps: Type.Optional(StepsSchema),
    /** what the images that were made last depend on: a `ResultKey` */
    key: Type.Optional(Type.Unknown()),
    /** whether its result can be used, as gate says */
    verdict: Type.Optional(Type.Unknown()),
    /** the payload that came in with the event that started the flow */
    source: Type.Optional(Type.Unknown()),
    failed: Type.Optional(FailureSchema),
  },
  { additionalProperties: true, $defs: IMAGE_DEFS },
);

/** A sample, whole or failed: of one that failed only the failure is needed. */
export const AnySampleSchema = Type.Unsafe<Static<typeof SampleSchema>>({
  if: { type: 'object', properties: { failed: {} }, required: ['failed'] },
  // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
  then: FailedSampleSchema,
  else: SampleSchema,
});

export type PatchPlan = Static<typeof PatchPlanSchema>;
export type Failure = Static<typeof FailureSchema>;
export type FailedSample = Static<typeof FailedSampleSchema>;
export type Sample = Static<typeof SampleSchema>;

/** The name of the segmentation that a sample is trained on or compared with: the merged target, else seg1. */
export function truthRole({ target }: Pick<Sample, 'target'>): 'target' | 'seg1' {
  return target ? 'target' : 'seg1';
}
