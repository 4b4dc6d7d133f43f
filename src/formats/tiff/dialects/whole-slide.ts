import { groupBy } from '../../../base/collections';
import type { PixelSize } from '../../../image/description';
import { pixelSizeOf } from '../../units';
import { children, parseXml, textOf } from '../../xml';
import { QPTIFF_ROOT, type TiffDocument } from '../document';
import type { Page } from '../page';
import { sameType } from '../sample-type';
import { kindOfPlane, samePlane, type TiffScene } from '../scene';
import { sizeOfResolution } from './plain';

/** Tells whether a TIFF is an Aperio SVS whole-slide image. */
export function isAperio({ description }: TiffDocument): boolean {
  return description.startsWith('Aperio ');
}

/**
 * Reads a whole-slide image: the first page and its tiled smaller versions; thumbnail, label and overview are no scenes.
 */
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

/** Tells whether a TIFF is a QPTIFF of PerkinElmer or Akoya, or a component image of inForm. */
export function isQptiff({ description }: TiffDocument): boolean {
  return description.includes(`<${QPTIFF_ROOT}`);
}

/**
 * Reads a QPTIFF: each full-resolution page is a channel, named in XML of its own; thumbnail, overview and label are no
 * scenes, pages of reduced resolution, one a channel and level in the channels' order, are the pyramid.
 */
export function qptiffScenes(document: TiffDocument): TiffScene[] {
  const { pages: all, resolution, tiff } = document;
  const said = new Map(all.map((page) => [page, pageSays(document.texts?.of.get(page), tiff.file.path)]));
  const full = all.filter((page) => said.get(page)?.type === 'FullResolution');
  const [first = all[0]] = full;
  const alike = full.filter((page) => samePlane(page, first));
  const channels = alike.length > 0 ? alike : [first];
  const others = full.length - alike.length;
  const reduced = all.filter((page) => said.get(page)?.type === 'ReducedResolution');
  return [
    {
      format: 'tiff',
      sizeT: 1,
      groups: channels.length,
      sizeZ: 1,
      pages: channels,
      // Of a colour page the samples have their own names.
      channelNames: first.samples > 1 ? [] : channels.map((page) => said.get(page)?.name ?? null),
      pixelSize: sizeOfResolution(resolution),
      smaller: levelsOf(channels, reduced),
      notes: others > 0 ? [`full pages of another size or type, which are left out: ${others}`] : [],
    },
  ];
}

/** A level is as many pages of one size as there are channels. */
function levelsOf(channels: readonly Page[], reduced: readonly Page[]): Map<Page, Page[]> {
  const bySize = groupBy(reduced, kindOfPlane);
  const levels = [...bySize.values()].filter((level) => level.length === channels.length);
  return new Map(channels.map((page, c) => [page, levels.map((level) => level[c])]));
}

/** The kind of a page, and the name of its channel: the biomarker where one is named, for dyes come again in cycles. */
function pageSays(text: string | undefined, path: string): { type: string | null; name: string | null } {
  if (text === undefined || !text.includes(`<${QPTIFF_ROOT}`)) return { type: null, name: null };
  const root = children(parseXml(text, path), QPTIFF_ROOT)[0];
  const content = (name: string) => textOf(children(root, name)[0])?.trim() || null;
  return { type: content('ImageType'), name: content('Biomarker') ?? content('Name') };
}
