import type { Point } from '../../../src/curation/decision';
import { isInPlane } from '../../../src/masks/rasterise';
import type { LookAction } from '../../shared/logic/keymap';
import type { LayerStyle } from '../../shared/logic/overlay-paint';
import { snap, toImage, toScreen } from '../../shared/logic/view-transform';
import { after, lookActions } from '../../shared/ui/look-actions';
import type { Viewer } from '../../shared/ui/viewer';
import {
  deleteShape,
  deleteVertex,
  insertVertex,
  leaveUndecided,
  moveShape,
  moveVertex,
  setBase,
  use,
} from '../logic/edits';
import { nearestEdge } from '../logic/geometry';
import type { Action } from '../logic/keymap';
import { BASE_TEXTS, whyNoTool, whyNoUse } from '../logic/needs';
import type { Session } from './session';
import { canEdit, type Store, type Tool } from './state';
import { say } from './texts';
import type { LayerName } from './tile-painter';
import { isBrush, kindOf, type Tools } from './tools';

const STYLES: LayerStyle[] = ['off', 'outline', 'fill'];
const FAR = 10;

/** What the page shows beside the image, as far as keys open it. */
export interface Openers {
  reject(): void;
  search(): void;
  report(): void;
  help(): void;
}

/** What is not about the view alone; arrows move what is drawn, else the view. */
type OwnAction = Exclude<Action, LookAction> | 'left' | 'right' | 'up' | 'down';

/** Everything that keys and buttons do. */
export class Actions {
  private readonly look: ReturnType<typeof lookActions>;
  private readonly table: Record<Action, (far: boolean) => void>;

  constructor(
    private readonly store: Store,
    private readonly session: Session,
    private readonly viewer: Viewer,
    private readonly tools: Tools,
    private readonly openers: Openers,
  ) {
    this.look = lookActions(store, viewer);
    this.table = { ...this.look, ...this.own };
  }

  /** @param far with Shift: further */
  run(action: Action, far = false): void {
    this.table[action](far);
  }

  private readonly own: Record<OwnAction, (far: boolean) => void> = {
    next: () => void this.session.go(1),
    previous: () => void this.session.go(-1),
    nextUndecided: () => void this.session.go(1, true),
    use: () => this.use(),
    reject: () => this.openers.reject(),
    undecide: () => this.session.apply(leaveUndecided(), say('done.undecide')),
    swapBase: () => this.swapBase(),
    copyPrevious: () => void this.session.copyPrevious(),
    undo: () => {
      if (!this.tools.takeBackVertex()) this.session.undo();
    },
    redo: () => this.session.redo(),
    select: () => this.chooseTool('select'),
    mergePolygon: () => this.chooseTool('mergePolygon'),
    mergeFreehand: () => this.chooseTool('mergeFreehand'),
    excludePolygon: () => this.chooseTool('excludePolygon'),
    excludeFreehand: () => this.chooseTool('excludeFreehand'),
    hole: () => this.toggleHoles(),
    brush: () => this.chooseTool('brush'),
    eraser: () => this.chooseTool('eraser'),
    paintPolygon: () => this.chooseTool('paintPolygon'),
    paintFreehand: () => this.chooseTool('paintFreehand'),
    fill: () => this.chooseTool('fill'),
    objectDelete: () => this.chooseTool('objectDelete'),
    objectMerge: () => this.chooseTool('objectMerge'),
    objectSplit: () => this.chooseTool('objectSplit'),
    objectBrush: () => this.chooseTool('objectBrush'),
    objectNew: () => this.store.set({ object: null, picks: false }),
    objectPick: () => this.pickObject(),
    smaller: () => this.resizeBrush(0.8),
    larger: () => this.resizeBrush(1.25),
    delete: () => this.delete(),
    cancel: () => {
      this.tools.cancel();
      this.store.set({ selection: null, tool: 'select', cutsHoles: false, object: null, picks: false });
    },
    confirm: () => this.tools.closePolygon(),
    place: () => this.place(),
    nextShape: () => this.selectNextShape(),
    nextVertex: () => this.selectNextVertex(),
    left: (far) => this.arrow(-1, 0, far),
    right: (far) => this.arrow(1, 0, far),
    up: (far) => this.arrow(0, -1, far),
    down: (far) => this.arrow(0, 1, far),
    seg1: () => this.nextStyle('seg1'),
    seg2: () => this.nextStyle('seg2'),
    mergeMask: () => this.nextStyle('mergeMask'),
    excludeMask: () => this.nextStyle('excludeMask'),
    result: () => this.nextStyle('result'),
    difference: () => this.toggleDifference(),
    hideAll: () => this.store.set({ hidden: !this.store.state.hidden }),
    search: () => this.openers.search(),
    report: () => this.openers.report(),
    help: () => this.openers.help(),
  };

