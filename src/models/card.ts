import { type Static, type TSchema, Type } from '#typebox';
import { ChannelSchema, PixelSizeSchema } from '../image/description';
import type { NormalisationRule } from '../image/normalisation';
import { DecodingSettingsSchema, OBJECT_MAPS } from '../objects/settings';
import { CalibrationSchema } from '../trust/calibration';
import { ExpectedDiceSchema } from '../trust/interval';
import { LooksSchema } from '../trust/looks';

const [FOREGROUND, BOUNDARY, CENTRE] = OBJECT_MAPS;

const NumberOrNull = Type.Union([Type.Number(), Type.Null()]);

const epsilon = Type.Number({ minimum: 0 });
const percentiles = { low: Type.Number(), high: Type.Number() };

/** How a model's images are normalised (`image/normalisation.ts`). */
export const NormalisationSchema = Type.Union([
  Type.Object({ method: Type.Literal('background-contrast') }),
  Type.Object({ method: Type.Literal('percentile-zscore'), ...percentiles, epsilon: Type.Optional(epsilon) }),
  Type.Object({ method: Type.Literal('percentile-range'), ...percentiles, epsilon, isClipped: Type.Boolean() }),
  Type.Object({
    method: Type.Literal('fixed'),
    mean: Type.Array(Type.Number(), { minItems: 1 }),
    std: Type.Array(Type.Number(), { minItems: 1 }),
  }),
  Type.Object({ method: Type.Literal('none') }),
]) satisfies TSchema & { static: NormalisationRule };

/** Of a model from elsewhere: what it came as, and what its makers say of it. */
const ImportedSchema = Type.Object({
  /** `bioimage.io`, `ONNX` */
  format: Type.String(),
  /** sha256 of the file, or of the package's ONNX file */
  sha256: Type.String(),
  /** what its makers call it */
  title: Type.Optional(Type.String()),
  id: Type.Optional(Type.String()),
  authors: Type.Optional(Type.Array(Type.String())),
  licence: Type.Optional(Type.String()),
  /** to be cited: texts, with DOI or address */
  cite: Type.Optional(Type.Array(Type.String())),
  /** the largest difference of its test output, and how many values were compared */
  tested: Type.Optional(Type.Object({ difference: Type.Number(), values: Type.Integer() })),
});
export type Imported = Static<typeof ImportedSchema>;

/**
 * The model card (`model.json`): the single source of truth for prediction. A card alone makes any ONNX
 * segmentation model usable: it names the axes, sizes and normalisation the model expects.
 */
