import type { Point } from '../../../src/curation/decision';
import type { Picture, TileRequest } from '../../../src/image/picture';
import { type Area, levelFor, type PlacedTile, type PlaneChoice, planeSize, tilesWithin } from '../logic/tile-grid';
import type { TileLoader, WantedTile } from '../logic/tile-loader';
import type { Size } from '../logic/view-transform';
import { h } from './dom';
import type { ImagePainter } from './image-painter';
import { shownChannels, type ViewedImage, type ViewState } from './view-state';

/** How a plane lies on the screen: first pixel and screen pixels a step, along its columns (u) and rows (v). */
export interface Placement {
  u: { start: number; scale: number };
  v: { start: number; scale: number };
  /** columns run downwards: the yz plane beside the xy one */
  transposed: boolean;
}

/** What is drawn of a pane at once. */
export interface Frame {
  placement: Placement;
  /** in sight */
  area: Area;
  /** receives the tiles that are needed */
  wanted: WantedTile[];
}

/** What lies over the image of a pane. */
export interface PaneOverlay {
  draw(pane: Pane, frame: Frame): void;
}

/** One view of the image, as a canvas that shows what tiles there are. */
export class Pane {
  readonly canvas = h('canvas', { attributes: { 'aria-hidden': 'true' } });
  readonly element: HTMLElement;
  readonly context = this.canvas.getContext('2d', { alpha: false });

  constructor(
    readonly view: TileRequest['view'],
    label: string,
    private readonly loader: TileLoader,
    private readonly painter: ImagePainter,
    private readonly overlay: PaneOverlay | null = null,
  ) {
    this.element = h(
      'div',
      { class: `pane pane-${view}` },
      this.canvas,
      h('span', { class: 'pane-label', text: label }),
    );
  }

  get size(): Size {
    return { width: this.element.clientWidth, height: this.element.clientHeight };
  }

  /** Screen position along z of a plane's middle, and the plane at a screen position. */
  zScale({ image, transform }: ViewState): { start: number; scale: number } {
    if (!image) return { start: 0, scale: 1 };
    const { pixelSize, shape } = image.pictures.raw;
    const stretch = pixelSize && pixelSize.x > 0 ? Math.min(20, Math.max(0.2, pixelSize.z / pixelSize.x)) : 1;
    const room = this.view === 'yz' ? this.size.width : this.size.height;
    const scale = Math.max(transform.scale * stretch, Math.min(room / shape[2], 3));
    return { start: (room - shape[2] * scale) / 2, scale };
  }

  /** Draws the state and asks for the tiles that it lacks. */
  draw(state: ViewState): void {
    const { image } = state;
    const { context } = this;
    if (!context || !this.resize()) return;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.fillStyle = '#101418';
    context.fillRect(0, 0, this.canvas.width, this.canvas.height);
    if (!image || image.id !== state.openId) {
      this.loader.want(this.view, []);
      return;
    }
    const wanted: WantedTile[] = [];
    const placement = this.place(state);
    const area = this.areaInSight(placement);
    this.drawImage(state, image, { placement, area, wanted });
    this.overlay?.draw(this, { placement, area, wanted });
    this.loader.want(this.view, wanted);
  }

  hide(): void {
    this.loader.want(this.view, []);
  }

  /** The tiles of the raw image that this pane would show of a plane. */
  tilesOf(state: ViewState, image: ViewedImage, at: number): WantedTile[] {
    const { raw } = image.pictures;
    const choice = { image: 'raw', view: this.view, t: state.t, c: state.c, at } as const;
    const level = levelFor(raw, this.deviceScale(state));
    const area = this.areaInSight(this.place(state));
    return shownChannels(state).flatMap(({ c }) =>
      tilesWithin(raw, { ...choice, c }, level, area).map(({ key }) => ({ sample: image.id, key })),
    );
  }

  /**
   * The values of the shown channels at a point, where their tiles are there.
   * @returns null off the image; exact: whether these are pixels of the image, not means of several
   */
  valuesAt(
    state: ViewState,
    image: ViewedImage,
    point: Point,
  ): { values: Array<number | null>; exact: boolean } | null {
    const { raw } = image.pictures;
    const { width, height } = imageSize(image);
    if (point.some((at, axis) => at < -0.5 || at >= (axis === 0 ? width : height) - 0.5)) return null;
    const values = shownChannels(state).map(({ c }) => this.valueAt(state, image, raw, 'raw', c, point));
    return { values, exact: levelFor(raw, this.deviceScale(state)) === 0 };
  }

  /** The value of a picture of the image at a point; null where its tile is not there. */
  valueAt(
    state: ViewState,
    image: ViewedImage,
    picture: Picture,
    role: string,
    c: number,
    [x, y]: Point,
  ): number | null {
    const level = Math.min(levelFor(picture, this.deviceScale(state)), picture.levels.length - 1);
    const [u, v] = [Math.floor(x + 0.5), Math.floor(y + 0.5)];
    const choice = { image: role, view: this.view, t: state.t, c, at: this.position(state) };
    const [tile] = tilesWithin(picture, choice, level, { u0: u, v0: v, u1: u + 1, v1: v + 1 });
    const loaded = tile && this.loader.get({ sample: image.id, key: tile.key });
    if (!loaded) return null;
    const { u0, u1, v0, v1 } = tile.area;
    const [rows, columns] = loaded.size;
    const row = Math.min(rows - 1, Math.floor(((v - v0) / (v1 - v0)) * rows));
    const column = Math.min(columns - 1, Math.floor(((u - u0) / (u1 - u0)) * columns));
    return Number(loaded.pixels[row * columns + column]);
  }

