import { product } from '../../../base/numbers';
import type { Shape5 } from '../../../image/region';
import { overlapAt, overlapsOf } from '../../../metrics/best-threshold';
import { calibrationBins } from '../../../metrics/calibration-error';
import { overlapMetrics } from '../../../metrics/overlap';
import { firstBinAbove, histogramOfBins, type ProbabilityHistogram } from '../../../metrics/probability-histogram';
import { decode } from '../../../objects/decode';
import type { DecodingSettings } from '../../../objects/settings';
import type { ShownPicture } from '../../../reports/pictures';
import { meanDiceAt, pooledBins } from '../../../reports/pooling';
import { imagesToShow, type ScoredImages, type ScoreRow, surfacesOf } from '../../../reports/scored-images';
import type { TrainingMatter } from '../../../reports/training-matter';
import type { Sample } from '../../../samples/sample';
import { truthRole } from '../../../samples/sample';
import { MapFiles } from '../../../training/map-files';
import { drawSeen } from '../../../training/pictures';
import { reportSeconds, secondsLeft } from '../../../training/plan';
import type { Preparation } from '../../../training/prepare';
import type { TrainingResult } from '../../../training/result';
import { formName } from '../../../training/validation/forms';
import { COUNTS_BIT, type KeptMap, TRUE_BIT } from '../../../training/validation/kept-maps';
import type { JudgedProbabilities } from '../../../training/validation/outcome';
import { type PlainContext, rowsOfBands } from '../bands';
import { type Comparison, compare } from '../comparison';
import { physicalSpacing } from '../objects/physical-spacing';

/** Pixels of the longer side of a picture, about. */
const LONGEST = 560;

/** What a training's report says of the images that its weights had not learned from. */
export interface JudgedImages {
  scores: ScoredImages;
  pictures: ShownPicture[];
  lacking: TrainingMatter['lacking'];
}

/** A judged image, its map where there is one, and what comparing it gave. */
interface Judged {
  row: ScoreRow;
  map: KeptMap | null;
  surface: NonNullable<ScoredImages['surface']> | null;
  hasObjectPart: boolean;
}

/**
 * Compares what weights found in images that they had not learned from with the truth, as evaluate does, in the time that a
 * training's plan has for it. Images without a map keep what histograms of their probabilities say.
 * @param place folder of the training, and one for files that are gone afterwards
 */
export async function judgeImages(
  { samples }: Pick<Preparation, 'samples'>,
  result: TrainingResult,
  place: { folder: string; scratch: string },
): Promise<JudgedImages> {
  const { outcome } = result;
  const seconds = Math.min(reportSeconds(result.plan), secondsLeft(result.plan, result.seconds));
  const context: PlainContext = {
    // The rest is told without: the training's time is not to be its report's.
    signal: AbortSignal.timeout(Math.ceil(1000 * seconds)),
    progress: () => undefined,
  };
  const files = new MapFiles(place.folder);
  const form = outcome && formName(outcome.form);
  const judged: Judged[] = [];
  for (const image of outcome?.judged ?? []) {
    const kept = context.signal.aborted || !form ? null : await files.map(image.place, form);
    // What a part of the training left that was stopped before it saved is of other weights.
    const map = kept && kept.id === image.id && isOf(kept, image.histogram) ? kept : null;
    const judging = { files, scratch: place.scratch, decoding: result.decoding?.settings ?? null, context };
    judged.push(await judgedImage(image, map, sampleOf(samples, image.id), judging));
  }
  return {
    scores: {
      rows: judged.map(({ row }) => row),
      ...surfacesOf(judged.flatMap(({ surface }) => surface ?? [])),
      probability: probabilityOf(outcome?.judged ?? [], judged),
    },
    pictures: await picturesOf(judged),
    lacking: {
      maps: judged.filter(({ map }) => map === null).length,
      parts: judged.filter(({ map }) => map?.isPart).length,
      objectParts: judged.filter(({ hasObjectPart }) => hasObjectPart).length,
    },
  };
}