  chooseTool(tool: Tool): void {
    const { state } = this.store;
    this.tools.cancel();
    const why = whyNoTool(tool, state.image, state.decision.base);
    if (why !== null) {
      this.store.set({ notice: { kind: 'error', text: say(why) } });
      return;
    }
    const showResult = tool !== 'select' && state.result === 'off' && !tool.startsWith('exclude');
    this.store.set({
      tool,
      cutsHoles: state.cutsHoles && kindOf(tool) === kindOf(state.tool),
      ...(tool === state.tool ? {} : { object: null, picks: false }),
      ...(showResult ? { result: 'outline' as const } : {}),
    });
    if (tool !== 'select') this.viewer.focusTarget.focus({ preventScroll: true });
  }

  private pickObject(): void {
    this.chooseTool('objectBrush');
    if (this.store.state.tool === 'objectBrush') this.store.set({ picks: true });
  }

  private toggleHoles(): void {
    if (kindOf(this.store.state.tool)) this.store.set({ cutsHoles: !this.store.state.cutsHoles });
  }

  private use(): void {
    const { state } = this.store;
    if (!canEdit(state)) return;
    const why = whyNoUse(state.image, state.decision);
    if (why !== null) {
      this.store.set({ notice: { kind: 'error', text: say(why) } });
      return;
    }
    this.session.apply(use(), say('done.use'));
    void this.session.go(1);
  }

  private swapBase(): void {
    const { decision, image } = this.store.state;
    const [first, second] = decision.base === 'seg1' ? (['seg2', 'seg1'] as const) : (['seg1', 'seg2'] as const);
    const base = image?.pictures[first] ? first : second;
    if (base !== decision.base && image?.pictures[base]) this.session.apply(setBase(base), say(BASE_TEXTS[base]));
  }

  private resizeBrush(factor: number): void {
    const { brushRadius } = this.store.state;
    const radius = factor > 1 ? Math.max(brushRadius + 0.5, brushRadius * factor) : brushRadius * factor;
    this.store.set({ brushRadius: Math.min(200, Math.max(0.5, Math.round(radius * 2) / 2)) });
  }

  private delete(): void {
    const { selection } = this.store.state;
    if (this.tools.takeBackVertex() || !selection) return;
    const { vertex, ...address } = selection;
    if (vertex) this.session.apply(deleteVertex({ ...address, ...vertex }), say('done.deleteVertex'));
    else this.session.apply(deleteShape(address), say('done.deleteShape'));
    this.store.set({ selection: vertex && this.store.state.selection ? { ...address, vertex: null } : null });
  }

  /** The pointer, or where the keys have moved the cross to. */
  private cursor(): Point {
    const { pointer, transform } = this.store.state;
    const { width, height } = this.viewer.size;
    return pointer ?? snap(toImage(transform, width / 2, height / 2));
  }

