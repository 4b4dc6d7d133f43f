import type { PixelSize } from '../../../image/description';
import { pixelSizeOf } from '../../units';
import type { TiffDocument } from '../document';
import type { Page } from '../page';
import { sameType } from '../sample-type';
import { samePlane, type TiffScene } from '../scene';

/** Whether a TIFF is an Aperio SVS whole-slide image. */
export function isAperio({ description }: TiffDocument): boolean {
  return description.startsWith('Aperio ');
}

/** A whole-slide image: the first page and its tiled smaller versions; thumbnail, label and overview are no scenes. */
export function aperioScenes({ pages, description }: TiffDocument): TiffScene[] {
  return [
    {
      format: 'tiff',
      sizeT: 1,
      groups: 1,
      sizeZ: 1,
      pages: [pages[0]],
      channelNames: [],
      pixelSize: aperioPixelSize(description),
      smaller: new Map([[pages[0], aperioLevels(pages)]]),
    },
  ];
}

/** "MPP" in the description: micrometres per pixel. */
function aperioPixelSize(description: string): PixelSize | null {
  const size = Number(/\bMPP\s*=\s*([\d.]+)/.exec(description)?.[1] ?? Number.NaN);
  return pixelSizeOf(null, size, size);
}

/** The pages that are smaller versions of the first: tiled and of its proportions. The thumbnail has strips. */
function aperioLevels([full, ...others]: Page[]): Page[] {
  const levels = [full];
  for (const page of others) {
    const last = levels[levels.length - 1];
    const factor = full.width / page.width;
    const scaled = Math.abs(full.height / factor - page.height) <= 2;
    const alike = sameType(page.type, full.type) && page.samples === full.samples;
    if (page.tiled && alike && scaled && page.width < last.width && !samePlane(page, last)) levels.push(page);
  }
  return levels.slice(1);
}