interface Judging {
  files: MapFiles;
  scratch: string;
  /** how distances become objects; null: objects are what touches */
  decoding: DecodingSettings | null;
  context: PlainContext;
}

async function judgedImage(
  { id, group, threshold, histogram, place }: JudgedProbabilities,
  map: KeptMap | null,
  sample: Sample | null,
  { files, scratch, decoding, context }: Judging,
): Promise<Judged> {
  const row: ScoreRow = {
    ...{ id, file: group, threshold, ...overlapMetrics(overlapAt(histogram, threshold)) },
    ...{ objectAp: null, objectApMean: null, panopticQuality: null, splits: null, merges: null, countError: null },
    ...{ nsd: null, hd95: null, ece: map?.calibration?.ece ?? null, brier: map?.calibration?.brier ?? null },
  };
  const without = { row, map: null, surface: null, hasObjectPart: false };
  if (!map) return without;
  const images = sample ? [sample.raw, sample[truthRole(sample)] ?? sample.raw] : [];
  const { spacing, unit } = physicalSpacing(images, map.size[0]);
  const least = firstBinAbove(threshold);
  const measuring = { spacing, folder: scratch };
  try {
    const pixels = { predicted: from(map.bins, least), ...bitsOf(map) };
    const found = await compareHeld(pixels, map.size, measuring, context);
    const told = decoding ? await files.objects(place) : null;
    const apart = told && told.id === id && decoding ? { told, decoding } : null;
    const objects = !decoding
      ? found
      : apart && (await compareHeld(decodedPixels(apart.told, apart.decoding), apart.told.size, measuring, context));
    const { surface } = found;
    return {
      row: {
        ...row,
        ...{ nsd: surface?.nsd ?? null, hd95: surface?.hd95 ?? null },
        ...(objects ? objectNumbers(objects) : {}),
      },
      map,
      surface: surface && { tolerance: surface.tolerance, unit },
      hasObjectPart: told?.isPart ?? false,
    };
  } catch {
    // Out of time, or of memory: there is the overlap all the same.
    return without;
  }
}

type Held = Record<'predicted' | 'truth', Uint8Array<ArrayBuffer> | Int32Array<ArrayBuffer>> & {
  weight: Uint8Array<ArrayBuffer>;
};

/** Compares what is in memory. @param size [z, y, x] */
function compareHeld(
  pixels: Held,
  size: readonly number[],
  measuring: Parameters<typeof compare>[1],
  context: PlainContext,
): Promise<Comparison> {
  const [depth, height, width] = size;
  const shape: Shape5 = [1, 1, depth, height, width];
  return compare(
    {
      shape,
      rows: rowsOfBands([], shape, context),
      read: async ({ z, y, rows }) => {
        const from = (z * height + y) * width;
        const part = <T extends Held['truth']>(of: T) => of.subarray(from, from + rows * width) as T;
        return { predicted: part(pixels.predicted), truth: part(pixels.truth), weight: part(pixels.weight) };
      },
    },
    measuring,
    context,
  );
}

function decodedPixels(
  { maps, numbers, weight, size, spacing }: NonNullable<Awaited<ReturnType<MapFiles['objects']>>>,
  decoding: DecodingSettings,
): Held {
  const voxels = product(size);
  const [foreground, boundary, centre] = [0, 1, 2].map((c) => maps.slice(c * voxels, (c + 1) * voxels));
  const { labels } = decode({ foreground, boundary, centre }, size, spacing, decoding);
  return { predicted: Int32Array.from(labels), truth: Int32Array.from(numbers), weight: Uint8Array.from(weight) };
}

function objectNumbers({ objects, objectApMean }: Comparison): Partial<ScoreRow> {
  const { averagePrecision, panopticQuality, splits, merges, countError } = objects;
  return { objectAp: averagePrecision, objectApMean, panopticQuality, splits, merges, countError };
}

