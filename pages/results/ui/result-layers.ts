import type { ResultPicture, ResultView } from '../../../src/results/page-api';
import type { ResultRole } from '../../../src/results/result-entry';
import { objectInk } from '../../shared/logic/object-ink';
import {
  type LayerStyle,
  paintFill,
  paintOutline,
  pixelOf,
  splitUnknown,
  type Texture,
} from '../../shared/logic/overlay-paint';
import { levelFor, type PlacedTile, sameTile, tileQuery, tilesWithin } from '../../shared/logic/tile-grid';
import type { LoadedTile, TileLoader } from '../../shared/logic/tile-loader';
import { BorderPaths, LINES_FROM, strokeBorder } from '../../shared/ui/borders';
import type { ImagePainter } from '../../shared/ui/image-painter';
import type { Frame, Pane, PaneOverlay } from '../../shared/ui/pane';
import { HeatTable } from '../logic/colour-map';
import { paintCompared } from '../logic/difference';
import { LAYER_COLOURS } from '../logic/layer-colours';
import { maskAbove, paintAbove, storedThreshold } from '../logic/threshold';
import { type Roles, rolesOf, type State, type Store } from './state';

type MaskLayer = 'found' | 'truth' | 'preview';
const TEXTURES: Record<MaskLayer, Texture> = { found: 'plain', truth: 'stripes', preview: 'plain' };
/** Of lines between pixels, in pixels of the tile. */
const DASHES: Record<MaskLayer, number[]> = { found: [], truth: [0.7, 0.4], preview: [0.2, 0.3] };

/** What is drawn, of one pane at once. */
interface Drawing {
  pane: Pane;
  frame: Frame;
  state: State;
  image: ResultView;
  roles: Roles;
}

/** Probabilities, masks, truth, what a threshold would find, and differences, over the image of a pane. */
export class ResultLayers implements PaneOverlay {
  private readonly borders = new BorderPaths();
  private heat: { name: string; table: HeatTable } | null = null;

  constructor(
    private readonly store: Store,
    private readonly loader: TileLoader,
    private readonly painter: ImagePainter,
  ) {}

  draw(pane: Pane, frame: Frame): void {
    const { state } = this.store;
    const { image } = state;
    if (!image) return;
    const drawing = { pane, frame, state, image, roles: rolesOf(image) };
    if (!state.hidden) this.drawLayers(drawing);
    if (pane.view === 'xy' || pane.view === 'max') this.wantAll(drawing);
  }

  private drawLayers(drawing: Drawing): void {
    const { state } = drawing;
    if (state.difference) this.drawDifference(drawing);
    else {
      if (state.probability) this.drawHeat(drawing);
      for (const name of ['truth', 'found', 'preview'] as const) this.drawMask(drawing, name, state[name]);
    }
  }

  /** What is not drawn is asked for last: its values are told under the pointer, and a key shows it at once. */
  private wantAll(drawing: Drawing): void {
    const { image, frame, roles } = drawing;
    for (const role of [roles.probability, roles.found, roles.truth]) {
      const picture = role && image.pictures[role];
      if (!picture) continue;
      frame.wanted.push(...this.tilesOf(drawing, role, picture).map(({ key }) => ({ sample: image.id, key })));
    }
  }

  private drawHeat(drawing: Drawing): void {
    const { probability } = drawing.roles;
    const picture = probability && drawing.image.pictures[probability];
    if (!picture) return;
    const table = this.heatTable(picture);
    this.drawTiles(drawing, probability, picture, (tile, { key }) =>
      this.painter.paint(`${drawing.image.id}?${key}/heat`, tile.size, (rgba) => table.paint(tile.pixels, rgba)),
    );
  }

  private heatTable({ dtype, scale }: ResultPicture): HeatTable {
    const name = `${dtype}/${scale}`;
    if (this.heat?.name !== name) this.heat = { name, table: new HeatTable(dtype, scale) };
    return this.heat.table;
  }

