import type { Decision, Point, Shape, Stroke } from '../../../src/curation/decision';
import type { CheckReport, Conflict, ImageView, Queue } from '../../../src/curation/page-api';
import { type ChannelLook, PLAIN_LOOK } from '../../shared/logic/channel-looks';
import type { Contrast } from '../../shared/logic/contrast';
import type { ViewTransform } from '../../shared/logic/view-transform';
import { EMPTY_DECISION } from '../logic/edits';
import type { ShapeAddress, ShapeKind } from '../logic/geometry';
import { throughAllPlanes } from '../logic/merged-section';
import { whyNoTool } from '../logic/needs';
import type { LayerStyle } from '../logic/overlay-paint';
import type { QueueFilter } from '../logic/queue-model';
import type { SaveStatus } from '../logic/saver';

export type Tool =
  | 'select'
  | 'mergePolygon'
  | 'mergeFreehand'
  | 'excludePolygon'
  | 'excludeFreehand'
  | 'brush'
  | 'eraser';

export type Draft =
  | { type: 'shape'; kind: ShapeKind; points: Point[]; isHole: boolean }
  | { type: 'stroke'; stroke: Stroke };

export type Selection = ShapeAddress & { vertex: { ring: number; vertex: number } | null };

/** Everything the page shows. */
export interface State {
  queue: Queue | null;
  filter: QueueFilter;
  search: string;
  /** the sample that is open, or opening where `image` is another's or null */
  openId: string | null;
  image: ImageView | null;
  decision: Decision;
  undoLabel: string | null;
  redoLabel: string | null;
  save: SaveStatus;
  conflict: { id: string; conflict: Conflict; mine: Decision } | null;
  report: CheckReport | null;
  /** what went wrong last, or what was done */
  notice: { kind: 'error' | 'done'; text: string } | null;
  loggedOut: boolean;

  view: 'xy' | 'ortho' | 'max';
  transform: ViewTransform;
  z: number;
  t: number;
  c: number;
  /** where the planes across lie, level-0 pixels */
  cross: Point;
  /** how each channel of the raw image looks */
  looks: ChannelLook[];
  /** several channels together, in colours */
  composite: boolean;
  seg1: LayerStyle;
  seg2: LayerStyle;
  result: LayerStyle;
  difference: boolean;
  hidden: boolean;
  opacity: number;

  tool: Tool;
  /** shapes that are drawn are cut out of others */
  cutsHoles: boolean;
  brushRadius: number;
  /** which planes new shapes and strokes lie in */
  planes: 'all' | 'one';
  draft: Draft | null;
  /** a shape while it is dragged */
  dragged: Shape | null;
  selection: Selection | null;
  pointer: Point | null;
  tilesLoading: boolean;
}

export const FIRST_STATE: State = {
  queue: null,
  filter: 'all',
  search: '',
  openId: null,
  image: null,
  decision: EMPTY_DECISION,
  undoLabel: null,
  redoLabel: null,
  save: { kind: 'saved', unsaved: 0, message: null },
  conflict: null,
  report: null,
  notice: null,
  loggedOut: false,
  view: 'xy',
  transform: { scale: 1, x: 0, y: 0 },
  z: 0,
  t: 0,
  c: 0,
  cross: [0, 0],
  looks: [],
  composite: false,
  seg1: 'outline',
  seg2: 'outline',
  result: 'off',
  difference: false,
  hidden: false,
  opacity: 0.6,
  tool: 'select',
  cutsHoles: false,
  brushRadius: 8,
  planes: 'all',
  draft: null,
  dragged: null,
  selection: null,
  pointer: null,
  tilesLoading: false,
};

/** The state and those who show it. */
export class Store {
  private readonly listeners = new Set<() => void>();
  private current = FIRST_STATE;

  get state(): State {
    return this.current;
  }

  set(patch: Partial<State>): void {
    this.current = { ...this.current, ...patch };
    for (const listener of this.listeners) listener();
  }

  /** Calls `show` now, and whenever one of the values that `pick` gives has changed. */
  watch<V extends unknown[]>(pick: (state: State) => [...V], show: (...values: NoInfer<V>) => void): void {
    let last = pick(this.current);
    show(...last);
    this.listeners.add(() => {
      const values = pick(this.current);
      if (values.every((value, i) => Object.is(value, last[i]))) return;
      last = values;
      show(...values);
    });
  }
}

/** Whether the open image may be changed: it is there, and the user may write. */
export function canEdit({ queue, image, openId }: State): boolean {
  return queue?.canWrite === true && !queue.finished && image !== null && image.id === openId;
}

/** Whether the chosen tool can do anything on the open image. */
export function canDraw(state: State): boolean {
  return canEdit(state) && whyNoTool(state.tool, state.image) === null;
}

/** How the channel looks that is open. */
export function lookOf({ looks, c }: State): ChannelLook {
  return looks[c] ?? PLAIN_LOOK;
}

/** The channels that are shown, and how: one in grey, or several in colours, which add up. */
export function shownChannels(state: State): Array<{ c: number; contrast: Contrast; colour?: string }> {
  const { c, composite, looks } = state;
  if (!composite) return [{ c, contrast: lookOf(state).contrast }];
  return looks.flatMap(({ shown, contrast, colour }, i) => (shown ? [{ c: i, contrast, colour }] : []));
}

/** The maximum shows the result only where it follows from the maxima of the segmentations. */
export function canShowResult({ view, decision, image }: State): boolean {
  return view !== 'max' || throughAllPlanes(decision, image?.pictures.raw.shape[2] ?? 1) !== null;
}

/** The decision with the shape that is being dragged in its new place. */
export function shownDecision({ decision, dragged, selection }: State): Decision {
  if (!dragged || !selection) return decision;
  const shapes = decision[selection.kind].map((shape, i) => (i === selection.index ? dragged : shape));
  return { ...decision, [selection.kind]: shapes };
}
