import { SegmenterError } from '../../base/errors';
import { openDescription } from '../../formats';
import { bandRows, imageBands } from '../../image/bands';
import { type Coverage, ofAnyChannel, type RegionReader } from '../../image/coverage';
import type { ImageDescription } from '../../image/description';
import type { DType, PixelArray } from '../../image/dtype';
import { count, type Region, type Shape5 } from '../../image/region';
import { type Sample, truthRole } from '../../samples/sample';
import { openSegmentation } from '../../samples/segmentation';

/** An image that stays open until it is closed. */
export interface OpenReader extends RegionReader {
  close(): Promise<void>;
}

/** One time point of a sample: where its pixels come from. */
export interface ImageParts {
  /** of the sample, with the time point where there are several */
  id: string;
  t: number;
  /** a model says what the target says */
  isPredicted?: boolean;
  /** whether the values of the target are numbers of objects, which somebody asked for */
  hasNumbers?: boolean;
  /** [t, c, z, y, x] of raw */
  shape: Shape5;
  dtype: DType;
  /** the quantity that a stored value of 1 stands for (1) */
  scale?: number;
  channelNames: string[];
  anisotropy: number;
  raw: OpenReader;
  /** non-zero is foreground */
  target: OpenReader;
  /** 0 is excluded or unknown, as is where raw holds no pixels ({@link weightOfHeld}) */
  weight: OpenReader | null;
  /** where some of it is unknown: 0 is excluded only, for what is unknown looks as the rest does. Closed with `weight` */
  valid?: OpenReader | null;
}

/** What a training reads of a sample; the truth by the name that the person gave it under, `known` where that is known. */
export type PartRole = 'raw' | 'target' | 'seg1' | 'weight' | 'known';

/** Opens what a training reads of a sample: the image as it is, target and weight non-zero where they hold. */
export type OpenPart = (
  description: ImageDescription,
  part: { role: PartRole; id: string; signal?: AbortSignal; labels?: boolean },
) => Promise<OpenReader & { readonly notes?: readonly string[] }>;

export const openPart: OpenPart = (description, { role, id, signal, labels = false }) => {
  if (role === 'raw') return openDescription(description);
  const name = `${role === 'known' ? 'segmentation' : role} of sample ${id}`;
  const purpose = role === 'weight' ? 'mask' : 'segmentation';
  const gives = role === 'known' ? { gives: role } : { labels };
  return openSegmentation(description, { name, purpose, signal, ...gives });
};

/** Whether a sample's segmentation has foreground that counts; it is read until some is found. */
export async function hasForeground(sample: Sample, open: OpenPart = openPart): Promise<boolean> {
  const { id, weight } = sample;
  const truth = sample[truthRole(sample)];
  if (!truth) return false;
  const readers: OpenReader[] = [];
  try {
    readers.push(await open(truth, { role: truthRole(sample), id }));
    if (weight) readers.push(await open(weight, { role: 'weight', id }));
    for (const { t, z, y, rows } of imageBands(truth.shape, bandRows(truth.shape, []))) {
      const read = (reader: OpenReader) =>
        reader.read({ start: [t, 0, z, y, 0], size: [1, 1, 1, rows, truth.shape[4]] });
      const target = await read(readers[0]);
      if (hasCounted(target, readers[1] ? await read(readers[1]) : null)) return true;
    }
    return false;
  } finally {
    await Promise.all(readers.map((reader) => reader.close()));
  }
}

function hasCounted(target: PixelArray, weight: PixelArray | null): boolean {
  for (let i = 0; i < target.length; i++) if (target[i] !== 0 && (weight === null || weight[i] !== 0)) return true;
  return false;
}

/**
 * The weights of an image of whose pixels its file may hold a part only: voxels of which it holds no channel have weight 0.
 * @param shape [t, c, z, y, x] of raw
 * @param weight as the sample has it; null: all voxels count
 * @param t the time point that is read
 */
