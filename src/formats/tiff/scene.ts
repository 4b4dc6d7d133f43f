import { CorruptFileError, UnsupportedError } from '../../base/errors';
import type { Acquisition, Appearance, PixelSize } from '../../image/description';
import { readDirectory } from './directory';
import { type Page, readPage, rowBytes } from './page';
import { sameType } from './sample-type';
import { PHOTOMETRIC } from './tags';

/** One image of a TIFF file: its pages in order and what they mean. */
export interface TiffScene {
  format: 'tiff' | 'ome-tiff' | 'ndtiff';
  /** the file's name for it */
  name?: string;
  sizeT: number;
  /** pages per t and z; each holds as many channels as it has samples */
  groups: number;
  sizeZ: number;
  /** [t, group, z], z fastest */
  pages: Page[];
  /** a name per channel, null where the file gives none */
  channelNames: Array<string | null>;
  pixelSize: PixelSize | null;
  scale?: number;
  acquisition?: Acquisition;
  /** what a person should know of it */
  notes?: string[];
  /** why nobody knows what its pages are; `refused`: it is not read before somebody says it */
  unclear?: { why: string; refused: boolean };
  /** smaller versions of each page that were found in the chain of directories, largest first */
  smaller?: Map<Page, Page[]>;
}

/** The images of a file; to read one may open the other files that it is spread over. */
export interface SceneList {
  count: number;
  read(index: number): Promise<TiffScene>;
}

/** Of all planes that one directory stands for. */
const MOST_STRIPS = 2 ** 24;

/** Tells whether two pages can be planes of one image. */
export function samePlane(a: Page, b: Page): boolean {
  return a.width === b.width && a.height === b.height && a.samples === b.samples && sameType(a.type, b.type);
}

/** Gives the same text for all pages that can be planes of one image. */
export function kindOfPlane({ width, height, samples, type }: Page): string {
  return [width, height, samples, type.kind, type.bits].join();
}

/** Describes a page's size and type for messages. */
export function describePage(page: Page): string {
  return `${page.height} x ${page.width} ${page.type.dtype}${page.samples > 1 ? ` with ${page.samples} samples` : ''}`;
}

/**
 * Takes the sample planes of a page as pages of their own: some programs store any three or four planes as if they were
 * colours.
 */
export function samplePages(page: Page): Page[] {
  const { samples, blocksAcross, blocksDown } = page;
  const blocks = blocksAcross * blocksDown;
  return Array.from({ length: samples }, (_, sample) => ({
    ...page,
    samples: 1,
    planar: false,
    photometric: PHOTOMETRIC.blackIsZero,
    offsets: page.offsets.slice(sample * blocks, (sample + 1) * blocks),
    counts: page.counts.slice(sample * blocks, (sample + 1) * blocks),
    emptied: sample === 0 ? page.emptied : 0,
    sampleOf: { page, sample },
  }));
}

/** Makes a page as large as another whose pixels are all 0. */
export function blankPage(like: Page): Page {
  const absent = new Array<number>(like.offsets.length).fill(0);
  return {
    ...like,
    name: 'a plane without pixels',
    offsets: absent,
    counts: absent,
    subDirectories: [],
    sampleOf: undefined,
    emptied: 0,
    blank: true,
  };
}

/**
 * Makes the planes of a stack of which only the first has a directory; the others follow it without gaps. ImageJ writes
 * stacks above 4 GB so, tifffile on request.
 * @throws CorruptFileError where the file ends before
 */
export function contiguousPages(page: Page, count: number): Page[] {
  const { path, size } = page.tiff.file;
  if (count * page.offsets.length > MOST_STRIPS) {
    throw new UnsupportedError(path, `states ${count} images in one directory, which are more than are read`);
  }
  const plane = page.height * rowBytes(page);
  const bytes = plane * (page.planar ? page.samples : 1);
  const place = (i: number) =>
    Math.floor(i / page.blocksDown) * plane + (i % page.blocksDown) * page.blockHeight * rowBytes(page);
  const end = page.offsets[0] + bytes * count;
  const whole = page.offsets.every((offset, i) => offset > 0 && offset === page.offsets[0] + place(i));
  if (page.compression !== 1 || page.tiled || !whole) {
    throw new CorruptFileError(path, `states ${count} images but has one directory, and its pixels are not contiguous`);
  }
  if (end > size) {
    throw new CorruptFileError(path, `states ${count} images, which end at byte ${end}; the file has ${size} bytes`);
  }
  return Array.from({ length: count }, (_, i) => ({
    ...page,
    name: `image ${i}`,
    offsets: page.offsets.map((offset) => offset + i * bytes),
  }));
}

