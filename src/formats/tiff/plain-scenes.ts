import { CorruptFileError, show } from '../../base/errors';
import { pixelSizeOf } from '../units';
import { aperioLevels, aperioPixelSize, isAperio } from './aperio';
import type { TiffDocument } from './document';
import { type ImageJMetadata, imageJPixelSize } from './imagej';
import type { Page } from './page';
import { contiguousPages, describePage, kindOfPlane, samePlane, type TiffScene } from './scene';
import { withoutThumbnails } from './thumbnails';

/**
 * ImageJ's hyperstack: pages in the order channel (fastest), z, t.
 * @throws CorruptFileError where the pages do not match the numbers stated
 */
export function imageJScene({ tiff, pages: all, resolution }: TiffDocument, metadata: ImageJMetadata): TiffScene {
  const { path } = tiff.file;
  const { images, channels, slices, frames } = metadata;
  const pages = all.length === 1 && images > 1 ? contiguousPages(all[0], images) : all;
  if (channels * slices * frames !== images || pages.length !== images) {
    throw new CorruptFileError(
      path,
      `ImageJ's description states ${images} images (${channels} channels, ${slices} slices, ${frames} frames), but the file has ${pages.length}`,
    );
  }
  const odd = pages.find((page) => !samePlane(page, pages[0]));
  if (odd) {
    throw new CorruptFileError(path, `mixes pages of ${describePage(pages[0])} and ${describePage(odd)} in a stack`);
  }
  const ordered: Page[] = [];
  for (let t = 0; t < frames; t++) {
    for (let c = 0; c < channels; c++) {
      for (let z = 0; z < slices; z++) ordered.push(pages[(t * slices + z) * channels + c]);
    }
  }
  return {
    format: 'tiff',
    sizeT: frames,
    groups: channels,
    sizeZ: slices,
    pages: ordered,
    channelNames: [],
    pixelSize: imageJPixelSize(metadata, resolution),
    ...(metadata.scale === undefined ? {} : { scale: metadata.scale }),
    ...(metadata.interval === null ? {} : { acquisition: { timeIncrement: metadata.interval } }),
  };
}

/**
 * A TIFF without metadata: pages of the same size and type are the z planes of one image; where they differ, each kind
 * is a scene, in order of appearance. Pages marked as smaller versions belong to the page before them; transparency
 * masks and previews are passed over. A pixel size is taken only from a resolution per centimetre: per inch is a printing size.
 */
export function plainScenes(document: TiffDocument): TiffScene[] {
  if (isAperio(document.description)) return [aperioScene(document)];
  const { pages: all, resolution } = document;
  const full = withoutThumbnails(all.filter((page) => !page.reduced && !page.transparency));
  const pages = expandTruncated(full.length > 0 ? full : all, document.description);
  const byKind = new Map<string, Page[]>();
  for (const page of pages) {
    const kind = byKind.get(kindOfPlane(page));
    if (kind) kind.push(page);
    else byKind.set(kindOfPlane(page), [page]);
  }
  const kinds = [...byKind.values()];
  const { x, y, unit } = resolution;
  const pixelSize = unit === 3 ? pixelSizeOf(null, 1e4 / y, 1e4 / x) : null;
  const smaller = full.length > 0 ? smallerPages(all) : new Map<Page, Page[]>();
  return kinds.map((kind) => ({
    format: 'tiff' as const,
    sizeT: 1,
    groups: 1,
    sizeZ: kind.length,
    pages: kind,
    channelNames: [],
    pixelSize,
    smaller,
  }));
}

/** A whole-slide image: the first page and its tiled smaller versions; thumbnail, label and overview are no scenes. */
function aperioScene({ pages, description }: TiffDocument): TiffScene {
  return {
    format: 'tiff',
    sizeT: 1,
    groups: 1,
    sizeZ: 1,
    pages: [pages[0]],
    channelNames: [],
    pixelSize: aperioPixelSize(description),
    smaller: new Map([[pages[0], aperioLevels(pages)]]),
  };
}

/** tifffile's `truncate` writes one directory and the whole shape as JSON. */
function expandTruncated(pages: Page[], description: string): Page[] {
  if (pages.length !== 1 || !description.startsWith('{') || !description.includes('"truncated"')) return pages;
  let given: { shape?: unknown; truncated?: unknown };
  try {
    given = JSON.parse(description);
  } catch {
    return pages;
  }
  if (given.truncated !== true) return pages;
  const { shape } = given;
  const [{ tiff, width, height, samples }] = pages;
  const values = Array.isArray(shape) ? shape.reduce((product: number, n: unknown) => product * Number(n), 1) : 0;
  const count = values / (width * height * samples);
  if (!Number.isInteger(count) || count < 1) {
    throw new CorruptFileError(tiff.file.path, `states the shape ${show(shape)}, which its page does not fit`);
  }
  return contiguousPages(pages[0], count);
}

function smallerPages(all: Page[]): Map<Page, Page[]> {
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
