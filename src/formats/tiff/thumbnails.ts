import type { Page } from './page';

/** A preview is at most this much of its image's sides. */
const MOST = 0.5;

/**
 * Pages without previews that are not marked as such: those of the largest page's proportions and at most half its sides,
 * stored as pixels of another kind (a colour picture beside 16 bit grey). Of the same kind they may be images of their own.
 */
export function withoutThumbnails(pages: readonly Page[]): Page[] {
  const main = pages.reduce((largest, page) => (area(page) > area(largest) ? page : largest), pages[0]);
  return pages.filter((page) => !isThumbnail(page, main));
}

function isThumbnail(page: Page, main: Page): boolean {
  const isOther = page.samples !== main.samples || page.type.dtype !== main.type.dtype;
  const isSmall = page.width <= MOST * main.width && page.height <= MOST * main.height;
  // Sides are rounded to whole pixels.
  const isAlike = Math.abs(page.width * main.height - page.height * main.width) <= Math.max(main.width, main.height);
  return isOther && isSmall && isAlike;
}

function area({ width, height }: Page): number {
  return width * height;
}
