import { InvalidInputError, SegmenterError, throwIfCancelled } from '../base/errors';
import { type ImageReader, openDescription, pathOfImage } from '../formats';
import { type Band, bandCount, bandRows, imageBands } from '../image/bands';
import type { ImageDescription } from '../image/description';
import type { PixelArray } from '../image/dtype';
import { count, type Shape5 } from '../image/region';
import { valueCounter } from '../image/value-facts';
import { type Judgement, judge, NON_ZERO, type Purpose, REMEDY, type Refusal } from '../masks/foreground';
import { ForegroundPixels } from '../masks/foreground-pixels';
import { NeighbourCounter } from '../masks/neighbours';

/** Pixels that are looked at before the first is given away, about, in bands spread evenly over the image. */
const LOOK = 2 ** 24;
const LOOK_BANDS = 4;

export interface SegmentationOptions {
  /** what the image is called in errors */
  name: string;
  purpose?: Purpose;
  /** gives the numbers of objects where the file has such, instead of only foreground */
  labels?: boolean;
  /** takes what nobody can judge as it is stored: for showing it to a person */
  lenient?: boolean;
  open?: (image: ImageDescription) => Promise<ImageReader>;
  signal?: AbortSignal;
}

/** A segmentation or mask: non-zero is foreground, or, where labels were asked for, the number of an object. */
export interface SegmentationReader extends ImageReader {
  /** what a person should know of how it was taken */
  readonly notes: readonly string[];
}

/**
 * Opens a segmentation by what its file says and what somebody said of it: every way in comes through here. Before the
 * first pixel some bands are looked at, and all until background is found; what does not fit later is an error where it
 * is read. Close it after use.
 * @throws SegmenterError `invalid-input` naming file, values and remedy where nobody can tell what is foreground; what
 *   `openDescription` throws
 */
export async function openSegmentation(
  image: ImageDescription,
  options: SegmentationOptions,
): Promise<SegmentationReader> {
  const stored = await openLabels(image, options.name, options.open);
  try {
    return new JudgedReader(stored, await judgementOf(image, stored, options), options);
  } catch (error) {
    await stored.close();
    throw error;
  }
}

/**
 * Opens a segmentation as stored: one channel of indices, labels or whatever it holds.
 * @throws InvalidInputError for several channels that are no picture
 */
export async function openLabels(
  image: ImageDescription,
  name: string,
  open: (image: ImageDescription) => Promise<ImageReader> = openDescription,
): Promise<ImageReader> {
  const reader = await open(image);
  const [t, c, z, y, x] = reader.shape;
  if (c === 1) return reader;
  await reader.close();
  const { colour, alpha } = reader.appearance;
  const samples = colour ? 3 : alpha;
  const isWhole = samples !== undefined && (c === samples || c === samples + 1) && image.select?.c === undefined;
  if (!isWhole) throw new InvalidInputError(`${name}: channels`, '1 (choose one where the image is loaded)', c);
  const { region } = image;
  const start = region && ([region.start[0], 0, ...region.start.slice(2)] as Shape5);
  return open({
    ...image,
    labels: true,
    shape: [t, 1, z, y, x],
    channels: [{ index: 0, name: 'Labels' }],
    ...(region && start ? { region: { start, size: [t, 1, z, y, x] } } : {}),
  });
}

/** By the description itself: the time points of a series, and the steps of a job, judge each file once. */
const judgements = new WeakMap<ImageDescription, Promise<Judgement>>();

async function judgementOf(
  image: ImageDescription,
  reader: ImageReader,
  { name, purpose = 'segmentation', lenient = false, signal }: SegmentationOptions,
): Promise<Judgement> {
  if (lenient) {
    const found = await lookAt(image, reader, purpose, true, signal);
    return 'fault' in found ? { rule: NON_ZERO, isAssumed: false, hasLabels: true, notes: [] } : found;
  }
  const known = judgements.get(image);
  if (known) return known;
  const judgement = lookAt(image, reader, purpose, false, signal).then((found) => {
    if ('fault' in found) throw refused(image, name, found.fault, purpose);
    return found;
  });
  judgements.set(image, judgement);
  judgement.catch(() => judgements.delete(image));
  return judgement;
}

