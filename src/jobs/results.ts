import type { DeviceName, EngineName } from '../engines/engine';
import type { PixelSize } from '../image/description';
import type { PredictionInfo } from '../inference/predict-image';
import type { CalibrationErrors } from '../metrics/calibration-error';
import type { ObjectErrors, ObjectMetrics } from '../metrics/object-matching';
import type { OverlapCounts, OverlapMetrics } from '../metrics/overlap';
import type { SurfaceAgreement } from '../metrics/surface-agreement';
import type { Zyx } from '../metrics/surface-voxels';
import type { ObjectRow } from '../objects/object-table';
import type { ThresholdMethod } from '../thresholding/methods';
import type { TrainingMetrics } from '../training/card';
import type { Unlikeness } from '../trust/looks';
import type { PredictedOverlap } from '../trust/predicted';

/** Where a job computed. */
interface Computed {
  engine: EngineName;
  device: DeviceName;
  threads: number;
  /** why there; of a job that the host chose a backend for */
  chosen?: string;
}

/** `msg.metrics` of train. */
export interface TrainMetrics extends TrainingMetrics, Computed {}

/** The grid of pixels that a rescaled image was predicted on. */
export interface Rescaled {
  pixelSize: PixelSize | null;
  size: [z: number, y: number, x: number];
}

/** `msg.metrics` of predict. */
export interface PredictMetrics extends PredictionInfo, Computed {
  seconds: number;
  rescaled?: Rescaled;
  notes: string[];
  /** unsure pixels as a share of those that may be foreground, 0 to 1 */
  uncertainty: number;
  /** what the model's own threshold is expected to score, without a truth; of models with a calibration */
  predicted?: PredictedOverlap;
  /** how the image differs from those of the training; of models that know how these look */
  unlike?: Unlikeness;
  /** when it was made, ISO 8601, where an earlier result is given again; absent: just now */
  known?: string;
}

/**
 * A row of the object table; `t` where the image has several time points. Where objects are followed over time `label` is the number
 * of their track, and `parent` that of the track that divided into it, 0 for none.
 */
export type ObjectRecord = ObjectRow & { t?: number; parent?: number };

/** The object table in a message. */
export interface ObjectTable {
  /** objects in all */
  total: number;
  /** the first of them; all where `file` is null */
  rows: ObjectRecord[];
  /** CSV with all of them, beside the mask in the scratch store; null where `rows` has all */
  file: string | null;
}

/** `msg.metrics` of threshold. Thresholds are in the quantity that the image's scale gives. */
export interface ThresholdMetrics {
  method: ThresholdMethod;
  /** null: time points have different ones */
  threshold: number | null;
  /** of each time point */
  thresholds: number[];
  /** voxels; smaller objects were removed */
  minSize: number;
  /** share of the voxels that the files hold, 0 to 1 */
  foreground: number;
  objects: ObjectTable;
  /** followed over time: how many there are, and how far they may move from one time point to the next, in micrometres or pixels */
  tracks?: number;
  reach?: number;
  /** the channel of mean intensities; null without a raw image */
  intensityChannel: string | null;
  /** what a person should know of the model whose threshold it is */
  warnings?: string[];
  /** when it was made, ISO 8601, where an earlier result is given again; absent: just now */
  known?: string;
  seconds: number;
}

/** `msg.metrics` of pseudo-label. */
export interface PseudoLabelMetrics {
  /** background up to this probability, foreground from `high` on */
  low: number;
  high: number;
  /** the model's, else 0.5 */
  threshold: number;
  /** the model's calibration had a say in a limit that nobody set */
  isCalibrated: boolean;
  /** share of the pixels that are sure, 0 to 1 */
  known: number;
  /** share of these that are foreground, 0 to 1 */
  foreground: number;
  /** what a person should know of the model */
  warnings?: string[];
  seconds: number;
}

/** How the values of a segmentation are taken: each an object, or what touches. */
export type ObjectKind = 'labels' | 'components';

/** What lengths are measured in: micrometres where a file states its pixel size. */
export type LengthUnit = 'µm' | 'pixel';

/** How the outlines of a segmentation fit those of the truth. */
export interface SurfaceMetrics extends SurfaceAgreement {
  /** of the NSD, and what distances are measured in */
  tolerance: number;
  unit: LengthUnit;
  /** of voxels along z, y and x */
  spacing: Zyx;
}

/** How the probabilities fit the truth. */
export interface ProbabilityMetrics extends CalibrationErrors {
  /** Dice at each threshold from 0.05 to 0.95 in steps of 0.01 */
  diceAt: number[];
}

/** `msg.metrics` of evaluate; shares are 0 to 1. */
export interface EvaluateMetrics extends OverlapMetrics {
  objectAp: number;
  objectPrecision: number;
  objectRecall: number;
  objectF1: number;
  /** mean of the average precision at IoU 0.5 to 0.95 in steps of 0.05 */
  objectApMean: number;
  /** normalised surface Dice; null: left out, see the warnings */
  nsd: number | null;
  /** null: infinite, as one of both has no surface, or left out */
  hd95: number | null;
  /** expected calibration error; null: without a probability map */
  ece: number | null;
  counts: OverlapCounts;
  /** iou: objects match from this overlap on; apAt: average precision at each IoU from 0.5 to 0.95 in steps of 0.05 */
  objects: ObjectMetrics & ObjectErrors & { iou: number; apAt: number[]; predicted: ObjectKind; truth: ObjectKind };
  /** null: left out, see the warnings */
  surface: SurfaceMetrics | null;
  /** null: without a probability map */
  probability: ProbabilityMetrics | null;
  /** how the segmentations were taken, where a person should know */
  warnings: string[];
  seconds: number;
}
