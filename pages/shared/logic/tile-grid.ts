import type { Picture, TileRequest } from '../../../src/image/picture';

/** Part of a plane in level-0 pixels, ends not included. */
export interface Area {
  u0: number;
  v0: number;
  u1: number;
  v1: number;
}

/** One tile and the part of the plane that it covers, in level-0 pixels along the plane's columns (u) and rows (v). */
export interface PlacedTile {
  request: TileRequest;
  key: string;
  area: Area;
  /** [rows, columns] that it has where nothing is coarser */
  size: [number, number];
}

/** Which plane of an image is seen. */
export interface PlaneChoice {
  image: TileRequest['image'];
  view: TileRequest['view'];
  t: number;
  c: number;
  at: number;
  /** of the stack: in sections an image of one plane counts for so many */
  planes?: number;
}

/** [rows, columns] of a view's plane at a level. Planes across z have all planes of the stack at every level. */
export function planeSize(picture: Picture, view: TileRequest['view'], level: number): [number, number] {
  const [height, width] = picture.levels[level];
  if (view === 'xz') return [picture.shape[2], width];
  if (view === 'yz') return [picture.shape[2], height];
  return [height, width];
}

export function isSection(view: TileRequest['view']): view is 'xz' | 'yz' {
  return view === 'xz' || view === 'yz';
}

function withPlanes({ shape: [t, c, , y, x] }: Picture, planes: number): Picture['shape'] {
  return [t, c, planes, y, x];
}

/** The coarsest level that still has a pixel for each pixel of the screen. */
export function levelFor(picture: Picture, scale: number): number {
  let level = 0;
  while (level + 1 < picture.levels.length && scale * 2 ** (level + 1) <= 1.25) level++;
  return level;
}

/** An image of one plane or one time counts for all; so a mask of one plane goes through the stack. */
export function choicesWithin(picture: Picture, choice: PlaneChoice): PlaneChoice {
  const [t, c, z] = picture.shape;
  const size = choice.view === 'xy' ? z : choice.view === 'xz' ? picture.shape[3] : picture.shape[4];
  return {
    ...choice,
    t: Math.min(choice.t, t - 1),
    c: Math.min(choice.c, c - 1),
    at: choice.view === 'max' ? 0 : Math.min(choice.at, size - 1),
  };
}

/** The tiles of a level that overlap an area, the middle ones first. */
export function tilesWithin(picture: Picture, choice: PlaneChoice, level: number, area: Area): PlacedTile[] {
  const isStretched = isSection(choice.view) && picture.shape[2] === 1 && choice.planes !== undefined;
  const shown: Picture = isStretched ? { ...picture, shape: withPlanes(picture, choice.planes ?? 1) } : picture;
  const [rows, columns] = planeSize(shown, choice.view, level);
  const [fullRows, fullColumns] = planeSize(shown, choice.view, 0);
  const [stepV, stepU] = [fullRows / rows, fullColumns / columns];
  const { tile } = picture;
  const inside = choicesWithin(picture, choice);
  const found: PlacedTile[] = [];
  const first = (position: number, step: number) => Math.max(0, Math.floor(position / step / tile));
  const end = (position: number, step: number, length: number) =>
    Math.min(Math.ceil(length / tile), Math.ceil(position / step / tile));
  for (let row = first(area.v0, stepV); row < end(area.v1, stepV, rows); row++) {
    for (let column = first(area.u0, stepU); column < end(area.u1, stepU, columns); column++) {
      const height = Math.min(tile, rows - row * tile);
      const width = Math.min(tile, columns - column * tile);
      const request = { ...inside, level, row: isStretched ? 0 : row, column, version: picture.version };
      found.push({
        request,
        key: tileQuery(request),
        area: {
          u0: column * tile * stepU,
          v0: row * tile * stepV,
          u1: (column * tile + width) * stepU,
          v1: (row * tile + height) * stepV,
        },
        size: [height, width],
      });
    }
  }
  const [u, v] = [(area.u0 + area.u1) / 2, (area.v0 + area.v1) / 2];
  const distance = ({ area: a }: PlacedTile) => Math.hypot((a.u0 + a.u1) / 2 - u, (a.v0 + a.v1) / 2 - v);
  return found.sort((a, b) => distance(a) - distance(b));
}

/**
 * The tile of an image of a sample that lies where another's does: an image of one plane or one time counts for all.
 * @param plane that is seen, in an `xy` view
 */
export function sameTile(
  { request }: PlacedTile,
  image: TileRequest['image'],
  picture: Picture,
  plane: number,
): TileRequest {
  const at = request.view === 'xy' ? plane : request.at;
  const row = isSection(request.view) && picture.shape[2] === 1 ? 0 : request.row;
  return { ...request, row, ...choicesWithin(picture, { ...request, image, at }) };
}

export function tileQuery({ image, view, t, c, at, level, row, column, version }: TileRequest): string {
  const query = `image=${image}&view=${view}&t=${t}&c=${c}&at=${at}&level=${level}&row=${row}&column=${column}`;
  return version === undefined ? query : `${query}&version=${version}`;
}
