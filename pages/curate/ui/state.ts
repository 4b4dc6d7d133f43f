import type { Decision, Point, Shape, Stroke } from '../../../src/curation/decision';
import type { CheckReport, Conflict, ImageView, Queue } from '../../../src/curation/page-api';
import type { ObjectName } from '../../../src/masks/object-names';
import type { LayerStyle } from '../../shared/logic/overlay-paint';
import type { BarState } from '../../shared/ui/bars';
import type { Store as AnyStore } from '../../shared/ui/store';
import { FIRST_VIEW, type ViewState } from '../../shared/ui/view-state';
import { EMPTY_DECISION } from '../logic/edits';
import type { ShapeAddress, ShapeKind } from '../logic/geometry';
import { resultRoles, shownInView } from '../logic/merged-view';
import { whyNoTool } from '../logic/needs';
import type { QueueFilter } from '../logic/queue-model';
import type { SaveStatus } from '../logic/saver';

export type Tool =
  | 'select'
  | 'mergePolygon'
  | 'mergeFreehand'
  | 'excludePolygon'
  | 'excludeFreehand'
  | 'brush'
  | 'eraser'
  | 'paintPolygon'
  | 'paintFreehand'
  | 'fill'
  | 'objectDelete'
  | 'objectMerge'
  | 'objectSplit'
  | 'objectBrush';

export type Draft =
  | { type: 'shape'; kind: ShapeKind | 'paint'; points: Point[]; isHole: boolean }
  | { type: 'stroke'; stroke: Stroke }
  /** the line that an object is divided along */
  | { type: 'cut'; points: Point[] };

export type Selection = ShapeAddress & { vertex: { ring: number; vertex: number } | null };

/** Everything the page shows. */
export interface State extends ViewState, BarState {
  queue: Queue | null;
  filter: QueueFilter;
  search: string;
  image: ImageView | null;
  decision: Decision;
  undoLabel: string | null;
  redoLabel: string | null;
  save: SaveStatus;
  conflict: { id: string; conflict: Conflict; mine: Decision } | null;
  report: CheckReport | null;

  seg1: LayerStyle;
  seg2: LayerStyle;
  mergeMask: LayerStyle;
  excludeMask: LayerStyle;
  result: LayerStyle;
  difference: boolean;
  hidden: boolean;
  opacity: number;

  tool: Tool;
  /** shapes that are drawn are cut out of others, painted areas become background */
  cutsHoles: boolean;
  brushRadius: number;
  /** the object that others are merged into, or that the brush paints; null: a new one */
  object: ObjectName | null;
  /** the next object that is pointed at is the one that the brush paints */
  picks: boolean;
  /** which planes new shapes and strokes lie in */
  planes: 'all' | 'one';
  draft: Draft | null;
  /** a shape while it is dragged */
  dragged: Shape | null;
  selection: Selection | null;
}

export type Store = AnyStore<State>;

export const FIRST_STATE: State = {
  ...FIRST_VIEW,
  queue: null,
  filter: 'all',
  search: '',
  image: null,
  decision: EMPTY_DECISION,
  undoLabel: null,
  redoLabel: null,
  save: { kind: 'saved', unsaved: 0, message: null },
  conflict: null,
  report: null,
  notice: null,
  loggedOut: false,
  seg1: 'outline',
  seg2: 'outline',
  mergeMask: 'outline',
  excludeMask: 'outline',
  result: 'off',
  difference: false,
  hidden: false,
  opacity: 0.6,
  tool: 'select',
  cutsHoles: false,
  brushRadius: 8,
  object: null,
  picks: false,
  planes: 'all',
  draft: null,
  dragged: null,
  selection: null,
};

/** Whether the open image may be changed: it is there, and the user may write. */
export function canEdit({ queue, image, openId }: State): boolean {
  return queue?.canWrite === true && image !== null && image.id === openId;
}

/** Whether the chosen tool can do anything on the open image. */
export function canDraw(state: State): boolean {
  return canEdit(state) && whyNoTool(state.tool, state.image, state.decision.base) === null;
}

/** Whether there is a result, and this view can show it: the maximum only where it follows from those of the segmentations. */
export function canShowResult({ view, decision, image }: State): boolean {
  return image !== null && resultRoles(image, decision) !== null && shownInView(decision, view, image) !== null;
}

/** The planes that what is drawn lies in; null: all. */
export function planesOf({ planes, z, image, view }: State): Shape['z'] {
  const isStack = (image?.pictures.raw.shape[2] ?? 1) > 1;
  return planes === 'one' && isStack && view !== 'max' ? [z, z] : null;
}

/** The decision with the shape that is being dragged in its new place. */
export function shownDecision({ decision, dragged, selection }: State): Decision {
  if (!dragged || !selection) return decision;
  const shapes = decision[selection.kind].map((shape, i) => (i === selection.index ? dragged : shape));
  return { ...decision, [selection.kind]: shapes };
}
