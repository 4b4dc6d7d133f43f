import { LruCache } from '../../../src/base/collections';
import type { Decision, Point } from '../../../src/curation/decision';
import type { CuratedRole, ImageView } from '../../../src/curation/page-api';
import { nameOf, type ObjectName } from '../../../src/masks/object-names';
import { objectInk } from '../../shared/logic/object-ink';
import {
  type LayerStyle,
  paintFill,
  paintOutline,
  pixelOf,
  splitUnknown,
  type Texture,
} from '../../shared/logic/overlay-paint';
import { type Area, isSection, type PlacedTile, sameTile, tileQuery, tilesWithin } from '../../shared/logic/tile-grid';
import type { LoadedTile, TileLoader } from '../../shared/logic/tile-loader';
import { BorderPaths } from '../../shared/ui/borders';
import type { ImagePainter } from '../../shared/ui/image-painter';
import { throughPlanes } from '../logic/merged-section';
import {
  areaOnPlane,
  emptyTile,
  type MergedView,
  mergedView,
  resultRoles,
  shownInView,
  sourcesOf,
} from '../logic/merged-view';
import { asForeground, isNumbered, numberingOf, numbersRole } from '../logic/numbering';
import { LAYER_COLOURS, paintDifference } from '../logic/overlay-paint';
import { touching } from '../logic/touching';

/** What is drawn of the images of a sample over its raw one. */
export type OverlayName = Exclude<CuratedRole, 'raw'>;
export type LayerName = Exclude<OverlayName, 'numbers1' | 'numbers2'> | 'result';

export interface Layer {
  name: LayerName | 'difference';
  style: Exclude<LayerStyle, 'off'>;
  alpha: number;
  /** number of an object of the result that stands out; null: none does */
  picked?: number | null;
}

const TEXTURES: Record<LayerName, Texture> = {
  seg1: 'plain',
  seg2: 'stripes',
  mergeMask: 'rows',
  excludeMask: 'backstripes',
  result: 'dots',
};
const MERGED_BYTES = 64 * 2 ** 20;

/** Makes what is drawn over the image of a tile: coloured masks, borders. What was made is kept while it is used. */
export class TilePainter {
  private readonly borders = new BorderPaths();

  constructor(
    private readonly loader: TileLoader,
    private readonly images: ImagePainter,
  ) {}

  /** @param placed of one of the images that the layer is made of; where it lies is what counts */
  layer(image: ImageView, placed: PlacedTile, layer: Layer, decision: Decision): HTMLCanvasElement | null {
    const { style, alpha } = layer;
    if (layer.name === 'difference') return this.difference(image, placed, alpha);
    const mask = this.mask(image, placed, layer.name, decision);
    if (!mask) return null;
    const { size, key } = mask;
    const strength = style === 'fill' ? alpha : Math.min(1, alpha + 0.3);
    const { pixels: numbers } = mask;
    const areObjects = numbers instanceof Uint32Array;
    // Colours of many objects are seen better without gaps.
    const texture = areObjects ? 'plain' : TEXTURES[layer.name];
    const picked = (areObjects && layer.picked) || null;
    const pixel = areObjects ? objectInk(strength, picked) : pixelOf(LAYER_COLOURS[layer.name], strength);
    return this.images.paint(`${image.id}?${key}/${layer.name}/${style}/${alpha}/${picked ?? ''}`, size, (rgba) => {
      const { pixels: shown, unknown } = splitUnknown(areObjects ? asForeground(numbers) : numbers);
      const pixels = areObjects ? numbers.map((number, i) => (shown[i] === 0 ? 0 : number)) : shown;
      if (style === 'fill' && unknown) {
        paintFill(unknown, size[1], rgba, pixelOf(LAYER_COLOURS.excludeMask, alpha / 2), TEXTURES.excludeMask);
      }
      if (style === 'fill') paintFill(pixels, size[1], rgba, pixel, texture);
      else paintOutline(pixels, size[0], size[1], rgba, pixel, texture);
    });
  }

  /** The border of a mask as lines, in pixels of the tile. */
  border(image: ImageView, placed: PlacedTile, layer: Layer, decision: Decision): Path2D | null {
    if (layer.name === 'difference') return null;
    const mask = this.mask(image, placed, layer.name, decision);
    if (!mask) return null;
    return this.borders.path(`${image.id}?${mask.key}/${layer.name}`, splitUnknown(mask.pixels).pixels, mask.size);
  }

  private difference(image: ImageView, placed: PlacedTile, alpha: number): HTMLCanvasElement | null {
    const [seg1, seg2] = [this.tile(image, placed, 'seg1'), this.tile(image, placed, 'seg2')];
    if (!seg1 || !seg2 || seg1.pixels.length !== seg2.pixels.length) return null;
    return this.images.paint(`${image.id}?${placed.key}/difference/${alpha}`, seg1.size, (rgba) =>
      paintDifference(seg1.pixels, seg2.pixels, seg1.size[1], rgba, alpha),
    );
  }

  private mask(image: ImageView, placed: PlacedTile, name: LayerName, decision: Decision): Mask | null {
    if (name === 'result') return this.result(image, placed, decision);
    const role = name === 'seg1' || name === 'seg2' ? numbersRole(image, name) : name;
    const tile = this.tile(image, placed, role as OverlayName);
    if (!tile) return null;
    const [rows, columns] = tile.size;
    if (rows > 1 || !isSection(placed.request.view)) return { ...tile, key: placed.key };
    // A mask of one plane counts for all of the stack.
    const planes = placed.size[0];
    return {
      pixels: throughPlanes(tile.pixels, planes, columns),
      size: [planes, columns],
      key: `${placed.key}/${planes}`,
    };
  }

