import type { TiffDocument } from '../document';
import { arrangePages, takenFor } from '../page-axes';
import { samePlane, type TiffScene } from '../scene';
import { TAG } from '../tags';
import { fullPages, smallerPages } from './chain';
import { sizeOfResolution } from './plain';

const MOST_TOLD = 4;

/**
 * Whether the pages have names that differ by more than a number (PageName: `DNA`, `CD3`, `CD8`), as channels have; of
 * `Page 1` and `Page 2` nobody knows.
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

/** Named pages are taken for channels of these names, which is noted. */
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
