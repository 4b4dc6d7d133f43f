import type { ImageDescription } from '../image/description';
import type { CalibrationErrors } from '../metrics/calibration-error';
import type { ObjectErrors, ObjectMetrics } from '../metrics/object-matching';
import type { OverlapMetrics } from '../metrics/overlap';
import type { SurfaceAgreement } from '../metrics/surface-agreement';
import type { ModelReference } from '../models/card';
import type { EvaluationRequest, Row } from './evaluation-request';
import { meanDiceAt, pooledBins } from './pooling';
import { imagesToShow, surfacesOf } from './scored-images';

/** Images whose files are listed: a description takes about a kilobyte. */
const MOST_DESCRIBED = 2000;

/** What comparing one image gave. */
interface ComparedMetrics extends OverlapMetrics {
  objectAp: number;
  objectApMean: number;
  objects: Pick<ObjectMetrics, 'panopticQuality'> & ObjectErrors;
  surface: (SurfaceAgreement & { tolerance: number; unit: 'µm' | 'pixel' }) | null;
  probability: (CalibrationErrors & { diceAt: number[] }) | null;
}

/** What a report keeps of one compared image, until its sequence is complete. */
export interface ComparedImage {
  id: string;
  metrics: ComparedMetrics;
  raw: ImageDescription;
  truth: ImageDescription;
  found: { kind: 'mask' | 'labels'; image: ImageDescription };
  weight: ImageDescription | null;
  model: ModelReference | null;
  /** how the mask was made of probabilities; null: not known */
  threshold: string | null;
}

/** Makes the request for a report of a sequence, its images in the order they came. */
export function evaluationRequest(
  images: readonly ComparedImage[],
  rest: Pick<EvaluationRequest, 'title' | 'predicted' | 'truth' | 'failed' | 'notes' | 'file'>,
): EvaluationRequest {
  const shown = imagesToShow(images.map(({ metrics }) => metrics));
  const described = new Set([...images.keys()].slice(0, MOST_DESCRIBED).concat(shown.map(({ row }) => row)));
  const surfaces = images.flatMap(({ metrics }) => metrics.surface ?? []);
  const maps = images.flatMap(({ metrics }) => (metrics.probability ? [metrics] : []));
  const models = new Map(images.flatMap(({ model }) => (model ? [[model.uri, model]] : [])));
  return {
    ...rest,
    rows: images.map((image, i) => rowOf(image, described.has(i))),
    ...surfacesOf(surfaces),
    models: [...models.values()],
    isOfOneModel: models.size === 1 && images.every(({ model }) => model !== null),
    thresholds: [...new Set(images.flatMap(({ threshold }) => threshold ?? []))],
    probability:
      maps.length === 0
        ? null
        : {
            images: maps.length,
            calibration: pooledBins(maps.flatMap(({ probability }) => (probability ? [probability.bins] : []))),
            diceAt: meanDiceAt(
              maps.flatMap(({ probability, emptyReference }) =>
                probability && !emptyReference ? [probability.diceAt] : [],
              ),
            ),
          },
    pictures: shown.map(({ kind, row }) => ({ kind, row, found: images[row].found, weight: images[row].weight })),
  };
}

function rowOf({ id, metrics, raw, truth }: ComparedImage, isDescribed: boolean): Row {
  const { dice, iou, precision, recall, emptyReference, objectAp, objectApMean, objects, surface, probability } =
    metrics;
  return {
    ...{ id, file: raw.uri, dice, iou, precision, recall, emptyReference, objectAp, objectApMean },
    panopticQuality: objects.panopticQuality,
    splits: objects.splits,
    merges: objects.merges,
    countError: objects.countError,
    nsd: surface?.nsd ?? null,
    hd95: surface?.hd95 ?? null,
    meanDistance: surface?.meanDistance ?? null,
    ece: probability?.ece ?? null,
    brier: probability?.brier ?? null,
    ...(isDescribed ? { raw, truth } : {}),
  };
}
