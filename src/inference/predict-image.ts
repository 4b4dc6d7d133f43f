import os from 'node:os';
import type { WorkContext } from '../base/long-work';
import type { PredictionSession } from '../engines/engine';
import type { WriteInfo } from '../formats/source';
import type { RegionReader } from '../image/coverage';
import type { ImageDescription } from '../image/description';
import type { Normalisation } from '../image/normalisation';
import type { Zyx } from '../image/region';
import type { ModelCard } from '../models/card';
import { type Unlikeness, unlikeness } from '../trust/looks';
import { PassingAppearance } from './appearance';
import { BlankImages } from './blank-images';
import { checkImage } from './check-image';
import { mirrorings } from './cut-tile';
import { planMemory } from './memory-plan';
import { predictTiles } from './predict-tiles';
import { planTiles, tileCount } from './tiles';
import { measureNormalisations, PlaneWindow, TimePoint } from './time-point';
import { WaitingChannels } from './waiting-channels';

/** The types a probability map may be stored in; uint16 holds probability * 65535. */
export type ProbabilityType = 'float32' | 'uint16';
const PROBABILITY_SCALE = 1 / 65535;

export interface PredictImageRequest extends WorkContext {
  /** what the reader reads */
  image: ImageDescription;
  reader: RegionReader;
  card: ModelCard;
  session: PredictionSession;
  /** fraction of a tile that the next one covers again */
  overlap: number;
  /** average the predictions of all mirrorings (false); a card may ask for it too */
  mirror?: boolean;
  /** takes finished rows of a channel of the map, C order over [t, c, z, y, x], any number at a time */
  write: (rows: Float32Array<ArrayBuffer> | Uint16Array<ArrayBuffer>, channel: number) => Promise<void>;
  /** float32 */
  type?: ProbabilityType;
  /** what the prediction may plan with; 0: half of the machine's memory */
  memoryMB: number;
  /** where unfinished sums wait that are too many for the memory (the system's temporary folder) */
  scratchFolder?: string;
}

/** What there is to know of a prediction besides its pixels. */
export interface PredictionInfo {
  tiles: { size: Zyx; count: number; overlap: number; mirrorings: number };
  /** by t, then channel */
  normalisation: Normalisation[][];
  /** of the time point that is the least like the training; absent where the card or the file does not tell */
  unlike?: Unlikeness;
  warnings: string[];
}

/** Says what a writer of the probability map of an image must know. @param outputs what the card says of its channels */
export function probabilityInfo(
  image: ImageDescription,
  type: ProbabilityType = 'float32',
  outputs: readonly string[] = ['probability'],
): WriteInfo {
  const [t, , z, y, x] = image.shape;
  return {
    shape: [t, outputs.length, z, y, x],
    dtype: type,
    channels: outputs.map((name, index) => ({ index, name })),
    pixelSize: image.pixelSize,
    ...(image.acquisition ? { acquisition: image.acquisition } : {}),
    ...(type === 'uint16' ? { scale: PROBABILITY_SCALE } : {}),
  };
}

/**
 * Predicts an image of any size: pixels are read by region, rows of tiles are predicted and blended, rows of pixels are
 * written as soon as they are finished. Each t is an image of its own. A 2D model predicts each plane. Of a map of several
 * channels all but the first wait until that is written.
 * @throws InvalidInputError where the model does not fit the image; CancelledError;
 *   SegmenterError `invalid-input` on NaN pixels, `engine` for outputs that are no probabilities
 */
export async function predictImage(request: PredictImageRequest): Promise<PredictionInfo> {
  const { image, reader, card, session, write, type = 'float32', signal, progress } = request;
  const warnings = checkImage(card, image);
  const [times, channels, sizeZ, sizeY, sizeX] = image.shape;
  const plan = planTiles(card, [sizeZ, sizeY, sizeX], request.overlap);
  const outputs = card.outputs?.length ?? 1;
  const { batch, hold, bands, columns, sums } = planMemory(plan, image.shape, image.dtype, request.memoryMB, outputs);
  const folder = request.scratchFolder ?? os.tmpdir();
  const mirror = request.mirror || (card.mirror ?? false);
  const { length: mirrors } = mirrorings(card.dimensions, mirror);
  const perTime = tileCount(plan) * mirrors;

  const normalisation: Normalisation[][] = [];
  const blank = new BlankImages(card);
  let unlike: Unlikeness | undefined;
  for (let t = 0; t < times; t++) {
    const timePoint = new TimePoint(reader, image.shape, image.dtype, t, hold, signal);
    const normalisations = await measureNormalisations(timePoint, image, card.normalisation);
    const window = new PlaneWindow(timePoint, normalisations);
    normalisation.push(normalisations);
    blank.begin(t, normalisations);
    const passing = card.looks ? new PassingAppearance(timePoint, channels, plan, times) : null;
    const waiting = new WaitingChannels(outputs, sizeZ * sizeY * sizeX, folder, write);
    const predicting = predictTiles(
      {
        session,
        plan,
        channels,
        output: card.output,
        outputs,
        batch,
        mirror,
        bands,
        columns,
        sums: sums === 'file' ? { folder } : sums,
        signal,
        progress: ({ done }) => {
          const total = times * perTime;
          const tile = t * perTime + done;
          progress?.({ done: tile, total, text: `tile ${tile} of ${total}` });
        },
      },
      async (z, y, x) => {
        const source = await window.move(z, y, x);
        passing?.see(source, z, y, x);
        return source;
      },
      (rows, channel) => {
        if (channel === 0) blank.see(rows);
        return waiting.take(type === 'uint16' ? toUint16(rows) : rows, channel);
      },
    );
    try {
      await predicting;
      await waiting.handOn();
    } finally {
      waiting.close();
    }
    const appearance = passing?.result();
    const found = card.looks && appearance ? unlikeness(card.looks, appearance) : null;
    if (found && (!unlike || isWorse(found, unlike))) unlike = found;
  }
  const size: Zyx = [plan.z.tile, plan.y.tile, plan.x.tile];
  return {
    tiles: { size, count: times * tileCount(plan), overlap: plan.overlap, mirrorings: mirrors },
    normalisation,
    ...(unlike ? { unlike } : {}),
    warnings: [...warnings, ...blank.warnings(image.id, times), ...unlikeWarnings(card, image, unlike)],
  };
}

function isWorse(one: Unlikeness, other: Unlikeness): boolean {
  return one.isUnlike === other.isUnlike ? one.distance > other.distance : one.isUnlike;
}

function unlikeWarnings({ name, version }: ModelCard, { id }: ImageDescription, unlike?: Unlikeness): string[] {
  if (!unlike?.isUnlike) return [];
  const how = `${unlike.reasons.join(', ')} (${unlike.distance.toFixed(1)}, expected up to ${unlike.limit.toFixed(1)})`;
  return [`${id} is unlike the images that ${name} ${version} was trained on: ${how}; check what is found in it`];
}

function toUint16(rows: Float32Array): Uint16Array<ArrayBuffer> {
  const stored = new Uint16Array(rows.length);
  for (let i = 0; i < rows.length; i++) stored[i] = Math.round(rows[i] / PROBABILITY_SCALE);
  return stored;
}
