import type { Point, Stroke } from '../../../src/curation/decision';
import { isSameObject, type ObjectName } from '../../../src/masks/object-names';
import type { Area } from '../../shared/logic/tile-grid';
import { imageSize } from '../../shared/ui/pane';
import { addStroke } from '../logic/edits';
import { simplify } from '../logic/geometry';
import {
  deleteObject,
  mergeObjects,
  mostOf,
  newObject,
  placeOf,
  pointsAlong,
  splitObject,
  type Where,
} from '../logic/object-edits';
import type { Session } from './session';
import { planesOf, type Store, type Tool } from './state';
import { say } from './texts';

/** How far, in pixels, the line that divides an object may be straightened. */
const STRAIGHTEN = 0.5;

/** What was painted, as a step that can be undone is called. */
const PAINTED = {
  brush: { stroke: 'done.brushStroke', dab: 'done.brushDab' },
  eraser: { stroke: 'done.eraserStroke', dab: 'done.eraserDab' },
} as const;

/** The result as far as it is there. */
export interface SeenResult {
  /** pixels in a part of the plane that is seen, [y, x] of level 0; null where a tile is not there yet */
  in(area: Area): Uint8Array | null;
  /** the object at a point; null: none is */
  objectAt(point: Point): ObjectName | null;
}

/** What pointing does to objects that are told apart: deletes, merges, divides and paints them. */
export class ObjectTools {
  constructor(
    private readonly store: Store,
    private readonly session: Session,
    private readonly result: Pick<SeenResult, 'objectAt'>,
  ) {}

  /** @returns whether the chosen tool does something with a point */
  down(point: Point): boolean {
    const { tool, picks, draft, notice } = this.store.state;
    // What was said of the click before is not of this one.
    if (notice?.text === say('object.none')) this.store.set({ notice: null });
    if (tool === 'objectBrush' && picks) this.pick(point);
    else if (tool === 'objectDelete') this.delete(point);
    else if (tool === 'objectMerge') this.merge(point);
    else if (tool === 'objectSplit') {
      const points = draft?.type === 'cut' ? [...draft.points, point] : [point];
      this.store.set({ draft: { type: 'cut', points } });
    } else return false;
    return true;
  }

  /** Paints a stroke, with the brush of objects that of an object. */
  paint(stroke: Stroke, tool: Tool, way: keyof typeof PAINTED.brush): void {
    if (tool !== 'objectBrush') {
      this.session.apply(addStroke(stroke), say(PAINTED[stroke.value === 1 ? 'brush' : 'eraser'][way]));
      return;
    }
    const object = this.store.state.object ?? newObject(this.store.state.decision);
    this.session.apply(addStroke({ ...stroke, object, ...placeOf(this.where()) }), say('done.paintObject'));
    this.store.set({ object });
  }

  /** Makes two objects of the one that lies under most of the line that was drawn. */
  split(): void {
    const { draft, image } = this.store.state;
    if (draft?.type !== 'cut' || !image || draft.points.length < 2) return;
    this.store.set({ draft: null });
    const object = this.said(mostOf(pointsAlong(draft.points).map((point) => this.result.objectAt(point))));
    const line = simplify(draft.points, STRAIGHTEN);
    if (!object || line.length < 2) return;
    const { width, height } = imageSize(image);
    this.session.apply(splitObject(object, line, width + height, this.where()), say('done.splitObject'));
  }

  private delete(point: Point): void {
    const object = this.said(this.result.objectAt(point));
    if (!object) return;
    this.session.apply(deleteObject(object, this.where()), say('done.deleteObject'));
    if (isSameObject(object, this.store.state.object)) this.store.set({ object: null });
  }

  private merge(point: Point): void {
    const { object: into } = this.store.state;
    const object = this.said(this.result.objectAt(point));
    if (!object) return;
    if (!into) this.store.set({ object });
    else if (!isSameObject(into, object)) {
      this.session.apply(mergeObjects(into, object, this.where()), say('done.mergeObjects'));
    }
  }

  private pick(point: Point): void {
    const object = this.said(this.result.objectAt(point));
    if (object) this.store.set({ object, picks: false });
  }

  /** Tells where there is no object. */
  private said(object: ObjectName | null): ObjectName | null {
    if (!object) this.store.set({ notice: { kind: 'error', text: say('object.none') } });
    return object;
  }

  /** Numbers of another time point may be those of other objects. */
  private where(): Where {
    const { state } = this.store;
    const times = state.image?.pictures.raw.shape[0] ?? 1;
    return { z: planesOf(state), t: times > 1 ? state.t : null };
  }
}
