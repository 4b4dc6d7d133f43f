import type { Point, Shape, Stroke } from '../../../src/curation/decision';
import { imageSize } from '../../shared/ui/pane';
import type { PointerTools } from '../../shared/ui/pointers';
import { addShape, addStroke, cutHole, insertVertex, moveShape, moveVertex } from '../logic/edits';
import { fillArea, NOT_FILLED_TEXTS, outlineAround } from '../logic/fill';
import { areaOf, nearestVertex, type ShapeKind, shapeAround, shapeAt, simplify } from '../logic/geometry';
import { isObjectTool } from '../logic/needs';
import { ObjectTools, type SeenResult } from './object-tools';
import type { Session } from './session';
import { middles } from './shape-layer';
import { canDraw, canEdit, planesOf, type Store, type Tool } from './state';
import { say } from './texts';

/** How near, in screen pixels, a pointer has to come; fingers are thicker. */
const REACH = { mouse: 8, pen: 10, touch: 18 } as const;
/** How far, in screen pixels, a line drawn by hand may be straightened. */
const STRAIGHTEN = 0.6;

interface Drag {
  /** changes the shape as it was when it was grasped */
  change: (to: Point) => { shape: Shape; save: () => void };
  last: ReturnType<Drag['change']> | null;
}

/** What a tool draws outlines of. */
export function kindOf(tool: Tool): ShapeKind | 'paint' | null {
  if (tool.startsWith('merge')) return 'merge';
  if (tool.startsWith('paint')) return 'paint';
  return tool.startsWith('exclude') ? 'exclude' : null;
}

/** What pointing does, in image pixels; where pointers and keys come from is not its matter. */
export class Tools implements PointerTools {
  private drag: Drag | null = null;
  private readonly objects: ObjectTools;

  constructor(
    private readonly store: Store,
    private readonly session: Session,
    private readonly result: SeenResult,
  ) {
    this.objects = new ObjectTools(store, session, result);
  }

  /**
   * @param isHole a shape that begins here is cut out of another, whatever is chosen
   * @returns whether the tool takes the pointer; else the image is moved
   */
  down(point: Point, pointer: string, isHole = false): boolean {
    const { state } = this.store;
    const { tool } = state;
    if (tool === 'select') return this.grasp(point, reachOf(pointer) / state.transform.scale);
    if (!canDraw(state) || (state.view === 'max' && isPainting(tool))) return true;
    if (this.objects.down(point)) return true;
    if (tool === 'fill') this.fill(point);
    else if (isBrush(tool)) this.store.set({ draft: { type: 'stroke', stroke: this.stroke([point]) } });
    else if (tool.endsWith('Freehand')) this.startShape(point, isHole);
    else this.addVertex(point, reachOf(pointer) / state.transform.scale, isHole);
    return true;
  }

  move(point: Point, pressed: boolean): void {
    const { draft, tool } = this.store.state;
    this.store.set({ pointer: point });
    if (!pressed) return;
    if (this.drag) {
      this.drag.last = this.drag.change(point);
      this.store.set({ dragged: this.drag.last.shape });
    } else if (draft?.type === 'stroke') {
      const { stroke } = draft;
      this.store.set({ draft: { type: 'stroke', stroke: { ...stroke, points: [...stroke.points, point] } } });
    } else if (draft && (draft.type === 'cut' || tool.endsWith('Freehand'))) {
      this.store.set({ draft: { ...draft, points: [...draft.points, point] } });
    }
  }

  up(): void {
    const { draft, tool, transform } = this.store.state;
    if (this.drag) {
      this.drag.last?.save();
      this.drag = null;
      this.store.set({ dragged: null });
    } else if (draft?.type === 'stroke') {
      const points = simplify(draft.stroke.points, Math.min(0.5, STRAIGHTEN / transform.scale));
      this.store.set({ draft: null });
      this.objects.paint({ ...draft.stroke, points }, tool, 'stroke');
    } else if (draft?.type === 'cut') {
      if (draft.points.length > 1) this.objects.split();
    } else if (draft && tool.endsWith('Freehand')) {
      this.finishShape(simplify(draft.points, STRAIGHTEN / transform.scale));
    }
  }

  /** Forgets what was begun: a second finger came down, or Escape. */
  cancel(): void {
    this.drag = null;
    this.store.set({ draft: null, dragged: null });
  }

  /** A vertex of a polygon; on the first one it closes. */
  addVertex(point: Point, reach: number, isHole = false): void {
    if (!canDraw(this.store.state)) return;
    const { draft } = this.store.state;
    if (draft?.type !== 'shape') {
      this.startShape(point, isHole);
      return;
    }
    const [first] = draft.points;
    const closes = draft.points.length > 2 && Math.hypot(first[0] - point[0], first[1] - point[1]) <= reach;
    if (closes) this.closePolygon();
    else this.store.set({ draft: { ...draft, points: [...draft.points, point] } });
  }

  closePolygon(): void {
    const { draft } = this.store.state;
    if (draft?.type === 'shape') this.finishShape(withoutRepeats(draft.points));
    else if (draft?.type === 'cut') this.objects.split();
  }

  /** @returns whether there was a last vertex to take back */
  takeBackVertex(): boolean {
    const { draft } = this.store.state;
    if (!draft || draft.type === 'stroke') return false;
    const points = draft.points.slice(0, -1);
    this.store.set({ draft: points.length > 0 ? { ...draft, points } : null });
    return true;
  }

  dab(point: Point): void {
    if (!canDraw(this.store.state)) return;
    this.objects.paint(this.stroke([point]), this.store.state.tool, 'dab');
  }

