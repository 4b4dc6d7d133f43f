import { type Static, Type } from '#typebox';
import { throwIfCancelled } from '../../base/errors';
import { eventLoopTurn } from '../../base/long-work';
import { mean } from '../../base/numbers';
import type { Zyx } from '../../image/region';
import { decode } from '../../objects/decode';
import { partsOf } from '../../objects/parts';
import { DEFAULT_DECODING, type DecodingSettings } from '../../objects/settings';

/** Values of each setting that are tried, all with all; what comes first is kept where nothing is better. */
const CENTRES = [0.5, 0.4, 0.3, 0.6];
const BOUNDARIES = [0.5, 0.3, 0.7];
const SMOOTHINGS = [1.6, 1, 0.5];
/** Voxels of the smallest object that stays. */
const SIZES = [0, 10, 20, 40, 80, 160, 320];
/** A matched pair has more than this in common (IoU), StarDist's and DSB2018's thresholds. */
const OVERLAPS = [0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9];

const Whole = Type.Integer({ minimum: 0 });

/** What each way of decoding found in some images: pairs that match, and objects. */
export const DecodingTallySchema = Type.Object(
  {
    truths: Whole,
    /** by way, then smallest size */
    found: Type.Array(Whole),
    /** by way, then smallest size, then overlap */
    matched: Type.Array(Whole),
  },
  { additionalProperties: false },
);
export type DecodingTally = Static<typeof DecodingTallySchema>;

/** The way that separates best what the network had not seen, for the card. */
export interface ChosenDecoding {
  settings: DecodingSettings;
  /** mean of the average precision at each overlap, of all objects together */
  meanAveragePrecision: number;
  /** at an overlap of 0.5 */
  averagePrecision: number;
  /** with the settings that nobody chose */
  ofDefaults: number;
}

/** An image as it was predicted, with its truth. */
export interface DecodedTruth {
  /** foreground, boundary and centre, [3, z, y, x] */
  maps: Float32Array<ArrayBuffer>;
  /** of objects, [z, y, x] */
  numbers: Int32Array;
  /** 0 where nothing is judged, [z, y, x] */
  weight: Uint8Array;
  size: Readonly<Zyx>;
  spacing: Readonly<Zyx>;
  /** the threshold of the foreground that the Dice chose, of all that were judged together so far */
  foreground: number;
}

const WAYS = SMOOTHINGS.flatMap((smoothing) =>
  CENTRES.flatMap((seedCentre) => BOUNDARIES.map((seedBoundary) => ({ smoothing, seedCentre, seedBoundary }))),
);

export function emptyTally(): DecodingTally {
  const zeros = (length: number) => new Array<number>(length).fill(0);
  return {
    truths: 0,
    found: zeros(WAYS.length * SIZES.length),
    matched: zeros(WAYS.length * SIZES.length * OVERLAPS.length),
  };
}

/** Decodes a prediction in every way and counts what matches the truth. @throws CancelledError */
export async function addDecodings(tally: DecodingTally, image: DecodedTruth, signal?: AbortSignal): Promise<void> {
  const { maps, numbers, weight, size, spacing, foreground } = image;
  const voxels = numbers.length;
  const truth = partsOf(numbers, size).parts.map((part, i) => (weight[i] === 0 ? 0 : part));
  const sizes = sizesOf(truth);
  tally.truths += sizes.filter((n, label) => label > 0 && n > 0).length;
  for (const [way, seeds] of WAYS.entries()) {
    await eventLoopTurn();
    throwIfCancelled(signal, 'the validation');
    // They are smoothed in place.
    const map = (channel: number) => maps.slice(channel * voxels, (channel + 1) * voxels);
    const found = decode({ foreground: map(0), boundary: map(1), centre: map(2) }, size, spacing, {
      ...DEFAULT_DECODING,
      foreground,
      ...seeds,
    });
    for (let i = 0; i < voxels; i++) if (weight[i] === 0) found.labels[i] = 0;
    for (const { voxels: n, iou } of matchesOf(found.labels, truth, sizes)) {
      for (const [s, least] of SIZES.entries()) {
        if (n < least) break;
        const at = way * SIZES.length + s;
        tally.found[at]++;
        for (let o = 0; o < OVERLAPS.length && iou > OVERLAPS[o]; o++) tally.matched[at * OVERLAPS.length + o]++;
      }
    }
  }
}

