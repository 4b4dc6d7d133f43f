import { LruCache } from '../../../src/base/collections';
import { type Contrast, GreyTable } from '../logic/contrast';
import type { PlacedTile } from '../logic/tile-grid';
import type { TileLoader } from '../logic/tile-loader';
import type { ViewedImage } from './view-state';

const PAINTED_BYTES = 192 * 2 ** 20;
const LIVE_BYTES = 96 * 2 ** 20;
/** Tables of greys: one a channel, and those of the contrasts before. */
const MOST_TABLES = 8;

/** Makes what is drawn of a tile of an image. What was made is kept while it is used, the last 192 MiB. */
export class ImagePainter {
  private readonly painted = new LruCache<string, HTMLCanvasElement>(PAINTED_BYTES);
  private readonly tables = new LruCache<string, GreyTable>(MOST_TABLES);

  constructor(private readonly loader: TileLoader) {}

  private readonly live = new LruCache<string, { canvas: HTMLCanvasElement; pixels: ImageData; version: string }>(
    LIVE_BYTES,
  );

  /** @param colour what white is shown as, `#rrggbb` */
  raw(image: ViewedImage, placed: PlacedTile, contrast: Contrast, colour?: string): HTMLCanvasElement | null {
    const tile = this.loader.get({ sample: image.id, key: placed.key });
    if (!tile) return null;
    const { dtype } = image.pictures.raw;
    const name = `${dtype}/${contrast.low}/${contrast.high}/${contrast.gamma}/${colour}`;
    const table = this.tables.get(name) ?? new GreyTable(dtype, contrast, colour);
    this.tables.set(name, table);
    return this.paint(`${image.id}?${placed.key}/${name}`, tile.size, (rgba) => table.paint(tile.pixels, rgba));
  }

  /** @param fill colours the pixels, little-endian RGBA, where none of this key are kept */
  paint(key: string, [rows, columns]: [number, number], fill: (rgba: Uint32Array) => void): HTMLCanvasElement {
    const known = this.painted.get(key);
    if (known) return known;
    const canvas = canvasOf(rows, columns);
    const pixels = new ImageData(columns, rows);
    fill(new Uint32Array(pixels.data.buffer));
    canvas.getContext('2d')?.putImageData(pixels, 0, 0);
    this.painted.set(key, canvas, 4 * rows * columns);
    return canvas;
  }

  /**
   * As {@link paint}, of what changes many times a second: one canvas a name, painted over where it shows another version.
   * @param fill colours all pixels
   */
  paintLive(
    name: string,
    version: string,
    [rows, columns]: [number, number],
    fill: (rgba: Uint32Array) => void,
  ): HTMLCanvasElement {
    let known = this.live.get(name);
    if (known?.version === version) return known.canvas;
    if (known?.canvas.width !== columns || known.canvas.height !== rows) known = undefined;
    const { canvas, pixels } = known ?? { canvas: canvasOf(rows, columns), pixels: new ImageData(columns, rows) };
    fill(new Uint32Array(pixels.data.buffer));
    canvas.getContext('2d')?.putImageData(pixels, 0, 0);
    this.live.set(name, { canvas, pixels, version }, 8 * rows * columns);
    return canvas;
  }
}

function canvasOf(rows: number, columns: number): HTMLCanvasElement {
  const canvas = document.createElement('canvas');
  canvas.width = columns;
  canvas.height = rows;
  return canvas;
}
