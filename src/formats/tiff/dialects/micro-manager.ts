import { isRecord } from '../../../base/plain-json';
import type { TiffDocument } from '../document';
import type { Page } from '../page';
import type { TiffScene } from '../scene';
import { TAG } from '../tags';
import { type PlacedPage, placedScenes, placeOf, strangeAxes } from './placed-pages';
import { fullPages, plainScenes } from './plain';

/** Tells whether Micro-Manager (NDTiff too) wrote a TIFF: each page has JSON that says where it belongs. */
export function isMicroManager({ texts }: TiffDocument): boolean {
  return texts?.tag === TAG.MicroManager;
}

const INDICES = ['FrameIndex', 'ChannelIndex', 'SliceIndex', 'PositionIndex'];

/**
 * Reads Micro-Manager's pages by the axes that each names; positions are scenes, planes that are missing are blank and
 * noted.
 */
export function microManagerScenes(document: TiffDocument): TiffScene[] {
  const pages = fullPages(document.pages);
  const placed = pages.map((page) => placedPage(page, document.texts?.of.get(page)));
  const told = placed.filter((each) => typeof each !== 'string');
  const wrong = placed.find((each): each is string => typeof each === 'string') ?? strangeAxes(told);
  const scenes = wrong === undefined ? placedScenes(told) : null;
  if (scenes) return scenes;
  const [first, ...others] = plainScenes(document, pages);
  const why = `is a Micro-Manager file ${wrong ?? 'whose pages do not fit together'}`;
  return [pages.length > 1 ? { ...first, unclear: { why, refused: true } } : first, ...others];
}

/** @returns what is wrong with a page */
function placedPage(page: Page, text: string | undefined): PlacedPage | string {
  let metadata: unknown;
  try {
    metadata = JSON.parse(text ?? '');
  } catch {
    metadata = null;
  }
  if (!isRecord(metadata)) return `of which ${page.name} says nothing of its place`;
  const { Axes: axes } = metadata;
  const own = isRecord(axes) ? axes : Object.fromEntries(INDICES.map((name) => [name, metadata[name]]));
  return { page, place: placeOf(own), metadata };
}