  private place(): void {
    const { tool, selection, decision, transform } = this.store.state;
    if (!canEdit(this.store.state)) return;
    const point = this.cursor();
    this.store.set({ pointer: point });
    if (this.tools.pointAt(point)) {
      const { draft } = this.store.state;
      if (draft?.type === 'cut' && draft.points.length > 1) this.tools.closePolygon();
    } else if (isBrush(tool)) this.tools.dab(point);
    else if (tool === 'fill') this.tools.fill(point);
    else if (tool !== 'select') this.tools.addVertex(point, 4 / transform.scale);
    else if (selection) {
      const { vertex, ...address } = selection;
      const edge = vertex
        ? { ring: vertex.ring, vertex: vertex.vertex + 1 }
        : nearestEdge(decision[selection.kind][selection.index], point, Infinity);
      if (!edge) return;
      const ring = decision[selection.kind][selection.index].rings[edge.ring];
      const [a, b] = [ring[edge.vertex - 1], ring[edge.vertex % ring.length]];
      const middle = snap([(a[0] + b[0]) / 2, (a[1] + b[1]) / 2]);
      this.session.apply(insertVertex({ ...address, ...edge }, middle), say('done.addVertex'));
      this.store.set({ selection: { ...address, vertex: edge } });
    }
  }

  private selectNextShape(): void {
    const { decision, selection, z } = this.store.state;
    const shapes = (['merge', 'exclude'] as const).flatMap((kind) =>
      decision[kind].flatMap((shape, index) => (isInPlane(shape.z, z) ? [{ kind, index }] : [])),
    );
    const at = shapes.findIndex(({ kind, index }) => kind === selection?.kind && index === selection.index);
    const next = shapes[(at + 1) % shapes.length];
    this.tools.cancel();
    if (next) this.store.set({ selection: { ...next, vertex: null }, tool: 'select', hidden: false });
  }

  private selectNextVertex(): void {
    const { decision, selection } = this.store.state;
    if (!selection) return;
    const vertices = decision[selection.kind][selection.index].rings.flatMap((points, ring) =>
      points.map((_, vertex) => ({ ring, vertex })),
    );
    const { vertex: now } = selection;
    const at = vertices.findIndex(({ ring, vertex }) => ring === now?.ring && vertex === now.vertex);
    this.store.set({ selection: { ...selection, vertex: vertices[(at + 1) % vertices.length] } });
  }

  private arrow(dx: number, dy: number, far: boolean): void {
    const { state } = this.store;
    const { selection, decision, transform, tool } = state;
    const steps = far ? FAR : 1;
    if (tool !== 'select') {
      this.moveCursor(dx * steps, dy * steps);
    } else if (!selection || !canEdit(state)) {
      this.look[dx < 0 ? 'left' : dx > 0 ? 'right' : dy < 0 ? 'up' : 'down'](far);
    } else {
      const { vertex, ...address } = selection;
      const step = steps * Math.max(1, Math.round(1 / transform.scale));
      const [mx, my] = [dx * step, dy * step];
      if (vertex) {
        const [x, y] = decision[address.kind][address.index].rings[vertex.ring][vertex.vertex];
        this.session.apply(moveVertex({ ...address, ...vertex }, [x + mx, y + my]), say('done.moveVertex'));
      } else this.session.apply(moveShape(address, mx, my), say('done.moveShape'));
    }
  }

  private nextStyle(name: LayerName): void {
    this.store.set({ [name]: after(STYLES, this.store.state[name]), hidden: false });
  }

  private moveCursor(dx: number, dy: number): void {
    const { transform } = this.store.state;
    const step = Math.max(1, Math.round(4 / transform.scale));
    const [x, y] = this.cursor();
    const pointer: Point = [Math.round(x + dx * step), Math.round(y + dy * step)];
    this.store.set({ pointer });
    const at = toScreen(transform, pointer);
    const { width, height } = this.viewer.size;
    const beyond = (value: number, length: number) => Math.max(0, value - length + 20) + Math.min(0, value - 20);
    this.viewer.pan(-beyond(at.x, width), -beyond(at.y, height));
  }

  private toggleDifference(): void {
    const { image, difference } = this.store.state;
    if (image?.pictures.seg1 && image.pictures.seg2) this.store.set({ difference: !difference, hidden: false });
  }
}
