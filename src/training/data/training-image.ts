import { type Band, scaleBands } from '../../image/bands';
import { allocate, type PixelArray } from '../../image/dtype';
import { type Normalisation, type NormalisationRule, streamNormalisation } from '../../image/normalisation';
import type { Region, Shape5, Zyx } from '../../image/region';
import type { PatchSource } from '../../patches/patch-pixels';
import { type BlockPixels, type Box, fillPatchPixels, type PatchPixels, windowOf } from '../../patches/patch-pixels';
import { type SamplingIndex, SamplingIndexBuilder } from '../../patches/sampling-index';
import { FirstLook, type Looks } from './check-images';
import { type ImageParts, type OpenReader, whereHeld } from './open-part';

/** An image in training: its patches are read from memory or, region by region, from its files. */
export class TrainingImage implements PatchSource {
  readonly channels: number;
  readonly anisotropy: number;

  private constructor(
    private readonly parts: ImageParts,
    /** stored pixels where the image is held in memory */
    private readonly held: Pick<BlockPixels, 'raw' | 'target' | 'weight'> | null,
    /** with weights in mind, for training */
    readonly normalisation: readonly Normalisation[],
    private readonly rule: NormalisationRule,
    readonly index: SamplingIndex,
    /** what its pixels say, as far as they were looked at */
    readonly looks: Looks,
    /** voxels outside of it have weight 0 */
    readonly trainable: Box | null,
  ) {
    this.channels = parts.shape[1];
    this.anisotropy = parts.anisotropy;
  }

  get id(): string {
    return this.parts.id;
  }

  /** A model says what its target says, where it is sure. */
  get isPredicted(): boolean {
    return this.parts.isPredicted ?? false;
  }

  /** [z, y, x] */
  get shape(): Zyx {
    return zyxOf(this.parts.shape);
  }

  /**
   * Measures an image band by band.
   * @param hold keep its pixels in memory; the patches are the same either way
   * @param masked normalise by voxels that are not excluded only, as in training; else by all, as in prediction
   * @throws SegmenterError `invalid-input` on NaN pixels
   */
  static async load(
    parts: ImageParts,
    rule: NormalisationRule,
    hold: boolean,
    masked: boolean,
  ): Promise<TrainingImage> {
    const shape = zyxOf(parts.shape);
    const held = hold ? await readAll(parts) : null;
    const index = await buildIndex(parts, held, shape, null);
    // Of an image that is excluded as a whole there is nothing to learn; its caller leaves it out.
    const look = new FirstLook(parts);
    const normalisation = await measure(parts, rule, held, shape, masked && index.includedCount > 0, look);
    if (hold) await closeReaders(parts);
    return new TrainingImage(parts, held, normalisation, rule, index, look.looks(), null);
  }

  /** The same image, of which only a box has weight. */
  async restricted(box: Box): Promise<TrainingImage> {
    const index = await buildIndex(this.parts, this.held, this.shape, box);
    return new TrainingImage(this.parts, this.held, this.normalisation, this.rule, index, this.looks, box);
  }

  /** The same image, normalised as in prediction: by all its voxels. */
  async unmasked(): Promise<TrainingImage> {
    if (this.parts.weight === null) return this;
    const normalisation = await measure(this.parts, this.rule, this.held, this.shape, false);
    return new TrainingImage(this.parts, this.held, normalisation, this.rule, this.index, this.looks, this.trainable);
  }

  async read(start: Readonly<Zyx>, size: Readonly<Zyx>, into: PatchPixels): Promise<void> {
    const { shape, normalisation, trainable } = this;
    const { hasNumbers } = this.parts;
    if (this.held) {
      const window: Box = { start: [0, 0, 0], end: shape };
      fillPatchPixels({ ...this.held, shape, window, normalisation, trainable, hasNumbers }, start, size, into);
      return;
    }
    const window = windowOf(shape, start, size);
    const pixels = await readBox(this.parts, window);
    fillPatchPixels({ ...pixels, shape, window, normalisation, trainable, hasNumbers }, start, size, into);
  }

  async close(): Promise<void> {
    if (!this.held) await closeReaders(this.parts);
  }
}

/** Ends the reading of an image's files. */
export async function closeReaders({ raw, target, weight }: ImageParts): Promise<void> {
  await Promise.all([raw.close(), target.close(), weight?.close()]);
}

/** Bytes that holding an image takes. */
export function bytesHeld({
  shape,
  dtype,
  weight,
  hasNumbers,
}: Pick<ImageParts, 'shape' | 'dtype' | 'weight' | 'hasNumbers'>): number {
  const voxels = shape[2] * shape[3] * shape[4];
  return voxels * (shape[1] * allocate(dtype, 0).BYTES_PER_ELEMENT + (hasNumbers ? 4 : 1) + (weight ? 1 : 0));
}