  private drawMask(drawing: Drawing, name: MaskLayer, style: LayerStyle): void {
    const { pane, frame, state, image, roles } = drawing;
    const role = roles[name === 'preview' ? 'probability' : name];
    const picture = role && image.pictures[role];
    if (!picture || style === 'off') return;
    const stored = name === 'preview' ? storedThreshold(state.threshold, picture) : null;
    // Numbers of objects are no mask: none of them stands for what is unknown.
    const areObjects = role === 'labels';
    if (!areObjects && style === 'outline' && pane.view === 'xy' && state.transform.scale >= LINES_FROM) {
      for (const placed of this.tilesOf(drawing, role, picture)) {
        frame.wanted.push({ sample: image.id, key: placed.key });
        const tile = this.loader.get({ sample: image.id, key: placed.key });
        if (!tile) continue;
        const mask = stored === null ? splitUnknown(tile.pixels).pixels : maskAbove(tile.pixels, stored);
        const border = this.borders.path(`${image.id}?${placed.key}/${stored}`, mask, tile.size);
        const look = { colour: LAYER_COLOURS[name], dashes: DASHES[name], alpha: Math.min(1, state.opacity + 0.3) };
        strokeBorder(pane.context, frame.placement, placed, border, look);
      }
      return;
    }
    const alpha = style === 'fill' ? state.opacity : Math.min(1, state.opacity + 0.3);
    const pixel = pixelOf(LAYER_COLOURS[name], alpha);
    const ink = areObjects ? objectInk(alpha) : pixel;
    this.drawTiles(drawing, role, picture, (tile, { key }) => {
      const [rows, columns] = tile.size;
      const id = `${image.id}?${key}/${name}`;
      if (stored === null) {
        return this.painter.paint(`${id}/${style}/${alpha}`, tile.size, (rgba) => {
          const pixels = areObjects ? tile.pixels : splitUnknown(tile.pixels).pixels;
          if (style === 'fill') paintFill(pixels, columns, rgba, ink, TEXTURES[name]);
          else paintOutline(pixels, rows, columns, rgba, ink, TEXTURES[name]);
        });
      }
      return this.painter.paintLive(id, `${style}/${alpha}/${stored}`, tile.size, (rgba) => {
        if (style === 'fill') paintAbove(tile.pixels, stored, rgba, pixel);
        else paintOutline(maskAbove(tile.pixels, stored), rows, columns, rgba.fill(0), pixel, TEXTURES[name]);
      });
    });
  }

  private drawDifference(drawing: Drawing): void {
    const { state, image, roles } = drawing;
    const usesMap = roles.found === null || state.preview !== 'off';
    const role = usesMap ? roles.probability : roles.found;
    const picture = role && image.pictures[role];
    const { truth, weight } = roles;
    if (!picture || !truth) return;
    const stored = usesMap ? storedThreshold(state.threshold, picture) : 0;
    const others = [truth, ...(weight ? [weight] : [])];
    this.drawTiles(drawing, role, picture, (tile, placed) => {
      const [truthTile, weightTile] = others.map((other) => this.otherTile(drawing, placed, other));
      const fits = (each: LoadedTile | null | undefined) => each?.pixels.length === tile.pixels.length;
      if (!truthTile || !fits(truthTile) || (weight && !fits(weightTile))) return null;
      const compared = {
        pixels: tile.pixels,
        above: stored,
        truth: truthTile.pixels,
        weight: weightTile?.pixels ?? null,
      };
      const name = `${image.id}?${placed.key}/difference`;
      return this.painter.paintLive(name, `${stored}/${state.opacity}`, tile.size, (rgba) =>
        paintCompared(compared, tile.size[1], rgba, state.opacity),
      );
    });
  }

  /** The tile of another image of the sample that lies where this one does, which is asked for; null: it is not there yet. */
  private otherTile({ image, frame, state }: Drawing, placed: PlacedTile, role: ResultRole): LoadedTile | null {
    const picture = image.pictures[role];
    if (!picture) return null;
    const level = Math.min(placed.request.level, picture.levels.length - 1);
    const key = tileQuery({ ...sameTile(placed, role, picture, state.z), level });
    frame.wanted.push({ sample: image.id, key });
    return this.loader.get({ sample: image.id, key }) ?? null;
  }

  private drawTiles(
    drawing: Drawing,
    role: ResultRole,
    picture: ResultPicture,
    paint: (tile: LoadedTile, placed: PlacedTile) => HTMLCanvasElement | null,
  ): void {
    const { pane, frame, image } = drawing;
    pane.drawTiles(picture, this.choiceOf(drawing, role), this.levelOf(drawing, picture), image.id, frame, (placed) => {
      const tile = this.loader.get({ sample: image.id, key: placed.key });
      return tile ? paint(tile, placed) : null;
    });
  }

  private tilesOf(drawing: Drawing, role: ResultRole, picture: ResultPicture): PlacedTile[] {
    const { frame } = drawing;
    return tilesWithin(picture, this.choiceOf(drawing, role), this.levelOf(drawing, picture), frame.area);
  }

  private choiceOf({ pane, state, image }: Drawing, role: ResultRole) {
    const planes = image.pictures.raw.shape[2];
    return { image: role, view: pane.view, t: state.t, c: 0, at: pane.position(state), planes };
  }

  private levelOf({ pane, state }: Drawing, picture: ResultPicture): number {
    return levelFor(picture, pane.deviceScale(state));
  }
}
