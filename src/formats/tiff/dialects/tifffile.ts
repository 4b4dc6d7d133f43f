import { CorruptFileError, show } from '../../../base/errors';
import { product } from '../../../base/numbers';
import { isRecord } from '../../../base/plain-json';
import type { TiffDocument } from '../document';
import type { Page } from '../page';
import { arrangePages, takenFor } from '../page-axes';
import { contiguousPages, samePlane, type TiffScene } from '../scene';
import { TAG } from '../tags';
import { fullPages, plainScenes, sizeOfResolution, smallerPages } from './plain';
import { axesOfPages, describeAxes, pagesAlong, type StatedAxis } from './stated-axes';

/** What tifffile writes as JSON into the first page of each series. */
interface ShapedMetadata {
  shape: number[];
  /** a letter an axis of `shape` */
  axes?: string;
  /** one directory stands for the whole series */
  truncated: boolean;
  /** as MIBI's software writes it */
  channel: string | null;
}

interface Series {
  metadata: ShapedMetadata;
  pages: Page[];
}

/** tifffile's letters; the others (positions, angles, phases, tiles, lifetimes ...) are no axes of ours. */
const LETTERS: Record<string, StatedAxis['means']> = { T: 't', C: 'c', S: 'c', E: 'c', Z: 'z', Y: 'y', X: 'x' };
/** Letters for what nobody named: a sequence, something else. */
const NAMELESS = 'IQ';

/** Tells whether a TIFF's description is tifffile's JSON. */
export function isTifffile({ description, texts }: TiffDocument): boolean {
  return texts?.tag === TAG.ImageDescription && shapedMetadata(description) !== null;
}

/**
 * Reads the series of a file of tifffile, each a scene with the axes that it states (`{"shape": [6, 20, 30], "axes":
 * "CYX"}`). Where it states a shape alone, pages are taken for z planes, and so are series of one page each and of one
 * kind.
 * @throws CorruptFileError where one directory stands for a shape that it does not fit
 */
export function tifffileScenes(document: TiffDocument): TiffScene[] {
  const series = findSeries(document);
  if (series.length > 1 && series.every(({ pages }) => pages.length === 1)) return appended(document, series);
  return series.flatMap((each) => seriesScenes(document, each));
}

function findSeries({ pages: all, texts }: TiffDocument): Series[] {
  const series: Series[] = [];
  for (const page of fullPages(all)) {
    const text = texts?.of.get(page);
    const metadata = text === undefined ? null : shapedMetadata(text);
    const last = series.at(-1);
    if (metadata || !last) series.push({ metadata: metadata ?? NOTHING, pages: [page] });
    else last.pages.push(page);
  }
  return series;
}

const NOTHING: ShapedMetadata = { shape: [], truncated: false, channel: null };

/** Pages that were written one by one; those of MIBI name a channel each. */
function appended(document: TiffDocument, series: readonly Series[]): TiffScene[] {
  const [{ pages: first }] = series;
  const names = series.map(({ metadata }) => metadata.channel);
  const alike = series.every(({ pages: [page] }) => samePlane(page, first[0]));
  if (!alike || names.includes(null)) return plainScenes(document);
  const pages = series.flatMap((each) => each.pages);
  return [{ ...common(document), ...arrangePages(pages, [{ axis: 'c', size: pages.length }]), channelNames: names }];
}

function seriesScenes(document: TiffDocument, { metadata, pages: listed }: Series): TiffScene[] {
  const pages = metadata.truncated && listed.length === 1 ? expand(listed[0], metadata) : listed;
  const { axes, shape } = metadata;
  const [first] = pages;
  const unclear = (because: string) => plainScenes(document, pages, because);
  if (pages.some((page) => !samePlane(page, first))) return unclear('');
  if (axes === undefined)
    return withoutAxes(unclear(`: tifffile's description states the shape ${show(shape)} without axes`));
  const count = pages.length * (first.planar ? first.samples : 1);
  const stated = statedAxes(axes, shape, count);
  const found = axesOfPages(stated, first);
  if (typeof found === 'string') return count === 1 ? unclear('') : refused(document, pages, found);
  const ordered = pagesAlong(found, pages);
  if (!ordered) return unclear(`: tifffile's description states ${describeAxes(stated)}`);
  const scene: TiffScene = { ...common(document), ...arrangePages(ordered, found.axes) };
  const [nameless] = stated.filter(({ name, size }) => size > 1 && NAMELESS.includes(name));
  if (!nameless) return [scene];
  return [{ ...scene, unclear: { why: takenFor(count, 'z', ` (the axis ${nameless.name})`), refused: false } }];
}

/** tifffile stores any three or four planes as the colours of one page, so that these may be planes along z, too. */
function withoutAxes(scenes: TiffScene[]): TiffScene[] {
  return scenes.map((scene) => {
    const [{ samples, planar }] = scene.pages;
    if (scene.unclear || samples === 1 || !planar) return scene;
    return { ...scene, unclear: { why: takenFor(samples, 'c', ', as colours are stored'), refused: false } };
  });
}

/** A nameless axis is taken for z where the planes run along no other. */
function statedAxes(axes: string, shape: readonly number[], planes: number): StatedAxis[] {
  return Array.from(axes, (name, i) => {
    const alone = NAMELESS.includes(name) && shape[i] === planes;
    return { name, size: shape[i], means: LETTERS[name] ?? (alone ? 'z' : null), colour: name === 'S' };
  });
}

function refused(document: TiffDocument, pages: Page[], why: string): TiffScene[] {
  const [scene] = plainScenes(document, pages);
  return [{ ...scene, unclear: { why: `its description (tifffile) ${why}`, refused: true } }];
}

function common({ pages, resolution }: TiffDocument) {
  const smaller = smallerPages(pages);
  return { format: 'tiff' as const, channelNames: [], pixelSize: sizeOfResolution(resolution), smaller };
}

/** tifffile's `truncate` writes one directory and the whole shape. */
function expand(page: Page, { shape }: ShapedMetadata): Page[] {
  const { tiff, width, height, samples } = page;
  const count = product(shape) / (width * height * samples);
  if (!Number.isInteger(count) || count < 1) {
    throw new CorruptFileError(tiff.file.path, `states the shape ${show(shape)}, which its page does not fit`);
  }
  return contiguousPages(page, count);
}

const MOST_AXES = 32;

function shapedMetadata(text: string): ShapedMetadata | null {
  if (!text.startsWith('{')) return null;
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch {
    return null;
  }
  if (!isRecord(given)) return null;
  const { shape, axes, truncated, 'channel.target': channel } = given;
  if (!Array.isArray(shape) || shape.length > MOST_AXES || !shape.every((n) => Number.isInteger(n) && n > 0))
    return null;
  return {
    shape,
    ...(typeof axes === 'string' && axes.length === shape.length ? { axes: axes.toUpperCase() } : {}),
    truncated: truncated === true,
    channel: typeof channel === 'string' && channel !== '' ? channel : null,
  };
}