  private startShape(point: Point, isHole: boolean): void {
    const { tool, cutsHoles } = this.store.state;
    const kind = kindOf(tool);
    if (!kind) return;
    this.store.set({ draft: { type: 'shape', kind, points: [point], isHole: isHole || cutsHoles }, selection: null });
  }

  private finishShape(points: Point[]): void {
    const { draft, decision } = this.store.state;
    this.store.set({ draft: null });
    if (draft?.type !== 'shape' || points.length < 3 || areaOf(points) < 0.5) return;
    const { kind, isHole } = draft;
    if (kind === 'paint') {
      this.paintArea(points, isHole ? 0 : 1, say(isHole ? 'done.eraseArea' : 'done.paintArea'));
      return;
    }
    if (isHole) {
      this.cutHole(kind, points);
      return;
    }
    this.session.apply(
      addShape(kind, { rings: [points], z: this.planes() }),
      say(kind === 'merge' ? 'done.drawMerge' : 'done.drawExclude'),
    );
    this.store.set({ selection: { kind, index: decision[kind].length, vertex: null } });
  }

  private paintArea(points: Point[], value: Stroke['value'], label: string): void {
    this.session.apply(addStroke({ points, radius: 0, value, z: this.planes(), filled: true }), label);
  }

  /** Makes the background around a point, as far as foreground encloses it, foreground too. */
  fill(point: Point): void {
    const { image } = this.store.state;
    const area = image && fillArea(imageSize(image), point);
    if (!area) return;
    const pixels = this.result.in(area);
    const found = pixels ? outlineAround(pixels, area, point, imageSize(image)) : 'unloaded';
    if (found === 'foreground') return;
    if (typeof found === 'string') this.store.set({ notice: { kind: 'error', text: say(NOT_FILLED_TEXTS[found]) } });
    else this.paintArea(found, 1, say('done.fill'));
  }

  private cutHole(kind: ShapeKind, ring: Point[]): void {
    const { decision, view, z } = this.store.state;
    const around = shapeAround(decision, kind, ring, view === 'max' ? null : z);
    if (!around) {
      const text = say(kind === 'merge' ? 'hole.noneMerge' : 'hole.noneExclude');
      this.store.set({ notice: { kind: 'error', text } });
      return;
    }
    this.session.apply(cutHole(around, ring), say('done.cutHole'));
    this.store.set({ selection: { ...around, vertex: null } });
  }

  private grasp(point: Point, reach: number): boolean {
    const { state } = this.store;
    const { selection, decision } = state;
    const selected = selection && decision[selection.kind][selection.index];
    if (selection && selected) {
      const vertex = nearestVertex(selected, point, reach);
      const middle = middles(selected, state).find(({ at }) => Math.hypot(at[0] - point[0], at[1] - point[1]) <= reach);
      if (vertex) {
        this.store.set({ selection: { ...selection, vertex } });
        return this.take(
          { ...selection, ...vertex },
          (address, to) => moveVertex(address, to),
          say('done.moveVertex'),
          selected,
        );
      }
      if (middle && canEdit(state)) {
        const { ring, vertex } = middle;
        this.store.set({ selection: { ...selection, vertex: { ring, vertex } } });
        return this.take(
          { ...selection, ring, vertex },
          (address, to) => insertVertex(address, to),
          say('done.addVertex'),
          selected,
        );
      }
    }
    const address = state.hidden ? null : shapeAt(decision, point, state.z);
    this.store.set({ selection: address && { ...address, vertex: null } });
    if (!address) return false;
    const shape = decision[address.kind][address.index];
    const by = (at: { kind: ShapeKind; index: number }, to: Point) => moveShape(at, to[0] - point[0], to[1] - point[1]);
    return this.take({ ...address, ring: 0, vertex: 0 }, by, say('done.moveShape'), shape);
  }

  private take(
    address: { kind: ShapeKind; index: number; ring: number; vertex: number },
    edit: (
      address: { kind: ShapeKind; index: number; ring: number; vertex: number },
      to: Point,
    ) => ReturnType<typeof moveVertex>,
    label: string,
    shape: Shape,
  ): boolean {
    if (!canEdit(this.store.state)) return true;
    const { decision } = this.store.state;
    this.drag = {
      last: null,
      change: (to) => {
        const changed = edit(address, to);
        return {
          shape: changed(decision)[address.kind][address.index] ?? shape,
          save: () => this.session.apply(changed, label),
        };
      },
    };
    return true;
  }

  private stroke(points: Point[]): Stroke {
    const { brushRadius, tool } = this.store.state;
    return { points, radius: brushRadius, value: tool === 'eraser' ? 0 : 1, z: this.planes() };
  }

  private planes(): Shape['z'] {
    return planesOf(this.store.state);
  }

  /** Does with the keys what pointing does. */
  pointAt(point: Point): boolean {
    return canDraw(this.store.state) && this.objects.down(point);
  }
}

/** Whether a tool changes the result itself, plane by plane: the maximum is no plane. */
export function isPainting(tool: Tool): boolean {
  return isBrush(tool) || tool === 'fill' || kindOf(tool) === 'paint' || isObjectTool(tool);
}

export function isBrush(tool: Tool): boolean {
  return tool === 'brush' || tool === 'eraser' || tool === 'objectBrush';
}

function reachOf(pointer: string): number {
  return pointer === 'touch' ? REACH.touch : pointer === 'pen' ? REACH.pen : REACH.mouse;
}

/** A double click leaves its point twice. */
function withoutRepeats(points: readonly Point[]): Point[] {
  return points.filter(([x, y], i) => {
    const [px, py] = points[(i + points.length - 1) % points.length];
    return Math.hypot(x - px, y - py) > 1e-6;
  });
}
