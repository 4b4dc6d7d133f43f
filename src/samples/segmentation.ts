import { InvalidInputError, SegmenterError } from '../base/errors';
import { type ImageReader, openDescription, pathOfImage } from '../formats';
import type { Band } from '../image/bands';
import type { Coverage } from '../image/coverage';
import type { ImageDescription } from '../image/description';
import type { PixelArray } from '../image/dtype';
import { count, type Region, type Shape5 } from '../image/region';
import { type Judgement, NAN_REMEDY, NON_ZERO, type Purpose, REMEDY, type Refusal } from '../masks/foreground';
import { agree, ForegroundPixels } from '../masks/foreground-pixels';
import { foregroundText } from '../masks/foreground-text';
import { lookAtSegmentation } from './look-at-segmentation';

/** Pixels of an image that is kept between looking at it and reading it. */
const MOST_KEPT = 2 ** 22;

export interface SegmentationOptions {
  /** what the image is called in errors */
  name: string;
  purpose?: Purpose;
  /** gives the numbers of objects where the file has such, instead of only foreground */
  labels?: boolean;
  /**
   * in place of that: the values of a target (`masks/target.ts`), which tell what is unknown from background, or 1 where it
   * is known and 0 elsewhere
   */
  gives?: 'target' | 'known';
  /** takes what nobody can judge as it is stored: for showing it to a person */
  lenient?: boolean;
  /** what was decided of another level of the same image */
  judgement?: Judgement;
  open?: (image: ImageDescription) => Promise<ImageReader>;
  signal?: AbortSignal;
}

/**
 * A segmentation or mask: non-zero is foreground, or, where labels were asked for, the number of an object. What is unknown
 * is 0 too, unless it was asked for.
 */
export interface SegmentationReader extends ImageReader {
  /** what a person should know of how it was taken, beside what its description says already */
  readonly notes: readonly string[];
  readonly judgement: Judgement;
}

/**
 * Opens a segmentation by what its file says and what somebody said of it: every way in comes through here. Before the
 * first pixel some bands are looked at, and all until background is found; where pixels are read that these did not lead
 * to expect, all are looked at, and what does not fit is an error. Close it after use.
 * @throws SegmenterError `invalid-input` naming file, values and remedy where nobody can tell what is foreground; what
 *   `openDescription` throws
 */
export async function openSegmentation(
  image: ImageDescription,
  options: SegmentationOptions,
): Promise<SegmentationReader> {
  const stored = await openLabels(image, options.name, options.open);
  try {
    const kept = new KeptImage(stored);
    return new JudgedReader(kept, image, options.judgement ?? (await judgementOf(image, kept, options)), options);
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
    const found = await lookAtSegmentation(reader, purpose, { extent: 'brief', signal });
    return 'fault' in found ? { rule: NON_ZERO, isAssumed: false, hasLabels: true, notes: [] } : found;
  }
  const known = judgements.get(image);
  if (known) return known;
  return keep(image, lookFully(image, reader, { name, purpose, signal, extent: 'usual' }));
}

function keep(image: ImageDescription, judgement: Promise<Judgement>): Promise<Judgement> {
  judgements.set(image, judgement);
  judgement.catch(() => judgements.delete(image));
  return judgement;
}

async function lookFully(
  image: ImageDescription,
  reader: ImageReader,
  { name, purpose, extent, signal }: Look,
): Promise<Judgement> {
  const found = await lookAtSegmentation(reader, purpose, { extent, signal });
  if ('fault' in found) throw refused(image, name, found, purpose);
  return found;
}

interface Look {
  name: string;
  purpose: Purpose;
  extent: 'usual' | 'whole';
  signal?: AbortSignal;
}

/** A reader whose pixels pass through something. */
export abstract class PassingReader implements ImageReader {
  constructor(protected readonly stored: ImageReader) {}

