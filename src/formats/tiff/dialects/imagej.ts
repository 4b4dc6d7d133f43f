import { CorruptFileError } from '../../../base/errors';
import type { PixelSize } from '../../../image/description';
import type { WriteInfo } from '../../source';
import { micrometresIn, notesOnUnits, pixelSizeOf, secondsIn } from '../../units';
import { keyValues, type Resolution, type TiffDocument } from '../document';
import type { Page } from '../page';
import { arrangePages, takenFor } from '../page-axes';
import { contiguousPages, describePage, samePlane, type TiffScene } from '../scene';
import { fullPages, smallerPages } from './plain';

/** What ImageJ writes into a TIFF's description. */
export interface ImageJMetadata {
  images: number;
  channels: number;
  slices: number;
  frames: number;
  /** micrometres between slices, or null */
  spacing: number | null;
  /** micrometres in the units of X- and YResolution, or null */
  unitX: number | null;
  unitY: number | null;
  /** what a person should know, such as units that are not understood */
  notes: string[];
  /** seconds between frames, or null */
  interval: number | null;
  /** from a calibration function that is a plain factor */
  scale?: number;
}

/** Tells whether a TIFF's description is that of ImageJ. */
export function isImageJ({ description }: Pick<TiffDocument, 'description'>): boolean {
  return description.startsWith('ImageJ=');
}

/** Reads ImageJ's lines `key=value`. */
export function parseImageJ(description: string): ImageJMetadata {
  const values = keyValues(description);
  const number = (key: string, otherwise: number): number => {
    const value = Number(values.get(key) ?? otherwise);
    return Number.isFinite(value) ? value : otherwise;
  };
  const count = (key: string): number | null => {
    const value = number(key, 0);
    return Number.isInteger(value) && value > 0 ? value : null;
  };
  // The other axes have units of their own where they differ from that of x.
  const unit = values.get('unit') ?? '';
  const [yUnit, zUnit] = [values.get('yunit') ?? unit, values.get('zunit') ?? unit];
  // ImageJ keeps a negative spacing for stacks that run downwards.
  const spacing = Math.abs(number('spacing', 0)) * (micrometresIn(zUnit) ?? 0);
  const interval = number('finterval', 0) * (secondsIn(values.get('tunit') ?? 'sec') ?? 0);
  const channels = count('channels') ?? 1;
  const frames = count('frames') ?? 1;
  const images = count('images') ?? channels * frames * (count('slices') ?? 1);
  return {
    images,
    channels,
    // A plain stack states its images alone.
    slices: count('slices') ?? Math.max(1, Math.floor(images / (channels * frames))),
    frames,
    spacing: spacing > 0 ? spacing : null,
    unitX: micrometresIn(unit),
    unitY: micrometresIn(yUnit),
    notes: [...notesOnUnits([unit, yUnit, zUnit]), ...notesOnSpacing(values.get('spacing'))],
    interval: interval > 0 ? interval : null,
    ...readScale(values, number),
  };
}

/** A distance of planes that is no number, or none: the size along z is left out then. */
function notesOnSpacing(text: string | undefined): string[] {
  if (text === undefined || (Number.isFinite(Number(text)) && Number(text) !== 0)) return [];
  return [`a distance of planes (spacing=${text.slice(0, 20)}) that is not understood; the size along z is left out`];
}

/** Micrometres along each axis from the resolution in ImageJ's units. */
function imageJPixelSize({ spacing, unitX, unitY }: ImageJMetadata, { x, y }: Resolution): PixelSize | null {
  return unitX === null || unitY === null ? null : pixelSizeOf(spacing, unitY / y, unitX / x);
}

/** ImageJ's function 0 is value = c0 + c1 * stored; c0 = 0 is our scale. */
function readScale(
  values: Map<string, string>,
  number: (key: string, otherwise: number) => number,
): { scale?: number } {
  const factor = number('c1', 1);
  const plain = values.has('c1') && number('cf', -1) === 0 && number('c0', 0) === 0 && factor > 0;
  return plain && factor !== 1 ? { scale: factor } : {};
}

