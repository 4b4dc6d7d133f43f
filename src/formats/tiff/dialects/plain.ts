import { groupBy } from '../../../base/collections';
import type { PixelSize } from '../../../image/description';
import { pixelSizeOf } from '../../units';
import type { Resolution, TiffDocument } from '../document';
import { arrangePages, takenFor } from '../page-axes';
import { kindOfPlane, type TiffScene } from '../scene';
import { withoutThumbnails } from '../thumbnails';
import { fullPages, smallerPages } from './chain';

/**
 * A TIFF that says nothing of its pages: those of the same size and type are taken for the z planes of one image, which is
 * noted; where they differ, each kind is a scene, in order of appearance. Pages marked as smaller versions belong to the
 * page before them; transparency masks and previews are passed over.
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

/** A pixel size is taken only from a resolution per centimetre: per inch is a printing size. */
export function sizeOfResolution({ x, y, unit }: Resolution): PixelSize | null {
  return unit === 3 ? pixelSizeOf(null, 1e4 / y, 1e4 / x) : null;
}