  get desc(): ImageDescription {
    return this.stored.desc;
  }
  get shape(): ImageReader['shape'] {
    return this.stored.shape;
  }
  get dtype(): ImageReader['dtype'] {
    return this.stored.dtype;
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
  get parts(): ImageReader['parts'] {
    return this.stored.parts;
  }

  abstract read(region: Region, options?: { signal?: AbortSignal }): Promise<PixelArray>;

  readRows({ t, c, z, y, rows }: Band, options?: { signal?: AbortSignal }): Promise<PixelArray> {
    return this.read({ start: [t, c, z, y, 0], size: [1, 1, 1, rows, this.shape[4]] }, options);
  }

  coverage(region: Region): Coverage {
    return this.stored.coverage(region);
  }

  close(): Promise<void> {
    return this.stored.close();
  }
}

/** A small image that is read whole to be looked at, and then once more, is decoded once. */
class KeptImage extends PassingReader {
  private kept: PixelArray | null = null;
  private reads = 0;

  async read(region: Region, options?: { signal?: AbortSignal }): Promise<PixelArray> {
    const { kept } = this;
    this.kept = null;
    const pixels = count(this.shape);
    if (pixels > MOST_KEPT || count(region.size) < pixels || this.reads++ > 1) return this.stored.read(region, options);
    if (kept) return kept;
    this.kept = await this.stored.read(region, options);
    return this.kept;
  }
}

class JudgedReader extends PassingReader implements SegmentationReader {
  readonly notes: readonly string[];
  judgement: Judgement;
  private pixels: ForegroundPixels;

  constructor(
    stored: ImageReader,
    private readonly image: ImageDescription,
    judgement: Judgement,
    private readonly options: SegmentationOptions,
  ) {
    super(stored);
    const told = stored.desc.notes ?? [];
    this.notes = judgement.notes.filter((note) => !told.includes(note)).map((note) => `${options.name} ${note}`);
    this.judgement = judgement;
    this.pixels = new ForegroundPixels(judgement, stored.desc);
  }

  override get dtype(): ImageReader['dtype'] {
    return this.options.labels && this.judgement.hasLabels ? this.stored.dtype : 'uint8';
  }

  async read(region: Region, options?: { signal?: AbortSignal }): Promise<PixelArray> {
    const stored = await this.stored.read(region, options);
    const { labels = false, gives, lenient = false, name, purpose = 'segmentation' } = this.options;
    const unfit = lenient ? undefined : this.pixels.unfit(stored);
    if (unfit !== undefined) {
      const remedy = Number.isNaN(unfit) ? NAN_REMEDY : undefined;
      const fault = remedy ? 'has pixels that are NaN' : `holds ${unfit}, expected whole numbers from 0 on`;
      throw refused(this.desc, name, { fault, remedy }, purpose);
    }
    if (!lenient && this.pixels.hasUnseen(stored)) await this.judgeAll(options?.signal);
    if (gives) return gives === 'target' ? this.pixels.target(stored) : this.pixels.known(stored);
    return labels ? this.pixels.labels(stored) : this.pixels.foreground(stored);
  }

  /** By all pixels, where some that were not looked at may change what was assumed. */
  private async judgeAll(signal: AbortSignal | undefined): Promise<void> {
    const { image, judgement, options } = this;
    const { name, purpose = 'segmentation' } = options;
    const known = await judgements.get(image);
    const isKnown = known !== undefined && known.seen === undefined;
    const look = () => lookFully(image, this.stored, { name, purpose, signal, extent: 'whole' });
    const all = isKnown ? known : await keep(image, look());
    if (!agree(judgement, all)) {
      const fault = `holds other values in some parts than in others, by which ${foregroundText(all.rule)} is foreground`;
      throw refused(image, name, { fault: `${fault}, and not ${foregroundText(judgement.rule)}` }, purpose);
    }
    this.judgement = all;
    this.pixels = new ForegroundPixels(all, this.desc);
  }
}

function refused(image: ImageDescription, name: string, { fault, remedy }: Refusal, purpose: Purpose): SegmenterError {
  const path = pathOfImage(image);
  const usual = purpose === 'mask' ? 'save it with 0 outside and one other value inside' : REMEDY;
  return new SegmenterError('invalid-input', `${name} (${path}) ${fault}; ${remedy ?? usual}`, { path, fault });
}
