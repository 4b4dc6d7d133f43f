import { InvalidInputError } from '../base/errors';
import { canonicalJson } from '../base/plain-json';
import { fileVersion, type ImageReader, openDescription, pathOfImage } from '../formats';
import type { Halving } from '../formats/pyramid';
import { decisiveOf, type ImageDescription } from '../image/description';
import type { DType, PixelArray } from '../image/dtype';
import type { Region, Shape5 } from '../image/region';
import type { Purpose } from '../masks/foreground';
import { openNumbered } from '../samples/numbered-segmentation';
import { openSegmentation, type SegmentationReader } from '../samples/segmentation';
import { toUri } from '../storage/paths';
import { isWebAddress } from '../storage/roots';
import { type PictureLevel, pictureLevels } from './levels';

/** What an image that is no picture is drawn as: its foreground, or the numbers of its objects. */
export type DrawnAs = Purpose | 'numbers';

/** Images that stay open, and how long without a request, in milliseconds. */
const MOST_OPEN = 8;
const IDLE_MS = 60_000;

/** How much the making of a tile reads and holds at a time. None of it changes a pixel of a plane. */
export interface ViewLimits {
  /** pixels of a band, about */
  bandPixels: number;
  /** pixels of the volume in memory that sections of a stack are cut from; they are coarser where it has more */
  volumePixels: number;
  /** pixels in the blocks that a section touches: up to so many it is read from the file itself */
  sectionPixels: number;
  /** pixels of a stack that is gone through for its maximum, where the file holds a smaller level */
  stackPixels: number;
}

/** What the making of a tile heeds. */
export interface PictureContext {
  signal: AbortSignal;
  limits: ViewLimits;
}

/**
 * An image that is drawn: as it is (64-bit floats as 32-bit ones), or a segmentation or mask as 0 and 1, or, where some of a
 * segmentation is unknown, as a target; numbers of objects as `openNumbered` gives them.
 */
export class OpenPicture {
  readonly shape: Shape5;
  readonly dtype: DType;
  readonly levels: PictureLevel[];
  readonly halving: Halving;
  private readonly readers = new Map<number, Promise<ImageReader>>();

  /**
   * @param key tells this picture, with the content of its file, from every other
   * @param purpose null for an image that is neither segmentation nor mask
   * @param first reads level 0
   */
  constructor(
    readonly key: string,
    readonly desc: ImageDescription,
    readonly purpose: DrawnAs | null,
    first: ImageReader,
  ) {
    this.shape = first.shape;
    const isMask = purpose !== null;
    this.dtype =
      purpose === 'numbers' ? 'uint32' : isMask ? 'uint8' : first.dtype === 'float64' ? 'float32' : first.dtype;
    this.halving = isMask ? 'largest' : 'mean';
    const whole = desc.region === undefined && desc.level === 0;
    this.levels = pictureLevels(this.shape, whole ? first.levels : [first.shape]);
    this.readers.set(0, Promise.resolve(first));
  }

  /** Opens a reader of a level of the file. @param stored 0, or a level of {@link levels} that the file holds */
  reader(stored: number): Promise<ImageReader> {
    const known = this.readers.get(stored);
    if (known) return known;
    const opening = this.openLevel(stored);
    this.readers.set(stored, opening);
    opening.catch(() => this.readers.delete(stored));
    return opening;
  }

  /** Reads the pixels of a block of a level of the file, as they are drawn. */
  async read(stored: number, region: Region, signal: AbortSignal): Promise<PixelArray> {
    return this.drawn(await (await this.reader(stored)).read(region, { signal }));
  }

  async close(): Promise<void> {
    const open = await Promise.allSettled(this.readers.values());
    for (const reader of open) if (reader.status === 'fulfilled') await reader.value.close().catch(() => undefined);
  }

  private async openLevel(stored: number): Promise<ImageReader> {
    const first = await this.reader(0);
    const [, , ...size] = first.levels[stored];
    return openPixels(
      { ...this.desc, level: stored, shape: [this.shape[0], this.desc.shape[1], ...size] },
      this.purpose,
      first,
    );
  }

  private drawn(pixels: PixelArray): PixelArray {
    if (this.purpose === null) return pixels instanceof Float64Array ? Float32Array.from(pixels) : pixels;
    if (this.purpose === 'numbers' || givesTarget(this.desc, this.purpose)) return pixels;
    const mask = new Uint8Array(pixels.length);
    for (let i = 0; i < pixels.length; i++) mask[i] = pixels[i] === 0 ? 0 : 1;
    return mask;
  }
}

interface Kept {
  picture: Promise<OpenPicture>;
  timer: NodeJS.Timeout;
}

/** Module state on purpose: a page asks for many tiles of few images. Oldest use first. */
const open = new Map<string, Kept>();

/**
 * Opens the picture of an image, or takes it open from an earlier request where its file is still the same.
 * @param purpose null for an image that is neither segmentation nor mask
 * @param resolve a path or address that may be read, from one that a description names
 * @throws SegmenterError `invalid-input`, `not-allowed`, `not-found`; what opening an image throws
 */
export async function openPicture(
  desc: ImageDescription,
  purpose: DrawnAs | null,
  resolve: (path: string) => Promise<string>,
): Promise<OpenPicture> {
  const path = await resolve(pathOfImage(desc));
  const uri = isWebAddress(path) ? path : toUri(path);
  const key = canonicalJson({ ...decisiveOf(desc), uri, purpose, now: await fileVersion(path) });
  const known = open.get(key);
  if (known) open.delete(key);
  else makeRoom();
  if (known) clearTimeout(known.timer);
  const picture = known?.picture ?? openFirst(key, { ...desc, uri }, purpose);
  const timer = setTimeout(() => forget(key), IDLE_MS).unref();
  open.set(key, { picture, timer });
  picture.catch(() => forget(key));
  return picture;
}

async function openFirst(key: string, desc: ImageDescription, purpose: DrawnAs | null): Promise<OpenPicture> {
  return new OpenPicture(key, desc, purpose, await openPixels(desc, purpose));
}

/**
 * A segmentation is drawn as it is taken; one that nobody can judge as it is stored: people see it to mend it.
 * @param first reads level 0 of it
 */
function openPixels(
  desc: ImageDescription,
  purpose: DrawnAs | null,
  first: Partial<SegmentationReader> = {},
): Promise<ImageReader> {
  if (purpose === null) return openDescription(desc);
  const { judgement } = first;
  const lenient = { name: `${purpose} ${desc.id}`, lenient: true, judgement };
  if (purpose === 'numbers') return openNumbered(desc, lenient);
  const gives = givesTarget(desc, purpose) ? ({ gives: 'target' } as const) : {};
  return openSegmentation(desc, { ...lenient, purpose, ...gives });
}

function givesTarget({ unknown }: ImageDescription, purpose: DrawnAs | null): boolean {
  return purpose === 'segmentation' && unknown !== undefined;
}

function makeRoom(): void {
  for (const key of open.keys()) {
    if (open.size < MOST_OPEN) return;
    forget(key);
  }
}

function forget(key: string): void {
  const kept = open.get(key);
  if (!kept) return;
  clearTimeout(kept.timer);
  open.delete(key);
  kept.picture.then((picture) => picture.close()).catch(() => undefined);
}

/** Checks a number along an axis of a picture. @throws InvalidInputError */
export function checkPlace(name: string, value: number, size: number): void {
  if (Number.isInteger(value) && value >= 0 && value < size) return;
  throw new InvalidInputError(name, `0 to ${size - 1}`, value);
}
