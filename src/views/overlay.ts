import sharp from 'sharp';
import { checkSameExtent } from '../masks/planes';
import { middlePlane } from './middle-plane';
import { checkPlace, type OpenPicture, type PictureContext } from './open-picture';
import { CHANNEL_COLOURS, type Rgb, rgbOf } from './overlay-colours';
import { enlargeLayers, type Layers, paintLayers } from './overlay-paint';
import { levelFor, type Planes, type Size, smallMask, smallMeans } from './small-plane';

/** What was found in an image: foreground, numbered objects, or how sure it is that something is there. */
export interface Found {
  kind: 'mask' | 'labels' | 'probability';
  picture: OpenPicture;
  /** of a probability, in the quantity that its scale gives: from here on it counts as found against a truth */
  threshold: number;
}

/** The images of a sample that are drawn together; all but the raw one have one channel. */
export interface OverlayPictures {
  raw: OpenPicture;
  found: Found | null;
  truth: OpenPicture | null;
  /** 0 where nothing is judged */
  weight: OpenPicture | null;
}

export interface OverlayView {
  /** of raw, added up in colours where there are several */
  channels: readonly number[];
  t: number;
  /** `middle` of what is foreground, `max`: the maximum along z of every image */
  z: number | 'middle' | 'max';
  /** pixels of the longer side, at most; what is smaller is enlarged in whole steps, so that outlines stay thin */
  longest: number;
  /** `plain`: the raw image alone */
  style: 'overlay' | 'plain';
}

/** Percentiles that become black and white, as on the pages. */
const [BLACK, WHITE] = [0.001, 0.999];
const PNG = { compressionLevel: 6, adaptiveFiltering: true } as const;

/**
 * Draws a plane of a sample for eyes: the raw image with good contrast, over it what was found, against a truth in three
 * colours. Of a large plane the level of the file is read that fits, or squares of it, band by band.
 * @returns a PNG, and the plane that it shows; null for the maximum
 * @throws InvalidInputError where a place lies outside the image or images do not fit each other
 */
export async function drawOverlay(
  pictures: OverlayPictures,
  view: OverlayView,
  context: PictureContext,
): Promise<{ png: Buffer; size: Size; z: number | null }> {
  const { raw } = pictures;
  const [times, channels, depth, height, width] = raw.shape;
  checkPlace('t', view.t, times);
  for (const c of view.channels) checkPlace('channel', c, channels);
  for (const [name, picture] of Object.entries(layersOf(pictures))) {
    checkSameExtent(picture.shape, name, raw.shape, 'raw');
  }
  const z = view.z === 'max' ? null : view.z === 'middle' ? await middleOf(pictures, view.t, context) : view.z;
  if (z !== null) checkPlace('z', z, depth);
  const planes = { t: view.t, z: z ?? 0, depth: z === null ? depth : 1 };
  const factor = Math.min(1, view.longest / Math.max(height, width));
  const read: Size = [Math.max(1, Math.round(height * factor)), Math.max(1, Math.round(width * factor))];
  const step = Math.max(1, Math.floor(view.longest / Math.max(...read)));
  const size: Size = [read[0] * step, read[1] * step];
  const rgb = await rawPixels(raw, view.channels, planes, read, size, context);
  if (view.style === 'overlay') {
    paintLayers(rgb, size, enlargeLayers(await readLayers(pictures, planes, read, context), read, step));
  }
  const png = await sharp(rgb, { raw: { width: size[1], height: size[0], channels: 3 } })
    .png(PNG)
    .toBuffer();
  return { png, size, z };
}

function layersOf({ found, truth, weight }: OverlayPictures): Record<string, OpenPicture> {
  return {
    ...(found ? { [found.kind]: found.picture } : {}),
    ...(truth ? { truth } : {}),
    ...(weight ? { weight } : {}),
  };
}

/** The plane in the middle of what was found, else of what is true, else of the stack. */
async function middleOf({ raw, found, truth }: OverlayPictures, t: number, context: PictureContext): Promise<number> {
  const at = found?.kind === 'probability' ? stored(found) : 0;
  const middle =
    (found && (await middlePlane(found.picture, t, at, context))) ??
    (truth && (await middlePlane(truth, t, 0, context)));
  return middle ?? Math.floor(raw.shape[2] / 2);
}