/**
 * Reads ImageJ's hyperstack: pages in the order channel (fastest), z, t. Smaller versions and pages of other kinds
 * behind the stack (thumbnails, overviews) are not counted; channels may be counted with the samples of a colour page,
 * as Bio-Formats does. Where the numbers do not multiply to that of the pages, they are taken for z planes, as ImageJ
 * does, and noted.
 * @throws CorruptFileError for fewer pages than are stated
 */
export function imageJScenes({ pages: all, description, resolution }: TiffDocument): TiffScene[] {
  const metadata = parseImageJ(description);
  const { frames, slices, notes } = metadata;
  const full = fullPages(all);
  const groups = groupsOf(metadata, full[0]);
  const stated = groups * slices * frames;
  const pages = stackOf(full, metadata, stated);
  const behind = full.length > 1 ? full.length - pages.length : 0;
  const fits = pages.length === stated;
  const arranged = fits
    ? arrangePages(pages, [
        { axis: 't', size: frames },
        { axis: 'z', size: slices },
        { axis: 'c', size: groups },
      ])
    : arrangePages(pages, [{ axis: 'z', size: pages.length }]);
  const because = `: ImageJ's description states ${describeCounts(metadata)}`;
  const scene: TiffScene = {
    format: 'tiff',
    ...arranged,
    channelNames: [],
    pixelSize: imageJPixelSize(metadata, resolution),
    smaller: smallerPages(all),
    notes: behind > 0 ? [...notes, `pages of other kinds behind the stack, which are left out: ${behind}`] : notes,
    ...(fits ? {} : { unclear: { why: takenFor(pages.length, 'z', because), refused: false } }),
    ...(metadata.scale === undefined ? {} : { scale: metadata.scale }),
    ...(metadata.interval === null ? {} : { acquisition: { timeIncrement: metadata.interval } }),
  };
  return [scene];
}

/** Pages per slice and frame: of colour pages ImageJ counts no channels, Bio-Formats and others each sample. */
function groupsOf({ channels }: ImageJMetadata, { samples }: Page): number {
  return samples > 1 && channels % samples === 0 ? channels / samples : channels;
}

/** The pages that the description speaks of. */
function stackOf(full: readonly Page[], metadata: ImageJMetadata, stated: number): Page[] {
  const [first] = full;
  const { path } = first.tiff.file;
  const { images } = metadata;
  // One directory stands for a whole stack above 4 GB; the samples of one page are no stack.
  if (full.length === 1 && stated > 1) return contiguousPages(first, first.samples > 1 ? stated : images);
  const odd = full.findIndex((page) => !samePlane(page, first));
  const pages = odd < 0 ? [...full] : full.slice(0, odd);
  if (pages.length >= Math.min(stated, images)) return pages;
  if (odd >= 0 && full.length >= stated) {
    const kinds = `${describePage(first)} and ${describePage(full[odd])}`;
    throw new CorruptFileError(path, `mixes pages of ${kinds} in a stack`);
  }
  throw new CorruptFileError(
    path,
    `ImageJ's description states ${describeCounts(metadata)}, but the file has ${full.length}`,
  );
}

function describeCounts({ images, channels, slices, frames }: ImageJMetadata): string {
  return `${images} images (${channels} channels, ${slices} slices, ${frames} frames)`;
}

/** Makes the description that ImageJ writes, for planes stored c fastest, then z, then t. */
export function imageJDescription({ shape: [t, c, z], pixelSize, scale, acquisition }: WriteInfo): string {
  const lines = ['ImageJ=1.54f', `images=${t * c * z}`];
  if (c > 1) lines.push(`channels=${c}`);
  if (z > 1) lines.push(`slices=${z}`);
  if (t > 1) lines.push(`frames=${t}`);
  if (c > 1 || t > 1) lines.push('hyperstack=true', 'mode=grayscale');
  if (scale !== undefined) lines.push('cf=0', 'c0=0', `c1=${scale}`, 'vunit=value');
  if (pixelSize) lines.push('unit=micron');
  if (pixelSize && pixelSize.z !== null) lines.push(`spacing=${pixelSize.z}`);
  if (acquisition?.timeIncrement !== undefined) lines.push(`finterval=${acquisition.timeIncrement}`);
  lines.push('loop=false');
  return `${lines.join('\n')}\n`;
}