export function weightOfHeld(
  raw: OpenReader,
  weight: OpenReader | null,
  [, channels, ...zyx]: Readonly<Shape5>,
  t: number,
): OpenReader | null {
  const held = ({ start: [, , ...corner], size }: Region): Coverage =>
    ofAnyChannel(raw, channels, { start: [t, 0, ...corner], size });
  const shape: Shape5 = [1, 1, ...zyx];
  const bands = [...imageBands(shape, bandRows(shape, []))];
  const isWhole = bands.every(
    ({ z, y, rows }) => held({ start: [t, 0, z, y, 0], size: [1, 1, 1, rows, shape[4]] }) === null,
  );
  if (isWhole) return weight;
  return {
    read: async (region, options) => {
      const stored = weight ? await weight.read(region, options) : new Uint8Array(count(region.size)).fill(1);
      return whereHeld(stored, held(region)) ?? stored;
    },
    close: async () => weight?.close(),
  };
}

/** The weights of which both are non-zero; null: all pixels count. Closing it closes both. */
export function bothWeights(one: OpenReader | null, other: OpenReader | null): OpenReader | null {
  if (!one || !other) return one ?? other;
  return {
    read: async (region, options) => whereBoth(await one.read(region, options), await other.read(region, options)),
    close: async () => {
      await Promise.all([one.close(), other.close()]);
    },
  };
}

/** Weights, 0 where pixels are not held; null: all pixels count. */
export function whereHeld(weight: PixelArray | null, coverage: Coverage): PixelArray | null {
  return weight === null || coverage === null ? (weight ?? coverage) : whereBoth(weight, coverage);
}

/** 1 where both count, 0 elsewhere. */
export function whereBoth(one: PixelArray, other: PixelArray): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(one.length);
  for (let i = 0; i < both.length; i++) if (one[i] !== 0 && other[i] !== 0) both[i] = 1;
  return both;
}

/**
 * Opens all that a training reads of a time point of a sample.
 * @param hasNumbers whether the truth is opened for its numbers of objects, which `open` is told of
 * @throws SegmenterError where one of them cannot be opened; none stays open then
 */
export async function openParts(
  sample: Sample,
  t: number,
  open: (description: ImageDescription, role: PartRole, labels: boolean) => ReturnType<OpenPart>,
  hasNumbers = false,
): Promise<ImageParts & { notes: readonly string[] }> {
  const { raw, weight } = sample;
  const truth = sample[truthRole(sample)];
  if (!truth) throw new SegmenterError('internal', `sample ${sample.id} has no truth`);
  type Opened = Awaited<ReturnType<OpenPart>>[];
  const [readers, weights, known]: [Opened, Opened, Opened] = [[], [], []];
  try {
    // One by one: what is open must be known by the time that the next one fails.
    readers.push(await open(raw, 'raw', false));
    readers.push(await open(truth, truthRole(sample), hasNumbers));
    if (weight) weights.push(await open(weight, 'weight', false));
    if (truth.unknown) known.push(await open(truth, 'known', false));
  } catch (error) {
    await Promise.all([...readers, ...weights, ...known].map((reader) => reader.close()));
    throw error;
  }
  const valid = weightOfHeld(readers[0], weights[0] ?? null, raw.shape, t);
  const { z, y } = raw.pixelSize ?? { z: null, y: 1 };
  return {
    id: raw.shape[0] > 1 ? `${sample.id}, time point ${t}` : sample.id,
    t,
    isPredicted: sample.origin === 'predicted',
    ...(hasNumbers ? { hasNumbers } : {}),
    shape: raw.shape,
    dtype: raw.dtype,
    scale: raw.scale,
    channelNames: raw.channels.map((channel) => channel.name),
    anisotropy: z === null ? 1 : z / y,
    raw: readers[0],
    target: readers[1],
    weight: bothWeights(valid, known[0] ?? null),
    ...(known.length > 0 ? { valid } : {}),
    notes: [...readers, ...weights].flatMap((reader) => reader.notes ?? []),
  };
}