export const ModelCardSchema = Type.Object({
  format: Type.Literal('segmenter-model'),
  formatVersion: Type.Literal(1),
  name: Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._-]*$' }),
  version: Type.String(),
  /** that it had before it was renamed; absent: it never was */
  formerNames: Type.Optional(Type.Array(Type.String())),
  created: Type.String(),
  architecture: Type.Object({
    type: Type.String(), // "residual-unet", or any name for a model from elsewhere
    /** feature maps of each level, finest first */
    filters: Type.Optional(Type.Array(Type.Integer({ minimum: 1 }))),
    /** [(z,) y, x] of each level; absent: 2 along every axis, 1 at the first level */
    strides: Type.Optional(Type.Array(Type.Array(Type.Union([Type.Literal(1), Type.Literal(2)])))),
    /** [(z,) y, x] widths of each level's convolutions; absent: 3 */
    kernels: Type.Optional(Type.Array(Type.Array(Type.Union([Type.Literal(1), Type.Literal(3)])))),
    parameters: Type.Optional(Type.Integer()),
  }),
  dimensions: Type.Union([Type.Literal(2), Type.Literal(3)]),
  channels: Type.Array(ChannelSchema, { minItems: 1 }),
  pixelSize: Type.Union([PixelSizeSchema, Type.Null()]),
  input: Type.Object({ name: Type.String(), axes: Type.Union([Type.Literal('NCYX'), Type.Literal('NCZYX')]) }),
  output: Type.Object({
    name: Type.String(),
    axes: Type.Union([Type.Literal('NCYX'), Type.Literal('NCZYX')]),
    /** what turns the output into probabilities; absent: it holds probabilities */
    activation: Type.Optional(Type.Union([Type.Literal('none'), Type.Literal('sigmoid'), Type.Literal('softmax')])),
    /** the output channel that is the structure; absent: 0 */
    channel: Type.Optional(Type.Integer({ minimum: 0 })),
  }),
  /** what each channel of the output says; absent: there is one, the foreground */
  outputs: Type.Optional(Type.Tuple([Type.Literal(FOREGROUND), Type.Literal(BOUNDARY), Type.Literal(CENTRE)])),
  /** `background-contrast` is what new models have, `percentile-zscore` what they had before; the others come with imported ones */
  normalisation: NormalisationSchema,
  /** training patch [z or null, y, x] */
  patch: Type.Object({ z: NumberOrNull, y: Type.Number(), x: Type.Number() }),
  /** sizes of tiles are multiples of this, or along each axis of [(z,) y, x] */
  divisor: Type.Unsafe<number | number[]>({
    type: ['integer', 'array'],
    minimum: 1,
    items: { type: 'integer', minimum: 1 },
    minItems: 2,
    maxItems: 3,
  }),
  /** how large tiles may be: near the patch (the default), or up to a fixed number of pixels */
  tiles: Type.Optional(Type.Union([Type.Literal('patch'), Type.Literal('large')])),
  /** the network takes tiles of exactly the patch's size */
  fixedSize: Type.Optional(Type.Boolean()),
  /** [(z,) y, x] of the smallest tiles; larger ones have multiples of the divisor more. Absent: the divisor */
  smallestTile: Type.Optional(Type.Array(Type.Integer({ minimum: 1 }), { minItems: 2, maxItems: 3 })),
  /** [(z,) y, x] pixels at each border of a tile that are not to be trusted, but at the image's own; absent: none */
  halo: Type.Optional(Type.Array(Type.Integer({ minimum: 0 }), { minItems: 2, maxItems: 3 })),
  /** average the predictions of all mirrorings along y and x (and z in 3D) */
  mirror: Type.Optional(Type.Boolean()),
  /** where the moments of norms come from: each tile, or the images of the training (`model.onnx` has them in it) */
  norms: Type.Optional(Type.Union([Type.Literal('tile'), Type.Literal('training')])),
  threshold: Type.Number(),
  /** how maps of a model that tells objects apart become objects */
  objects: Type.Optional(DecodingSettingsSchema),
  /** voxels of the size of `pixelSize`: objects with fewer were found to be wrong; absent: not known */
  smallestObject: Type.Optional(Type.Integer({ minimum: 1 })),
  /** what turns probabilities into shares of pixels that are foreground; absent: not known */
  calibration: Type.Optional(CalibrationSchema),
  /** what it was found to reach on images that it had not seen; absent: not known */
  expected: Type.Optional(ExpectedDiceSchema),
  /** how the images of the training look; absent: not known */
  looks: Type.Optional(LooksSchema),
  /** how the weights and the threshold were chosen, in words and numbers */
  selection: Type.Record(Type.String(), Type.Unknown()),
  recipe: Type.Record(Type.String(), Type.Unknown()),
  metrics: Type.Record(Type.String(), Type.Unknown()),
  /** how it compares with the model whose weights were its start, on the same validation images; absent: not compared */
  comparison: Type.Optional(
    Type.Object({
      /** name@version */
      startedFrom: Type.String(),
      /** Dice before the first step */
      startDice: Type.Number(),
      dice: Type.Number(),
      /** its name alone does not mean this version where there is a better one */
      isWorse: Type.Boolean(),
    }),
  ),
  /** where it came from, if it was not trained here */
  imported: Type.Optional(ImportedSchema),
  /** id, uri, hash and split of each sample */
  data: Type.Array(Type.Record(Type.String(), Type.Unknown())),
  /** what asked for it, where that may come twice: as a queue hands a job to another machine */
  request: Type.Optional(Type.String()),
  /** sha256 of model.onnx */
  sha256: Type.String(),
  /** sha256 of checkpoints/best.bin */
  weightsSha256: Type.Optional(Type.String()),
  /** sha256 of checkpoints/norms.bin, which models with norms of the training have */
  momentsSha256: Type.Optional(Type.String()),
  /** stands for architecture, weights, moments and model.onnx together (`networkHash`); models from elsewhere have none */
  networkSha256: Type.Optional(Type.String()),
  /** sha256 of each file beside model.onnx that it keeps weights in, by the name that it calls it */
  externalData: Type.Optional(Type.Record(Type.String(), Type.String())),
});
export type ModelCard = Static<typeof ModelCardSchema>;

/** `msg.model`: which model made a result. */
export const ModelReferenceSchema = Type.Object({
  name: Type.String(),
  version: Type.String(),
  uri: Type.String(),
  sha256: Type.String(),
});
export type ModelReference = Static<typeof ModelReferenceSchema>;