function zyxOf([, , z, y, x]: Readonly<Shape5>): Zyx {
  return [z, y, x];
}

function readAll(parts: ImageParts): Promise<Pick<BlockPixels, 'raw' | 'target' | 'weight'>> {
  return readBox(parts, { start: [0, 0, 0], end: zyxOf(parts.shape) });
}

async function readBox(
  parts: ImageParts,
  { start, end }: Box,
): Promise<Pick<BlockPixels, 'raw' | 'target' | 'weight'>> {
  const region = (channels: number): Region => ({
    start: [parts.t, 0, ...start],
    size: [1, channels, end[0] - start[0], end[1] - start[1], end[2] - start[2]],
  });
  return {
    raw: await parts.raw.read(region(parts.shape[1])),
    target: await parts.target.read(region(1)),
    weight: parts.weight && (await parts.weight.read(region(1))),
  };
}

/** A band of the target, the weight or a channel, from memory or file. */
async function readBand(
  reader: OpenReader,
  held: PixelArray | null | undefined,
  parts: ImageParts,
  band: Band,
): Promise<PixelArray> {
  const [, , depth, height, width] = parts.shape;
  if (held) {
    const from = ((band.c * depth + band.z) * height + band.y) * width;
    return held.subarray(from, from + band.rows * width);
  }
  return reader.read(regionOf(parts, band));
}

function regionOf({ shape, t }: ImageParts, { c, z, y, rows }: Band): Region {
  return { start: [t, c, z, y, 0], size: [1, 1, 1, rows, shape[4]] };
}

/** The bands of one channel. */
function* channelBands({ shape, t }: ImageParts, c: number): Generator<Band> {
  for (const band of scaleBands(shape)) yield { t, c, ...band };
}

async function buildIndex(
  parts: ImageParts,
  held: Pick<BlockPixels, 'target' | 'weight'> | null,
  shape: Zyx,
  box: Box | null,
): Promise<SamplingIndex> {
  const builder = new SamplingIndexBuilder(shape);
  for (const band of channelBands(parts, 0)) {
    const target = await readBand(parts.target, held?.target, parts, band);
    const stored = parts.weight && (await readBand(parts.weight, held?.weight, parts, band));
    builder.addRows(band.z, band.y, target, box ? restricted(stored, box, band, shape[2]) : stored);
  }
  return builder.build();
}

/** Weights of a band, 0 outside of a box. */
function restricted(stored: PixelArray | null, box: Box, { z, y: firstRow, rows }: Band, width: number): Uint8Array {
  const weight = new Uint8Array(rows * width);
  if (z < box.start[0] || z >= box.end[0]) return weight;
  const end = Math.min(box.end[1], firstRow + rows);
  for (let y = Math.max(box.start[1], firstRow); y < end; y++) {
    for (let x = box.start[2]; x < box.end[2]; x++) {
      const i = (y - firstRow) * width + x;
      weight[i] = stored === null || stored[i] !== 0 ? 1 : 0;
    }
  }
  return weight;
}

async function measure(
  parts: ImageParts,
  rule: NormalisationRule,
  held: Pick<BlockPixels, 'raw' | 'weight'> | null,
  shape: Zyx,
  masked: boolean,
  look?: FirstLook,
): Promise<Normalisation[]> {
  const normalisations: Normalisation[] = [];
  // What counts for the statistics is held in memory only where it is what counts for all.
  const [valid, heldValid] = parts.valid === undefined ? [parts.weight, held?.weight] : [parts.valid, null];
  for (let c = 0; c < parts.shape[1]; c++) {
    const channelHeld = (band: Band) => parts.raw.coverage?.(regionOf(parts, band)) ?? null;
    // What is missing as a whole is normalised as it reads.
    const isThere = [...channelBands(parts, c)].some((band) => channelHeld(band)?.includes(1) ?? true);
    let passes = 0;
    const bands = async function* () {
      passes++;
      for (const band of channelBands(parts, c)) {
        const weights = { ...band, c: 0 };
        const stored = masked && valid ? await readBand(valid, heldValid, parts, weights) : null;
        const coverage = isThere ? channelHeld(band) : null;
        const weight = whereHeld(stored, coverage);
        const pixels = await readBand(parts.raw, held?.raw, parts, band);
        if (look && passes === 1) look.see(band, pixels, coverage);
        yield { pixels, weight };
      }
    };
    const name = `${parts.id}, channel ${parts.channelNames[c] ?? c}`;
    const voxels = shape[0] * shape[1] * shape[2];
    normalisations.push(await streamNormalisation(rule, parts.dtype, voxels, bands, name, { scale: parts.scale }));
  }
  return normalisations;
}
