import { groupBy } from '../../../base/collections';
import { isRecord } from '../../../base/plain-json';
import { pixelSizeOf } from '../../units';
import type { TiffDocument } from '../document';
import type { Page } from '../page';
import { blankPage, samePlane, type TiffScene } from '../scene';
import { TAG } from '../tags';
import { fullPages, plainScenes } from './plain';

/** Tells whether Micro-Manager (NDTiff too) wrote a TIFF: each page has JSON that says where it belongs. */
export function isMicroManager({ texts }: TiffDocument): boolean {
  return texts?.tag === TAG.MicroManager;
}

/** `position`: where on the sample; `other`: along axes that are none of ours. */
type Place = Record<'t' | 'c' | 'z' | 'position' | 'other', string>;

interface PlacedPage {
  page: Page;
  place: Place;
  metadata: Record<string, unknown>;
}

/** Axes by their names in NDTiff (`Axes`) and in Micro-Manager's own stacks. */
const NAMES: Record<string, keyof Place> = {
  time: 't',
  channel: 'c',
  z: 'z',
  position: 'position',
  row: 'position',
  column: 'position',
  FrameIndex: 't',
  ChannelIndex: 'c',
  SliceIndex: 'z',
  PositionIndex: 'position',
};
const INDICES = ['FrameIndex', 'ChannelIndex', 'SliceIndex', 'PositionIndex'];
/** Planes that a few pages far apart would ask for. */
const MOST_BLANK = 16;

/**
 * Reads Micro-Manager's pages by the axes that each names; positions are scenes, planes that are missing are blank and
 * noted.
 */
export function microManagerScenes(document: TiffDocument): TiffScene[] {
  const pages = fullPages(document.pages);
  const placed = pages.map((page) => placedPage(page, document.texts?.of.get(page)));
  const wrong = placed.find((each): each is string => typeof each === 'string') ?? strangeAxes(placed);
  const told = placed.filter((each) => typeof each !== 'string');
  const positions = groupBy(told, ({ place }) => place.position);
  const scenes = wrong === undefined ? [...positions.values()].map(sceneOf) : [];
  if (scenes.length > 0 && !scenes.includes(null)) return scenes.filter((scene) => scene !== null);
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
  const place: Place = { t: '', c: '', z: '', position: '', other: '' };
  for (const [name, value] of Object.entries(own)) {
    if (typeof value !== 'string' && typeof value !== 'number') continue;
    const axis = NAMES[name] ?? 'other';
    if (axis === 'position' || axis === 'other') place[axis] += `${name} ${value} `;
    else place[axis] = String(value);
  }
  return { page, place, metadata };
}

/** An axis of another kind along which pages run. */
function strangeAxes(placed: ReadonlyArray<PlacedPage | string>): string | undefined {
  const others = [...new Set(placed.flatMap((each) => (typeof each === 'string' ? [] : each.place.other)))];
  if (others.length < 2) return undefined;
  return `whose pages run along axes that are none of t, c and z (${others.slice(0, 2).join('; ').slice(0, 80)})`;
}

/** @returns null where two pages have one place, or are of different kinds */
function sceneOf(placed: readonly PlacedPage[]): TiffScene | null {
  const values = (axis: 't' | 'c' | 'z') => {
    const found = [...new Set(placed.map(({ place }) => place[axis]))];
    return new Map(sorted(found).map((value, i) => [value, i]));
  };
  const [times, channels, slices] = [values('t'), values('c'), values('z')];
  const count = times.size * channels.size * slices.size;
  const [first] = placed;
  if (count > MOST_BLANK * placed.length) return null;
  const pages = new Array<Page | null>(count).fill(null);
  const names = new Array<string | null>(channels.size).fill(null);
  for (const { page, place, metadata } of placed) {
    const c = channels.get(place.c) ?? 0;
    const at = ((times.get(place.t) ?? 0) * channels.size + c) * slices.size + (slices.get(place.z) ?? 0);
    if (pages[at] || !samePlane(page, first.page)) return null;
    pages[at] = page;
    names[c] ??= channelName(place.c, metadata);
  }
  const blank = blankPage(first.page);
  const size = Number(first.metadata.PixelSizeUm);
  return {
    format: 'tiff',
    sizeT: times.size,
    groups: channels.size,
    sizeZ: slices.size,
    pages: pages.map((page) => page ?? blank),
    channelNames: names,
    pixelSize: pixelSizeOf(null, size, size),
  };
}

/** Numbers by their value, names as they came. */
function sorted(values: string[]): string[] {
  return values.every((value) => value !== '' && Number.isFinite(Number(value)))
    ? values.sort((a, b) => Number(a) - Number(b))
    : values;
}

function channelName(index: string, metadata: Record<string, unknown>): string | null {
  const { Channel: name } = metadata;
  if (typeof name === 'string' && name !== '') return name;
  return index === '' || Number.isFinite(Number(index)) ? null : index;
}