  private drawImage(state: ViewState, image: ViewedImage, frame: Frame): void {
    const { raw } = image.pictures;
    const choice = { image: 'raw', view: this.view, t: state.t, c: state.c, at: this.position(state) } as const;
    const level = levelFor(raw, this.deviceScale(state));
    for (const [i, { c, contrast, colour }] of shownChannels(state).entries()) {
      // Light of one colour is added to the other's.
      if (this.context) this.context.globalCompositeOperation = i === 0 ? 'source-over' : 'lighter';
      const paint = (tile: PlacedTile) => this.painter.raw(image, tile, contrast, colour);
      this.drawTiles(raw, { ...choice, c }, level, image.id, frame, paint);
    }
    if (this.context) this.context.globalCompositeOperation = 'source-over';
  }

  /** Each tile of the level, or in its place what there is at a coarser or the next finer one. */
  drawTiles(
    picture: Picture,
    choice: PlaneChoice,
    level: number,
    sample: string,
    { placement, area, wanted }: Frame,
    paint: (tile: PlacedTile) => HTMLCanvasElement | null,
  ): void {
    for (const tile of tilesWithin(picture, choice, level, area)) {
      wanted.push({ sample, key: tile.key });
      const painted = paint(tile);
      if (painted) this.blit(placement, tile, tile.area, painted);
      else this.drawInstead(picture, choice, level, placement, tile.area, paint);
    }
  }

  private drawInstead(
    picture: Picture,
    choice: PlaneChoice,
    level: number,
    placement: Placement,
    area: Area,
    paint: (tile: PlacedTile) => HTMLCanvasElement | null,
  ): void {
    const coarser = picture.levels.map((_, i) => i).slice(level + 1);
    for (const other of level > 0 ? [...coarser, level - 1] : coarser) {
      const found = tilesWithin(picture, choice, other, area).map((tile) => ({ tile, painted: paint(tile) }));
      if (!found.some(({ painted }) => painted)) continue;
      for (const { tile, painted } of found) if (painted) this.blit(placement, tile, area, painted);
      return;
    }
  }

  /** Draws the part of a tile within an area. Edges fall on device pixels, so that neighbours leave no seam. */
  private blit({ u, v, transposed }: Placement, { area: tile }: PlacedTile, area: Area, painted: HTMLCanvasElement) {
    const { context } = this;
    if (!context) return;
    const part = {
      u0: Math.max(tile.u0, area.u0),
      v0: Math.max(tile.v0, area.v0),
      u1: Math.min(tile.u1, area.u1),
      v1: Math.min(tile.v1, area.v1),
    };
    const [pu, pv] = [painted.width / (tile.u1 - tile.u0), painted.height / (tile.v1 - tile.v0)];
    const ratio = devicePixelRatio;
    const edge = ({ start, scale }: Placement['u'], position: number) => Math.round((start + scale * position) * ratio);
    const [u0, u1, v0, v1] = [edge(u, part.u0), edge(u, part.u1), edge(v, part.v0), edge(v, part.v1)];
    if (u1 <= u0 || v1 <= v0) return;
    if (transposed) context.setTransform(0, 1, 1, 0, 0, 0);
    else context.setTransform(1, 0, 0, 1, 0, 0);
    context.imageSmoothingEnabled = (u1 - u0) / ((part.u1 - part.u0) * pu) < 1.5;
    context.drawImage(
      painted,
      (part.u0 - tile.u0) * pu,
      (part.v0 - tile.v0) * pv,
      (part.u1 - part.u0) * pu,
      (part.v1 - part.v0) * pv,
      u0,
      v0,
      u1 - u0,
      v1 - v0,
    );
  }

  /** Where along its axis this pane cuts the stack. */
  position({ z, cross }: ViewState): number {
    if (this.view === 'xz') return Math.round(cross[1]);
    if (this.view === 'yz') return Math.round(cross[0]);
    return this.view === 'max' ? 0 : z;
  }

  private place(state: ViewState): Placement {
    const { transform } = state;
    const x = { start: transform.x, scale: transform.scale };
    const y = { start: transform.y, scale: transform.scale };
    if (this.view === 'xz') return { u: x, v: this.zScale(state), transposed: false };
    if (this.view === 'yz') return { u: y, v: this.zScale(state), transposed: true };
    return { u: x, v: y, transposed: false };
  }

  private areaInSight({ u, v, transposed }: Placement): Area {
    const { width, height } = this.size;
    const [lengthU, lengthV] = transposed ? [height, width] : [width, height];
    return {
      u0: -u.start / u.scale,
      v0: -v.start / v.scale,
      u1: (lengthU - u.start) / u.scale,
      v1: (lengthV - v.start) / v.scale,
    };
  }

  /** Device pixels an image pixel. */
  deviceScale({ transform }: ViewState): number {
    return transform.scale * devicePixelRatio;
  }

  /** @returns whether there is room to draw */
  private resize(): boolean {
    const { width, height } = this.size;
    const [w, h] = [Math.round(width * devicePixelRatio), Math.round(height * devicePixelRatio)];
    if (this.canvas.width !== w) this.canvas.width = w;
    if (this.canvas.height !== h) this.canvas.height = h;
    return w > 0 && h > 0;
  }
}

/** The whole of a view's plane, in level-0 pixels. */
export function imageSize(image: ViewedImage): Size {
  const [height, width] = planeSize(image.pictures.raw, 'xy', 0);
  return { width, height };
}