async function readLayers(
  { found, truth, weight }: OverlayPictures,
  planes: Omit<Planes, 'c'>,
  size: Size,
  context: PictureContext,
): Promise<Layers> {
  const at = { ...planes, c: 0 };
  const isMap = found?.kind === 'probability';
  const map = isMap ? await smallMeans(found.picture, at, size, context) : null;
  const trueMask = truth && (await smallMask(truth, at, size, context));
  const weights = weight && (await smallMeans(weight, at, size, context));
  const foundMask = found && !isMap ? await smallMask(found.picture, at, size, context) : null;
  const scale = found?.picture.desc.scale ?? 1;
  return {
    found: map && found && trueMask ? aboveThreshold(map, stored(found)) : foundMask,
    probability: map?.map((value) => value * scale) ?? null,
    truth: trueMask,
    excluded: weights && Uint8Array.from(weights, (value) => (value < 0.5 ? 1 : 0)),
  };
}

function stored({ threshold, picture }: Found): number {
  return threshold / (picture.desc.scale ?? 1);
}

function aboveThreshold(map: Float32Array, threshold: number) {
  const inside = Uint8Array.from(map, (value) => (value > threshold ? 1 : 0));
  return { inside, values: Float64Array.from(inside), unknown: new Uint8Array(map.length) };
}

/** The raw image in colours, [y, x, 3] of `size`; it is shrunk as whole squares first and then smoothly. @param least read */
async function rawPixels(
  raw: OpenPicture,
  channels: readonly number[],
  planes: Omit<Planes, 'c'>,
  least: Size,
  size: Size,
  context: PictureContext,
): Promise<Uint8Array> {
  const level = raw.levels[levelFor(raw, least)].size;
  const k = Math.max(1, Math.floor(Math.max(...level) / Math.max(...least)));
  const squares: Size = [Math.ceil(level[0] / k), Math.ceil(level[1] / k)];
  const read: Float32Array[] = [];
  for (const c of channels) read.push(await smallMeans(raw, { ...planes, c }, squares, context));
  const isPhoto = channels.length === 3 && (await raw.reader(0)).appearance.colour === true;
  const limits = read.map(percentiles);
  if (isPhoto) {
    const common = {
      low: Math.min(...limits.map(({ low }) => low)),
      high: Math.max(...limits.map(({ high }) => high)),
    };
    limits.fill(common);
  }
  const sums = new Float32Array(3 * squares[0] * squares[1]);
  for (const [i, values] of read.entries()) addUp(sums, values, limits[i], colourOf(i, channels.length, isPhoto));
  const [rows, columns] = squares;
  const bytes = Uint8Array.from(Uint8ClampedArray.from(sums));
  const image = sharp(bytes, { raw: { width: columns, height: rows, channels: 3 } });
  const kernel = size[1] > least[1] ? 'nearest' : 'lanczos3';
  const sized = image.resize({ width: size[1], height: size[0], fit: 'fill', kernel });
  return new Uint8Array(await sized.raw().toBuffer());
}

function colourOf(i: number, channels: number, isPhoto: boolean): Rgb {
  if (channels === 1) return [255, 255, 255];
  if (isPhoto) return [i === 0 ? 255 : 0, i === 1 ? 255 : 0, i === 2 ? 255 : 0];
  return rgbOf(CHANNEL_COLOURS[i % CHANNEL_COLOURS.length]);
}

function percentiles(values: Float32Array): { low: number; high: number } {
  const sorted = values.filter(Number.isFinite).sort();
  const at = (share: number) => sorted[Math.round(share * (sorted.length - 1))] ?? 0;
  const [low, high] = [at(BLACK), at(WHITE)];
  return high > low ? { low, high } : { low, high: low + 1 };
}

/** What is not a number stays black. */
function addUp(sums: Float32Array, values: Float32Array, { low, high }: { low: number; high: number }, colour: Rgb) {
  for (let i = 0; i < values.length; i++) {
    const grey = (values[i] - low) / (high - low);
    if (!(grey > 0)) continue;
    for (let k = 0; k < 3; k++) sums[3 * i + k] += Math.min(1, grey) * colour[k];
  }
}