/**
 * Finds the pages of each resolution, level 0 first: SubIFDs (OME-TIFF pyramids), else smaller pages of the chain. A
 * level counts only when every plane has it in the same size and type.
 */
export function sceneLevels(scene: TiffScene): Page[][] {
  const perPage = new Map<Page, Page[]>();
  for (const page of scene.pages) {
    if (page.blank) continue;
    perPage.set(page, smallerVersions(page, scene));
  }
  const [smaller = []] = perPage.values();
  const levels = [scene.pages];
  for (const [level, first] of smaller.entries()) {
    const [previous] = levels[level];
    const real =
      sameType(first.type, previous.type) &&
      first.samples === previous.samples &&
      first.width <= previous.width &&
      first.height <= previous.height &&
      first.width * first.height < previous.width * previous.height;
    if (!real || ![...perPage.values()].every((pages) => pages[level] && samePlane(pages[level], first))) break;
    const blank = blankPage(first);
    levels.push(scene.pages.map((page) => perPage.get(page)?.[level] ?? blank));
  }
  return levels;
}

function smallerVersions(page: Page, scene: TiffScene): Page[] {
  const { sampleOf } = page;
  if (!sampleOf) {
    page.smaller ??= subDirectories(page);
    return page.smaller ?? scene.smaller?.get(page) ?? [];
  }
  const whole = smallerVersions(sampleOf.page, scene);
  const fitting = whole.filter(({ planar, samples }) => planar && samples === sampleOf.page.samples);
  return fitting.map((each) => samplePages(each)[sampleOf.sample]);
}

function subDirectories(page: Page): Page[] | null {
  if (page.subDirectories.length === 0) return null;
  return page.subDirectories.map((offset, i) =>
    readPage(readDirectory(page.tiff, offset, `sub-directory ${i} of ${page.name}`)),
  );
}

const JPEG = 7;
/** ExtraSamples: associated and unassociated alpha. */
const ALPHA = [1, 2];

/**
 * Says what the tags of a page say of how its values show.
 * @param groups pages of one plane; colours lie in one
 * @param byImageJ whether ImageJ's description stands in the file
 */
export function appearanceOf(page: Page, groups: number, byImageJ: boolean): Appearance {
  const { photometric, samples, extraSamples, type, compression, colourMap } = page;
  const own = samples - extraSamples.length;
  const alpha = extraSamples.findIndex((kind) => ALPHA.includes(kind));
  const inOnePage = groups === 1;
  const isColour = photometric === PHOTOMETRIC.rgb || photometric === PHOTOMETRIC.ycbcr;
  return {
    ...(compression === JPEG ? { lossy: true } : {}),
    ...(photometric === PHOTOMETRIC.whiteIsZero && own === 1 && type.bits > 1
      ? { inverted: { black: blackOf(type), ...(byImageJ && type.bits === 8 ? { byImageJ } : {}) } }
      : {}),
    ...(isColour && samples >= 3 && inOnePage ? { colour: true } : {}),
    ...(alpha >= 0 && own + alpha > 0 && inOnePage ? { alpha: own + alpha } : {}),
    ...(colourMap.length >= 3 && own === 1 ? { palette: interleaved(colourMap) } : {}),
  };
}

/** The largest value of unsigned integers; others have no agreed one. */
function blackOf({ kind, bits }: Page['type']): number | null {
  return kind === 'unsigned' && bits <= 32 ? 2 ** bits - 1 : null;
}

function interleaved(colourMap: Uint8Array): Uint8Array<ArrayBuffer> {
  const count = Math.floor(colourMap.length / 3);
  const palette = new Uint8Array(4 * count).fill(255);
  for (let i = 0; i < count; i++) {
    for (let sample = 0; sample < 3; sample++) palette[4 * i + sample] = colourMap[sample * count + i];
  }
  return palette;
}
