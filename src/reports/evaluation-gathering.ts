import type { ImageDescription } from '../image/description';
import type { CalibrationErrors } from '../metrics/calibration-error';
import type { ObjectErrors, ObjectMetrics } from '../metrics/object-matching';
import type { OverlapMetrics } from '../metrics/overlap';
import type { SurfaceAgreement } from '../metrics/surface-agreement';
import type { ModelReference } from '../models/card';
import { type EvaluationRequest, PICTURE_KINDS, type Row } from './evaluation-request';
import { meanDiceAt, pooledBins } from './pooling';

/** Of each kind. */
const PICTURES = 3;
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
  const shown = picturesOf(images);
  const described = new Set([...images.keys()].slice(0, MOST_DESCRIBED).concat(shown.map(({ row }) => row)));
  const surfaces = images.flatMap(({ metrics }) => metrics.surface ?? []);
  const maps = images.flatMap(({ metrics }) => (metrics.probability ? [metrics] : []));
  const models = new Map(images.flatMap(({ model }) => (model ? [[model.uri, model]] : [])));
  return {
    ...rest,
    rows: images.map((image, i) => rowOf(image, described.has(i))),
    surface: surfaces[0] ? { tolerance: surfaces[0].tolerance, unit: surfaces[0].unit } : null,
    surfacesDiffer: surfaces.some(
      ({ tolerance, unit }) => tolerance !== surfaces[0].tolerance || unit !== surfaces[0].unit,
    ),
    models: [...models.values()],
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

/**
 * Chooses the images of the lowest Dice, of the middle ones and of the highest, none twice. An empty image in which nothing
 * was found shows nothing.
 */
function picturesOf(images: readonly ComparedImage[]): { kind: (typeof PICTURE_KINDS)[number]; row: number }[] {
  const tells = ({ metrics }: ComparedImage) => !(metrics.emptyReference && metrics.dice === 1);
  const order = [...images.keys()]
    .filter((i) => tells(images[i]))
    .sort((a, b) => images[a].metrics.dice - images[b].metrics.dice);
  const each = Math.min(PICTURES, Math.ceil(order.length / PICTURE_KINDS.length));
  const middle = Math.max(0, Math.floor((order.length - each) / 2));
  const places = {
    worst: order.slice(0, each),
    best: order.slice(each).slice(-each).reverse(),
    median: order.slice(middle, middle + each),
  };
  const taken = new Set<number>();
  const take = (kind: keyof typeof places) =>
    places[kind].flatMap((row) => {
      if (taken.has(row)) return [];
      taken.add(row);
      return [{ kind, row }];
    });
  const [worst, best] = [take('worst'), take('best')];
  return [...worst, ...take('median'), ...best];
}
