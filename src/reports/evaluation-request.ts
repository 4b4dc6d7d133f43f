import { type Static, Type } from '#typebox';
import { words } from '../base/schema';
import { ImageRef } from '../image/description';
import { ModelReferenceSchema } from '../models/card';
import { PICTURE_KINDS } from './pictures';

const Share = Type.Number({ minimum: 0, maximum: 1 });
const Length = Type.Union([Type.Number({ minimum: 0 }), Type.Null()]);
const Id = Type.String({ minLength: 1 });

/** What one image scored. */
const RowSchema = Type.Object({
  id: Id,
  /** images of one file resemble each other: what they are counted together by */
  file: Type.String(),
  dice: Share,
  iou: Share,
  precision: Share,
  recall: Share,
  emptyReference: Type.Boolean(),
  objectAp: Share,
  objectApMean: Share,
  panopticQuality: Share,
  splits: Type.Integer({ minimum: 0 }),
  merges: Type.Integer({ minimum: 0 }),
  /** predicted objects less true ones */
  countError: Type.Integer(),
  /** null: outlines were not compared */
  nsd: Type.Union([Share, Type.Null()]),
  /** null: infinite, or not compared */
  hd95: Length,
  meanDistance: Length,
  ece: Type.Union([Share, Type.Null()]),
  brier: Type.Union([Share, Type.Null()]),
  /** absent of the images beyond those that a report has room for */
  raw: Type.Optional(ImageRef),
  truth: Type.Optional(ImageRef),
});
export type Row = Static<typeof RowSchema>;

/** Probabilities of about one height, over images of equal weight. */
const CalibrationPointSchema = Type.Object({ share: Share, predicted: Share, observed: Share });

const PictureSchema = Type.Object({
  kind: words(PICTURE_KINDS),
  /** index in `rows` */
  row: Type.Integer({ minimum: 0 }),
  found: Type.Object({ kind: words(['mask', 'labels'] as const), image: ImageRef }),
  weight: Type.Union([ImageRef, Type.Null()]),
});

/** All that a report of a sequence of compared images is made of: JSON, no pixels. */
export const EvaluationRequestSchema = Type.Object({
  /** of the node that compared */
  title: Type.String(),
  /** names of the sample's images that were compared; no truth: the target, else segmentation 1 */
  predicted: Type.String(),
  truth: Type.String(),
  rows: Type.Array(RowSchema),
  failed: Type.Array(Type.Object({ id: Id, node: Type.String(), message: Type.String() })),
  /** of the NSD; null: outlines were not compared */
  surface: Type.Union([Type.Object({ tolerance: Type.Number(), unit: words(['µm', 'pixel'] as const) }), Type.Null()]),
  /** outlines were compared at several tolerances, as images differ in pixel size */
  surfacesDiffer: Type.Boolean(),
  models: Type.Array(ModelReferenceSchema),
  /** one model found all that was compared */
  isOfOneModel: Type.Boolean(),
  /** how masks were made of probabilities, as far as the messages told */
  thresholds: Type.Array(Type.String()),
  /** null: no image came with its probability map */
  probability: Type.Union([
    Type.Object({
      images: Type.Integer({ minimum: 1 }),
      calibration: Type.Array(CalibrationPointSchema),
      /** mean Dice of the images with foreground at each threshold from 0.05 to 0.95 in steps of 0.01; null: none has */
      diceAt: Type.Union([Type.Array(Share), Type.Null()]),
    }),
    Type.Null(),
  ]),
  pictures: Type.Array(PictureSchema),
  /** what a person should know of the comparison */
  notes: Type.Array(Type.String()),
  /** path of the report; null: in the scratch store */
  file: Type.Union([Type.String(), Type.Null()]),
});
export type EvaluationRequest = Static<typeof EvaluationRequestSchema>;