/** @param brief leaves it at some bands: background that they lack is not looked for */
async function lookAt(
  { foreground, scale }: ImageDescription,
  reader: ImageReader,
  purpose: Purpose,
  brief: boolean,
  signal: AbortSignal | undefined,
): Promise<Judgement | Refusal> {
  const { shape, dtype, block, appearance } = reader;
  const values = valueCounter(dtype);
  const neighbours = new NeighbourCounter();
  const verdict = () =>
    judge({ ...values.facts(), unlike: neighbours.unlike(), appearance, scale }, foreground, purpose);
  if (foreground) return verdict();
  const rows = bandRows(shape, [block[3]], LOOK / LOOK_BANDS);
  const bands = bandCount(shape, rows);
  const looked = count(shape) <= LOOK ? bands : Math.min(bands, LOOK_BANDS);
  const first = new Set(Array.from({ length: looked }, (_, i) => Math.floor(((i + 0.5) * bands) / looked)));
  const look = async (isWanted: (at: number) => boolean, isEnough: () => boolean) => {
    let at = 0;
    for (const band of imageBands(shape, rows)) {
      if (!isWanted(at++)) continue;
      throwIfCancelled(signal, 'looking at a segmentation');
      const pixels = await reader.readRows(band, { signal });
      values.add(pixels);
      neighbours.add(pixels);
      await new Promise((resolve) => setImmediate(resolve));
      if (isEnough()) return;
    }
  };
  await look(
    (at) => first.has(at),
    () => false,
  );
  const found = verdict();
  if (brief || !('fault' in found && found.lacksBackground)) return found;
  await look(
    (at) => !first.has(at),
    () => {
      const now = verdict();
      return !('fault' in now && now.lacksBackground);
    },
  );
  return verdict();
}

class JudgedReader implements SegmentationReader {
  readonly dtype: ImageReader['dtype'];
  readonly notes: readonly string[];
  private readonly pixels: ForegroundPixels;

  constructor(
    private readonly stored: ImageReader,
    judgement: Judgement,
    private readonly options: SegmentationOptions,
  ) {
    this.dtype = options.labels && judgement.hasLabels ? stored.dtype : 'uint8';
    this.notes = judgement.notes;
    this.pixels = new ForegroundPixels(judgement, stored.desc.scale);
  }

  get desc(): ImageDescription {
    return this.stored.desc;
  }
  get shape(): ImageReader['shape'] {
    return this.stored.shape;
  }
  get block(): ImageReader['block'] {
    return this.stored.block;
  }
  get levels(): ImageReader['levels'] {
    return this.stored.levels;
  }
  get appearance(): ImageReader['appearance'] {
    return this.stored.appearance;
  }

  async read(...[region, options]: Parameters<ImageReader['read']>): Promise<PixelArray> {
    return this.judged(await this.stored.read(region, options));
  }

  async readRows(band: Band, options?: { signal?: AbortSignal }): Promise<PixelArray> {
    return this.judged(await this.stored.readRows(band, options));
  }

  close(): Promise<void> {
    return this.stored.close();
  }

  private judged(stored: PixelArray): PixelArray {
    const { labels = false, lenient = false, name, purpose = 'segmentation' } = this.options;
    const unfit = lenient ? undefined : this.pixels.unfit(stored);
    if (unfit !== undefined)
      throw refused(this.desc, name, `holds ${unfit}, expected whole numbers from 0 on`, purpose);
    return labels ? this.pixels.labels(stored) : this.pixels.foreground(stored);
  }
}

function refused(image: ImageDescription, name: string, fault: string, purpose: Purpose): SegmenterError {
  const path = pathOfImage(image);
  const remedy = purpose === 'mask' ? 'save it with 0 outside and one other value inside' : REMEDY;
  return new SegmenterError('invalid-input', `${name} (${path}) ${fault}; ${remedy}`, { path, fault });
}