  private readonly merged = new LruCache<string, MergedView>(MERGED_BYTES);

  /** What training would get, but for what is excluded from it. */
  private result(image: ImageView, placed: PlacedTile, decision: Decision): Mask | null {
    const roles = resultRoles(image, decision);
    // Of a part of the shapes more could be told: then some tiles would show them, and others would not.
    if (!roles || !shownInView(decision, placed.request.view, image)) return null;
    const { raw, mergeMask: isMerged } = image.pictures;
    const numbered = isNumbered(image, roles, decision);
    const sources = sourcesOf(image, roles, numbered);
    const base = sources.base === 'raw' ? emptyTile(placed) : this.tile(image, placed, sources.base);
    const other = sources.other && sources.other !== 'raw' ? this.tile(image, placed, sources.other) : null;
    const mergeMask = isMerged && roles.other ? this.tile(image, placed, 'mergeMask') : null;
    if (!base || (roles.other && (!other || (isMerged && !mergeMask)))) return null;
    const { view } = placed.request;
    const z = raw.shape[2] > 1 ? this.plane : 0;
    const near = touching(decision, areaOnPlane(placed), view === 'xy' ? z : null);
    const key = `${tileQuery({ ...placed.request, image: 'seg1' })}/${view === 'xy' ? z : ''}/${numbered}/${near.key}`;
    const known = this.merged.get(`${image.id}?${key}`);
    if (known) return { ...known, key };
    const shown = shownInView(near.decision, view, image);
    const merged =
      shown &&
      mergedView(shown, { base, other, mergeMask }, placed, {
        ...{ tile: raw.tile, z },
        numbering: numbered ? numberingOf(roles.base) : null,
      });
    if (!merged) return null;
    this.merged.set(`${image.id}?${key}`, merged, merged.pixels.byteLength);
    return { ...merged, key };
  }

  /** The result's pixels in a part of the plane that is seen, at level 0, [y, x]; null where a tile is not there yet. */
  resultIn(image: ImageView, decision: Decision, area: Area, { t, z }: { t: number; z: number }): Uint8Array | null {
    const roles = resultRoles(image, decision);
    const name = roles && sourcesOf(image, roles, isNumbered(image, roles, decision)).base;
    const picture = name && image.pictures[name];
    if (!picture) return null;
    this.plane = z;
    const width = area.u1 - area.u0;
    const pixels = new Uint8Array(width * (area.v1 - area.v0));
    for (const placed of tilesWithin(picture, { image: name, view: 'xy', t, c: 0, at: z }, 0, area)) {
      const tile = this.result(image, placed, decision);
      if (!tile) return null;
      const [rows, columns] = tile.size;
      const target = tile.pixels instanceof Uint32Array ? asForeground(tile.pixels) : tile.pixels;
      const { u0, v0 } = placed.area;
      for (let y = Math.max(v0, area.v0); y < Math.min(v0 + rows, area.v1); y++) {
        for (let x = Math.max(u0, area.u0); x < Math.min(u0 + columns, area.u1); x++) {
          pixels[(y - area.v0) * width + x - area.u0] = target[(y - v0) * columns + x - u0];
        }
      }
    }
    return pixels;
  }

  /** The object of the result at a point of the plane that is seen, by the finest tile that is there; null: none is. */
  objectAt(image: ImageView, decision: Decision, [x, y]: Point, { t, z }: { t: number; z: number }): ObjectName | null {
    const roles = resultRoles(image, decision);
    const name = roles && sourcesOf(image, roles, isNumbered(image, roles, decision)).base;
    const picture = name && image.pictures[name];
    const [column, row] = [Math.round(x), Math.round(y)];
    if (!picture || column < 0 || row < 0) return null;
    this.plane = z;
    const area = { u0: column, v0: row, u1: column + 1, v1: row + 1 };
    for (const level of picture.levels.keys()) {
      const [placed] = tilesWithin(picture, { image: name, view: 'xy', t, c: 0, at: z }, level, area);
      const tile = placed && this.result(image, placed, decision);
      if (!tile) continue;
      const [rows, columns] = tile.size;
      const { u0, v0, u1, v1 } = placed.area;
      const at = (value: number, from: number, to: number, size: number) =>
        Math.min(size - 1, Math.floor(((value + 0.5 - from) / (to - from)) * size));
      const number = tile.pixels[at(row, v0, v1, rows) * columns + at(column, u0, u1, columns)];
      return tile.pixels instanceof Uint32Array ? nameOf(number, numberingOf(roles.base)) : null;
    }
    return null;
  }

  /** The plane that is seen; a segmentation of one plane has another `at`. */
  plane = 0;

  /** The tile of an image of the sample that lies where another image's does; null where it is not there yet. */
  private tile(image: ImageView, placed: PlacedTile, name: OverlayName): LoadedTile | null {
    const picture = image.pictures[name];
    if (!picture) return null;
    const key = tileQuery(sameTile(placed, name, picture, this.plane));
    return this.loader.get({ sample: image.id, key }) ?? null;
  }
}

interface Mask {
  pixels: ArrayLike<number>;
  size: [number, number];
  key: string;
}
