import type { Decision } from '../../../src/curation/decision';
import type { ImageView, Picture } from '../../../src/curation/page-api';
import { ByteCache } from '../../shared/logic/byte-cache';
import { borderRuns } from '../../shared/logic/outline';
import { choicesWithin, type PlacedTile, tileQuery } from '../../shared/logic/tile-grid';
import type { LoadedTile, TileLoader, WantedTile } from '../../shared/logic/tile-loader';
import type { ImagePainter } from '../../shared/ui/image-painter';
import { throughAllPlanes } from '../logic/merged-section';
import { areaOnPlane, type MergedView, mergedView } from '../logic/merged-view';
import {
  LAYER_COLOURS,
  type LayerStyle,
  paintDifference,
  paintFill,
  paintOutline,
  pixelOf,
  type Texture,
} from '../logic/overlay-paint';
import { touching } from '../logic/touching';

export type LayerName = 'seg1' | 'seg2' | 'result';

export interface Layer {
  name: LayerName | 'difference';
  style: Exclude<LayerStyle, 'off'>;
  alpha: number;
}

const TEXTURES: Record<LayerName, Texture> = { seg1: 'plain', seg2: 'stripes', result: 'dots' };
const BORDER_BYTES = 24 * 2 ** 20;

/** Makes what is drawn over the image of a tile: coloured masks, borders. What was made is kept while it is used. */
export class TilePainter {
  private readonly borders = new ByteCache<Path2D>(BORDER_BYTES);

  constructor(
    private readonly loader: TileLoader,
    private readonly images: ImagePainter,
  ) {}

  /** @param placed of either segmentation; where it lies is what counts */
  layer(image: ImageView, placed: PlacedTile, layer: Layer, decision: Decision): HTMLCanvasElement | null {
    const { style, alpha } = layer;
    if (layer.name === 'difference') return this.difference(image, placed, alpha);
    const mask = this.mask(image, placed, layer.name, decision);
    if (!mask) return null;
    const { pixels, size, key } = mask;
    const texture = TEXTURES[layer.name];
    const pixel = pixelOf(LAYER_COLOURS[layer.name], style === 'fill' ? alpha : Math.min(1, alpha + 0.3));
    return this.images.paint(`${image.id}?${key}/${layer.name}/${style}/${alpha}`, size, (rgba) => {
      if (style === 'fill') paintFill(pixels, size[1], rgba, pixel, texture);
      else paintOutline(pixels, size[0], size[1], rgba, pixel, texture);
    });
  }

  /** The border of a mask as lines, in pixels of the tile. */
  border(image: ImageView, placed: PlacedTile, layer: Layer, decision: Decision): Path2D | null {
    if (layer.name === 'difference') return null;
    const mask = this.mask(image, placed, layer.name, decision);
    if (!mask) return null;
    const key = `${image.id}?${mask.key}/${layer.name}`;
    const known = this.borders.get(key);
    if (known) return known;
    const path = new Path2D();
    const runs = borderRuns(mask.pixels, mask.size[0], mask.size[1]);
    for (let i = 0; i < runs.length; i += 4) {
      path.moveTo(runs[i], runs[i + 1]);
      path.lineTo(runs[i + 2], runs[i + 3]);
    }
    this.borders.set(key, path, 1000 + 40 * runs.length);
    return path;
  }

  private difference(image: ImageView, placed: PlacedTile, alpha: number): HTMLCanvasElement | null {
    const [seg1, seg2] = [this.segmentation(image, placed, 'seg1'), this.segmentation(image, placed, 'seg2')];
    if (!seg1 || !seg2 || seg1.pixels.length !== seg2.pixels.length) return null;
    return this.images.paint(`${image.id}?${placed.key}/difference/${alpha}`, seg1.size, (rgba) =>
      paintDifference(seg1.pixels, seg2.pixels, seg1.size[1], rgba, alpha),
    );
  }

  private mask(image: ImageView, placed: PlacedTile, name: LayerName, decision: Decision): Mask | null {
    if (name === 'result') return this.result(image, placed, decision);
    const tile = this.segmentation(image, placed, name);
    return tile && { pixels: tile.pixels, size: tile.size, key: placed.key };
  }

  private readonly merged = new ByteCache<MergedView>(64 * 2 ** 20);

  /** What training would get, but for what is excluded from it. */
  private result(image: ImageView, placed: PlacedTile, decision: Decision): Mask | null {
    const { pictures } = image;
    const seg1 = pictures.seg1 ? this.segmentation(image, placed, 'seg1') : null;
    const seg2 = pictures.seg2 ? this.segmentation(image, placed, 'seg2') : null;
    if ((pictures.seg1 && !seg1) || (pictures.seg2 && !seg2)) return null;
    const planes = pictures.raw.shape[2];
    const { view } = placed.request;
    const z = planes > 1 ? this.plane : 0;
    // Of a part of the shapes more could be told: then some tiles would show them, and others would not.
    if (view === 'max' && !throughAllPlanes(decision, planes)) return null;
    const near = touching(decision, areaOnPlane(placed), view === 'xy' ? z : null);
    const key = `${tileQuery({ ...placed.request, image: 'seg1' })}/${view === 'xy' ? z : ''}/${near.key}`;
    const known = this.merged.get(`${image.id}?${key}`);
    if (known) return { ...known, key };
    const { tile } = (pictures.seg1 ?? pictures.seg2) as Picture;
    const merged = mergedView(near.decision, seg1, seg2, placed, { tile, z, planes });
    if (!merged) return null;
    this.merged.set(`${image.id}?${key}`, merged, merged.pixels.length);
    return { ...merged, key };
  }

  /** The plane that is seen; a segmentation of one plane has another `at`. */
  plane = 0;

  /** The address of a segmentation's tile that lies where another image's does. */
  address(image: ImageView, placed: PlacedTile, name: 'seg1' | 'seg2'): WantedTile | null {
    const picture = image.pictures[name];
    if (!picture) return null;
    const { request } = placed;
    const at = request.view === 'xy' ? this.plane : request.at;
    return {
      sample: image.id,
      key: tileQuery({ ...request, ...choicesWithin(picture, { ...request, image: name, at }) }),
    };
  }

  private segmentation(image: ImageView, placed: PlacedTile, name: 'seg1' | 'seg2'): LoadedTile | null {
    const address = this.address(image, placed, name);
    return address && (this.loader.get(address) ?? null);
  }
}

interface Mask {
  pixels: ArrayLike<number>;
  size: [number, number];
  key: string;
}
