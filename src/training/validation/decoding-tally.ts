import { type Static, Type } from '#typebox';
import { throwIfCancelled } from '../../base/errors';
import { eventLoopTurn } from '../../base/long-work';
import type { Zyx } from '../../image/region';
import { decode } from '../../objects/decode';
import { partsOf } from '../../objects/parts';
import { DEFAULT_DECODING, type DecodingSettings } from '../../objects/settings';

/** Where seeds are looked for. */
export type SeedSettings = Pick<DecodingSettings, 'smoothing' | 'seedCentre' | 'seedBoundary'>;

const { smoothing, seedCentre, seedBoundary } = DEFAULT_DECODING;
const USUAL: SeedSettings = { smoothing, seedCentre, seedBoundary };

/**
 * Where seeds are looked for in turn: as nobody chose, and with one setting another. All with all on few images tell of single
 * objects: what was best of them there was worse than the first on others (bench/README.md).
 */
export const SEEDS: readonly SeedSettings[] = [
  USUAL,
  ...[1, 0.5].map((smoothing) => ({ ...USUAL, smoothing })),
  ...[0.4, 0.3, 0.6].map((seedCentre) => ({ ...USUAL, seedCentre })),
  ...[0.3, 0.7].map((seedBoundary) => ({ ...USUAL, seedBoundary })),
];
/** Voxels of the smallest object that stays. */
export const SIZES = [0, 8, 16, 32, 64, 128, 256, 512] as const;
/** A matched pair has more than this in common (IoU), StarDist's and DSB2018's thresholds. */
export const OVERLAPS = [0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9] as const;

const Whole = Type.Integer({ minimum: 0 });

/** What each way of decoding found in some images: pairs that match, and objects. */
export const DecodingTallySchema = Type.Object(
  {
    truths: Whole,
    /** of these, how many are smaller than each smallest size */
    smaller: Type.Array(Whole),
    /** by seeds, then smallest size */
    found: Type.Array(Whole),
    /** by seeds, then smallest size, then overlap */
    matched: Type.Array(Whole),
  },
  { additionalProperties: false },
);
export type DecodingTally = Static<typeof DecodingTallySchema>;

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

export function emptyTally(): DecodingTally {
  const zeros = (length: number) => new Array<number>(length).fill(0);
  const ways = SEEDS.length * SIZES.length;
  return { truths: 0, smaller: zeros(SIZES.length), found: zeros(ways), matched: zeros(ways * OVERLAPS.length) };
}

/** Decodes a prediction in every way and counts what matches the truth. @throws CancelledError */
export async function addDecodings(tally: DecodingTally, image: DecodedTruth, signal?: AbortSignal): Promise<void> {
  const { maps, numbers, weight, size, spacing, foreground } = image;
  const voxels = numbers.length;
  const truth = partsOf(numbers, size).parts.map((part, i) => (weight[i] === 0 ? 0 : part));
  const sizes = sizesOf(truth);
  for (const [label, n] of sizes.entries()) {
    if (label === 0 || n === 0) continue;
    tally.truths++;
    for (const [s, least] of SIZES.entries()) if (n < least) tally.smaller[s]++;
  }
  for (const [way, seeds] of SEEDS.entries()) {
    await eventLoopTurn();
    throwIfCancelled(signal, 'the validation');
    // They are smoothed in place.
    const map = (channel: number) => maps.slice(channel * voxels, (channel + 1) * voxels);
    const found = decode({ foreground: map(0), boundary: map(1), centre: map(2) }, size, spacing, {
      ...{ foreground, minimumSize: 0 },
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
  for (const tally of tallies) {
    sum.truths += tally.truths;
    for (const name of ['smaller', 'found', 'matched'] as const) {
      for (const [i, n] of tally[name].entries()) sum[name][i] += n;
    }
  }
  return sum;
}
