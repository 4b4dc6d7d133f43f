import type { Decision } from '../../../src/curation/decision';
import type { CuratedRole, ImageView } from '../../../src/curation/page-api';
import { numberOf } from '../../../src/masks/object-names';
import { levelFor, type PlacedTile, tilesWithin } from '../../shared/logic/tile-grid';
import { LINES_FROM, strokeBorder } from '../../shared/ui/borders';
import type { Frame, Pane, PaneOverlay } from '../../shared/ui/pane';
import { resultRoles, sourcesOf } from '../logic/merged-view';
import { isNumbered, numberingOf, numbersRole } from '../logic/numbering';
import { LAYER_COLOURS } from '../logic/overlay-paint';
import { canShowResult, type State, type Store, shownDecision, type Tool } from './state';
import type { Layer, LayerName, TilePainter } from './tile-painter';

/** Of these lines, in pixels of the tile. */
const DASHES: Record<LayerName, number[]> = {
  seg1: [],
  seg2: [0.7, 0.4],
  mergeMask: [1, 0.2, 0.2, 0.2],
  excludeMask: [1.5, 0.3],
  result: [0.2, 0.3],
};

/** The segmentations, the masks, the result and the segmentations' difference, over the image of a pane. */
export class PaneLayers implements PaneOverlay {
  constructor(
    private readonly store: Store,
    private readonly painter: TilePainter,
  ) {}

  draw(pane: Pane, frame: Frame): void {
    const { state } = this.store;
    const { image } = state;
    if (!image || state.hidden) return;
    for (const layer of layersOf(state, image)) this.drawLayer(pane, frame, state, image, layer);
  }

  private drawLayer(pane: Pane, frame: Frame, state: State, image: ImageView, layer: Layer): void {
    const { placement, area, wanted } = frame;
    const decision = shownDecision(state);
    // The first one says where the tiles lie.
    const names = imagesOf(layer, image, decision);
    const picture = names[0] && image.pictures[names[0]];
    if (!picture) return;
    const planes = image.pictures.raw.shape[2];
    // Of the raw image the tiles that are seen anyway.
    const c = names[0] === 'raw' ? state.c : 0;
    const choice = { image: names[0], view: pane.view, t: state.t, c, at: pane.position(state), planes };
    const level = levelFor(picture, pane.deviceScale(state));
    for (const name of names.slice(1)) {
      const other = image.pictures[name];
      if (!other) continue;
      const tiles = tilesWithin(other, { ...choice, image: name }, Math.min(level, other.levels.length - 1), area);
      wanted.push(...tiles.map(({ key }) => ({ sample: image.id, key })));
    }
    this.painter.plane = state.z;
    // Objects that touch are told apart by colour, which a line of one colour would not do.
    const hasNumbers =
      names.some((name) => name === 'numbers1' || name === 'numbers2') || isNumberedResult(layer, image, decision);
    if (!hasNumbers && layer.style === 'outline' && pane.view === 'xy' && state.transform.scale >= LINES_FROM) {
      for (const tile of tilesWithin(picture, choice, level, area)) {
        wanted.push({ sample: image.id, key: tile.key });
        const { name, alpha } = layer;
        const border = this.painter.border(image, tile, layer, decision);
        if (!border || name === 'difference') continue;
        const look = { colour: LAYER_COLOURS[name], dashes: DASHES[name], alpha: Math.min(1, alpha + 0.3) };
        strokeBorder(pane.context, placement, tile, border, look);
      }
      return;
    }
    const paint = (tile: PlacedTile) => this.painter.layer(image, tile, layer, decision);
    pane.drawTiles(picture, choice, level, image.id, frame, paint);
  }
}

function imagesOf({ name }: Layer, image: ImageView, decision: Decision): CuratedRole[] {
  if (name === 'difference') return ['seg1', 'seg2'];
  if (name === 'seg1' || name === 'seg2') return [numbersRole(image, name)];
  if (name !== 'result') return [name];
  const roles = resultRoles(image, decision);
  if (!roles) return [];
  const mask = image.pictures.mergeMask ? (['mergeMask'] as const) : [];
  const { base, other } = sourcesOf(image, roles, isNumbered(image, roles, decision));
  return [base, ...(other ? [other, ...mask] : [])];
}

function isNumberedResult({ name }: Layer, image: ImageView, decision: Decision): boolean {
  const roles = name === 'result' ? resultRoles(image, decision) : null;
  return roles !== null && isNumbered(image, roles, decision);
}

/** What changes objects of the result. */
const OBJECT_TOOLS: ReadonlySet<Tool> = new Set(['objectDelete', 'objectMerge', 'objectSplit', 'objectBrush']);

function layersOf(state: State, image: ImageView): Layer[] {
  const { pictures } = image;
  const alpha = state.opacity;
  if (state.difference && pictures.seg1 && pictures.seg2) return [{ name: 'difference', style: 'fill', alpha }];
  const layers: Layer[] = [];
  const isOnObjects = OBJECT_TOOLS.has(state.tool) && state.result !== 'off' && canShowResult(state);
  const picked = state.object && numberOf(state.object, numberingOf(state.decision.base));
  for (const name of ['seg1', 'seg2', 'mergeMask', 'excludeMask', 'result'] as const) {
    const style = state[name];
    const isThere = name === 'result' ? canShowResult(state) : pictures[name] !== undefined;
    // Over the result what an object was before would look like it still is there.
    if (isOnObjects && (name === 'seg1' || name === 'seg2')) continue;
    if (style !== 'off' && isThere) layers.push({ name, style, alpha, ...(name === 'result' ? { picked } : {}) });
  }
  return layers;
}