/** 1 where a bin is at least this one, else 0. */
function from(bins: Uint8Array, least: number): Uint8Array<ArrayBuffer> {
  const mask = new Uint8Array(bins.length);
  for (let i = 0; i < mask.length; i++) if (bins[i] >= least) mask[i] = 1;
  return mask;
}

/** What is true, and what counts. */
function bitsOf({ state }: KeptMap): Record<'truth' | 'weight', Uint8Array<ArrayBuffer>> {
  const [truth, weight] = [new Uint8Array(state.length), new Uint8Array(state.length)];
  for (let i = 0; i < state.length; i++) {
    if (state[i] & TRUE_BIT) truth[i] = 1;
    if (state[i] & COUNTS_BIT) weight[i] = 1;
  }
  return { truth, weight };
}

/** Whether a map holds the very probabilities that an image was judged by. */
function isOf(map: KeptMap, histogram: ProbabilityHistogram): boolean {
  const { truth, weight } = bitsOf(map);
  const own = histogramOfBins(map.bins, truth, weight);
  return (['foreground', 'background'] as const).every((of) => own[of].every((n, k) => n === histogram[of][k]));
}

/** The sample of a judged image, which may be a time point of it. */
function sampleOf(samples: readonly Sample[], id: string): Sample | null {
  return samples.find((sample) => id === sample.id || id.startsWith(`${sample.id}, time point `)) ?? null;
}

function probabilityOf(images: readonly JudgedProbabilities[], judged: readonly Judged[]): ScoredImages['probability'] {
  if (images.length === 0) return null;
  const diceAt = images.flatMap(({ histogram }, i) =>
    judged[i].row.emptyReference ? [] : [overlapsOf(histogram).map((counts) => overlapMetrics(counts).dice)],
  );
  const bins = images.map(({ histogram }, i) => judged[i].map?.calibration?.bins ?? calibrationBins(histogram));
  return { images: images.length, calibration: pooledBins(bins), diceAt: meanDiceAt(diceAt) };
}

/** Pictures of the images that have a map, by their Dice. */
async function picturesOf(judged: readonly Judged[]): Promise<ShownPicture[]> {
  const shown = judged.flatMap(({ row, map }) => (map ? [{ row, map }] : []));
  const pictures: ShownPicture[] = [];
  for (const { kind, row: at } of imagesToShow(shown.map(({ row }) => row))) {
    const { row, map } = shown[at];
    const png = await drawSeen(viewOf(map, firstBinAbove(row.threshold ?? 0.5)), 0.5);
    const plane = map.size[0] > 1 || map.view.z > 0 ? map.view.z + 1 : null;
    pictures.push({ kind, id: row.id, dice: row.dice, png, plane, missing: null });
  }
  return pictures;
}

/** The small view of a map, enlarged in whole steps so that outlines stay thin; its probabilities are 1 from a bin on, else 0. */
function viewOf({ id, size, view, raw, bins, state }: KeptMap, least: number): Parameters<typeof drawSeen>[0] {
  const { plane, step, width, height } = view;
  const [, rows, columns] = size;
  const times = Math.max(1, Math.floor(LONGEST / Math.max(width, height)));
  const [wide, high] = [times * width, times * height];
  const y = (i: number) => Math.floor(i / wide / times);
  const x = (i: number) => Math.floor((i % wide) / times);
  const voxel = (i: number) => (plane * rows + step * y(i)) * columns + step * x(i);
  const each = (value: (i: number) => number) => Uint8Array.from({ length: wide * high }, (_, i) => value(i));
  return {
    ...{ id, plane, step, width: wide, height: high },
    raw: Float32Array.from({ length: wide * high }, (_, i) => raw[y(i) * width + x(i)]),
    probability: Float32Array.from(each((i) => (bins[voxel(i)] >= least ? 1 : 0))),
    truth: each((i) => state[voxel(i)] & TRUE_BIT),
    weight: each((i) => (state[voxel(i)] & COUNTS_BIT ? 1 : 0)),
  };
}