/** Voxels of each object found, and what it has in common with a true one (IoU), which above 0.5 one alone can have. */
function matchesOf(found: Int32Array, truth: Int32Array, sizes: readonly number[]): { voxels: number; iou: number }[] {
  const common = new Map<number, number>();
  const own = sizesOf(found);
  for (let i = 0; i < found.length; i++) {
    if (found[i] === 0 || truth[i] === 0) continue;
    const key = found[i] * sizes.length + truth[i];
    common.set(key, (common.get(key) ?? 0) + 1);
  }
  const best = new Float64Array(own.length);
  for (const [key, both] of common) {
    const [label, of] = [Math.floor(key / sizes.length), key % sizes.length];
    best[label] = Math.max(best[label], both / (own[label] + sizes[of] - both));
  }
  return own.flatMap((voxels, label) => (label > 0 && voxels > 0 ? [{ voxels, iou: best[label] }] : []));
}

function sizesOf(labels: Int32Array): number[] {
  const sizes: number[] = [0];
  for (const label of labels) {
    while (sizes.length <= label) sizes.push(0);
    if (label > 0) sizes[label]++;
  }
  return sizes;
}

/** Adds up what several tallies counted. */
export function sumOfTallies(tallies: readonly DecodingTally[]): DecodingTally {
  const sum = emptyTally();
  for (const { truths, found, matched } of tallies) {
    sum.truths += truths;
    found.forEach((n, i) => {
      sum.found[i] += n;
    });
    matched.forEach((n, i) => {
      sum.matched[i] += n;
    });
  }
  return sum;
}

/**
 * Chooses the way by the mean average precision, TP / (TP + FP + FN) at overlaps from 0.5 to 0.9, of all objects together, and of
 * ways that are a step from it in any setting: on few images a way is best by single objects, and what is good around it stays so on
 * others.
 * @param threshold of the foreground, which the Dice chose
 * @returns null where there was no object to tell by
 */
export function chooseDecoding(tally: DecodingTally, threshold: number): ChosenDecoding | null {
  if (tally.truths === 0) return null;
  const precisions = (at: number) =>
    OVERLAPS.map((_, o) => {
      const matched = tally.matched[at * OVERLAPS.length + o];
      return matched / (tally.found[at] + tally.truths - matched);
    });
  const means = tally.found.map((_, at) => mean(precisions(at)));
  const around = means.map((_, at) => mean(nearWays(at).map((near) => means[near])));
  let best = 0;
  for (let at = 1; at < around.length; at++) if (around[at] > around[best]) best = at;
  const { way, size } = settingsAt(best);
  const settings = { foreground: threshold, ...way, minimumSize: size };
  return { settings, meanAveragePrecision: means[best], averagePrecision: precisions(best)[0], ofDefaults: means[0] };
}

/** What is tried at a place of a tally. */
function settingsAt(at: number): { way: (typeof WAYS)[number]; size: number } {
  return { way: WAYS[Math.floor(at / SIZES.length)], size: SIZES[at % SIZES.length] };
}

/** The places of a tally whose settings are each the same or the next one, the place itself among them. */
function nearWays(at: number): number[] {
  const own = settingsAt(at);
  const isNear = (values: readonly number[], one: number, other: number) => {
    const sorted = values.toSorted((a, b) => a - b);
    return Math.abs(sorted.indexOf(one) - sorted.indexOf(other)) <= 1;
  };
  return Array.from({ length: WAYS.length * SIZES.length }, (_, place) => place).filter((place) => {
    const { way, size } = settingsAt(place);
    return (
      isNear(SMOOTHINGS, way.smoothing, own.way.smoothing) &&
      isNear(CENTRES, way.seedCentre, own.way.seedCentre) &&
      isNear(BOUNDARIES, way.seedBoundary, own.way.seedBoundary) &&
      isNear(SIZES, size, own.size)
    );
  });
}
