import { groupBy } from '../../../base/collections';
import { pixelSizeOf } from '../../units';
import type { Page } from '../page';
import { blankPage, samePlane, type TiffScene } from '../scene';

/** Where a page belongs. `position`: where on the sample; `other`: along axes that are none of ours. */
export type Place = Record<'t' | 'c' | 'z' | 'position' | 'other', string>;

/** A page, and what Micro-Manager says of it. */
export interface PlacedPage {
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
/** Planes that a few pages far apart would ask for. */
const MOST_BLANK = 16;

/** Gives the place that axes name; a value that is neither text nor number names none. */
export function placeOf(axes: Record<string, unknown>): Place {
  const place: Place = { t: '', c: '', z: '', position: '', other: '' };
  for (const [name, value] of Object.entries(axes)) {
    if (typeof value !== 'string' && typeof value !== 'number') continue;
    const axis = NAMES[name] ?? 'other';
    if (axis === 'position' || axis === 'other')
      place[axis] += `${name.replace('PositionIndex', 'position')} ${value} `;
    else place[axis] = String(value);
  }
  return place;
}

/** Says where pages run along an axis of another kind; undefined: they do not. */
export function strangeAxes(placed: ReadonlyArray<{ place: Place }>): string | undefined {
  const others = [...new Set(placed.map(({ place }) => place.other))];
  if (others.length < 2) return undefined;
  return `whose pages run along axes that are none of t, c and z (${others.slice(0, 2).join('; ').slice(0, 80)})`;
}

/**
 * Arranges pages by their places: positions are scenes, planes that are missing are blank.
 * @param zStep micrometres between planes, null where nobody says it
 * @returns null where two pages of a position have one place, or are of different kinds
 */
export function placedScenes(placed: readonly PlacedPage[], zStep: number | null = null): TiffScene[] | null {
  const positions = groupBy(placed, ({ place }) => place.position);
  const scenes = [...positions.values()].map((each) => sceneOf(each, zStep));
  const whole = scenes.filter((scene) => scene !== null);
  return whole.length > 0 && whole.length === scenes.length ? whole : null;
}

function sceneOf(placed: readonly PlacedPage[], zStep: number | null): TiffScene | null {
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
  // A name stands alone, a number does not.
  const name = first.place.position.trim().replace(/^position (?=\D)/, '');
  return {
    format: 'tiff',
    ...(name === '' ? {} : { name }),
    sizeT: times.size,
    groups: channels.size,
    sizeZ: slices.size,
    pages: pages.map((page) => page ?? blank),
    channelNames: names,
    pixelSize: pixelSizeOf(zStep, size, size),
    ...stageOf(first.metadata),
  };
}

/** Where the stage stood by Micro-Manager's own names, or by those of its acquisition engine; as it was, else as it was to be. */
function stageOf(metadata: Record<string, unknown>): Pick<TiffScene, 'acquisition'> {
  const along = (axis: 'X' | 'Y' | 'Z') => {
    const [stated] = [`${axis}PositionUm`, `${axis}Position_um_Intended`]
      .map((name) => metadata[name])
      .filter((value) => typeof value === 'number' && Number.isFinite(value));
    // Micro-Manager writes -0.
    return typeof stated === 'number' ? stated + 0 : null;
  };
  const stage = { z: along('Z'), y: along('Y'), x: along('X') };
  return stage.z === null && stage.y === null && stage.x === null ? {} : { acquisition: { stage } };
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
