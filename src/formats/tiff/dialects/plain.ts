import { groupBy } from '../../../base/collections';
import type { PixelSize } from '../../../image/description';
import { pixelSizeOf } from '../../units';
import type { Resolution, TiffDocument } from '../document';
import type { Page } from '../page';
import { arrangePages, takenFor } from '../page-axes';
import { kindOfPlane, samePlane, type TiffScene } from '../scene';
import { TAG } from '../tags';

/**
 * Reads a TIFF that says nothing of its pages: those of the same size and type are taken for the z planes of one image,
 * which is noted; where they differ, each kind is a scene, in order of appearance. Pages marked as smaller versions
 * belong to the page before them; transparency masks and previews are passed over.
 * @param pages which of the document's are meant; default: all
 */
export function plainScenes(document: TiffDocument, pages = fullPages(document.pages), because = ''): TiffScene[] {
  const { pages: all, resolution } = document;
  const byKind = groupBy(withoutThumbnails(pages), kindOfPlane);
  const smaller = smallerPages(all);
  return [...byKind.values()].map((kind) => ({
    format: 'tiff' as const,
    ...arrangePages(kind, [{ axis: 'z', size: kind.length }]),
    channelNames: [],
    pixelSize: sizeOfResolution(resolution),
    smaller,
    ...(kind.length > 1 ? { unclear: { why: takenFor(kind.length, 'z', because), refused: false } } : {}),
  }));
}

/** Gives a pixel size, taken only from a resolution per centimetre: per inch is a printing size. */
export function sizeOfResolution({ x, y, unit }: Resolution): PixelSize | null {
  return unit === 3 ? pixelSizeOf(null, 1e4 / y, 1e4 / x) : null;
}

const MOST_TOLD = 4;

/**
 * Tells whether the pages have names that differ by more than a number (PageName: `DNA`, `CD3`, `CD8`), as channels
 * have; of `Page 1` and `Page 2` nobody knows.
 */
export function hasNamedPages(document: TiffDocument): boolean {
  const names = namesOf(document);
  const [first] = fullPages(document.pages);
  const unnumbered = new Set(names.map((name) => name?.replace(/\d+/g, '')));
  return (
    names.length > 1 &&
    !names.includes(null) &&
    new Set(names).size === names.length &&
    unnumbered.size > 1 &&
    fullPages(document.pages).every((page) => samePlane(page, first))
  );
}

/** Takes named pages for channels of these names, which is noted. */
export function namedScenes(document: TiffDocument): TiffScene[] {
  const pages = fullPages(document.pages);
  const names = namesOf(document);
  const told = names.slice(0, MOST_TOLD).map((name) => name?.slice(0, 40));
  const because = ` because of their names (${told.join(', ')}${names.length > MOST_TOLD ? ', ...' : ''})`;
  return [
    {
      format: 'tiff',
      ...arrangePages(pages, [{ axis: 'c', size: pages.length }]),
      channelNames: names,
      pixelSize: sizeOfResolution(document.resolution),
      smaller: smallerPages(document.pages),
      unclear: { why: takenFor(pages.length, 'c', because), refused: false },
    },
  ];
}

function namesOf({ pages, texts }: TiffDocument): Array<string | null> {
  const named = texts?.tag === TAG.PageName ? texts.of : null;
  return fullPages(pages).map((page) => named?.get(page)?.trim() || null);
}

/** Lists the pages of a file's chain that are images of their own: no smaller versions, no transparency masks. */
export function fullPages(all: Page[]): Page[] {
  const full = all.filter((page) => !page.reduced && !page.transparency);
  return full.length > 0 ? full : all;
}

/** Finds the pages that are marked as smaller versions, by the page that they follow. */
export function smallerPages(all: Page[]): Map<Page, Page[]> {
  const result = new Map<Page, Page[]>();
  let owner: Page | undefined;
  for (const page of all) {
    if (page.transparency) continue;
    if (!page.reduced) owner = page;
    else if (owner) {
      const others = result.get(owner);
      if (others) others.push(page);
      else result.set(owner, [page]);
    }
  }
  return result;
}

/** A preview is at most this much of its image's sides. */
const PREVIEW_PART = 0.5;

/**
 * Pages without previews that are not marked as such: those of the largest page's proportions and at most half its sides,
 * stored as pixels of another kind (a colour picture beside 16 bit grey). Of the same kind they may be images of their own.
 */
function withoutThumbnails(pages: readonly Page[]): Page[] {
  const main = pages.reduce((largest, page) => (area(page) > area(largest) ? page : largest), pages[0]);
  return pages.filter((page) => !isThumbnail(page, main));
}

function isThumbnail(page: Page, main: Page): boolean {
  const isOther = page.samples !== main.samples || page.type.dtype !== main.type.dtype;
  const isSmall = page.width <= PREVIEW_PART * main.width && page.height <= PREVIEW_PART * main.height;
  // Sides are rounded to whole pixels.
  const isAlike = Math.abs(page.width * main.height - page.height * main.width) <= Math.max(main.width, main.height);
  return isOther && isSmall && isAlike;
}

function area({ width, height }: Page): number {
  return width * height;
}
