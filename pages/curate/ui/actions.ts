import type { Point } from '../../../src/review/decision';
import { PRESETS, presetContrast } from '../logic/contrast';
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
import { isInPlane } from '../logic/merged-tile';
import type { LayerStyle } from '../logic/overlay-paint';
import { snap, toImage, toScreen } from '../logic/view-transform';
import type { Session } from './session';
import { canEdit, type State, type Store, type Tool } from './state';
import { isBrush, type Tools } from './tools';
import type { Viewer } from './viewer';

const STYLES: LayerStyle[] = ['off', 'outline', 'fill'];
const VIEWS: Array<State['view']> = ['xy', 'ortho', 'max'];
const PAN = 60;
const FAR = 10;

/** What the page shows beside the image, as far as keys open it. */
export interface Openers {
  reject(): void;
  search(): void;
  report(): void;
  help(): void;
}

/** Everything that keys and buttons do. */
export class Actions {
  constructor(
    private readonly store: Store,
    private readonly session: Session,
    private readonly viewer: Viewer,
    private readonly tools: Tools,
    private readonly openers: Openers,
  ) {}

  /** @param far with Shift: further */
  run(action: Action, far = false): void {
    const { store, session, viewer, openers } = this;
    const { state } = store;
    switch (action) {
      case 'next':
        return void session.go(1);
      case 'previous':
        return void session.go(-1);
      case 'nextUndecided':
        return void session.go(1, true);
      case 'use':
        return this.use();
      case 'undecide':
        return session.apply(leaveUndecided(), 'leave undecided');
      case 'swapBase':
        return this.swapBase();
      case 'copyPrevious':
        return void session.copyPrevious();
      case 'undo':
        return this.tools.takeBackVertex() ? undefined : session.undo();
      case 'redo':
        return session.redo();
      case 'reject':
      case 'search':
      case 'report':
      case 'help':
        return openers[action]();
      case 'smaller':
      case 'larger':
        return this.resizeBrush(action === 'larger' ? 1.25 : 0.8);
      case 'delete':
        return this.delete();
      case 'cancel':
        this.tools.cancel();
        return store.set({ selection: null, tool: 'select' });
      case 'confirm':
        return this.tools.closePolygon();
      case 'place':
        return this.place();
      case 'nextShape':
        return this.selectNextShape();
      case 'nextVertex':
        return this.selectNextVertex();
      case 'left':
      case 'right':
      case 'up':
      case 'down':
        return this.arrow(action, far ? FAR : 1);
      case 'zoomIn':
        return viewer.zoom(1.4);
      case 'zoomOut':
        return viewer.zoom(1 / 1.4);
      case 'fit':
        return viewer.fit();
      case 'actualSize':
        return viewer.zoom(1 / state.transform.scale);
      case 'planeUp':
      case 'planeDown':
        return viewer.stepPlane(action === 'planeUp' ? 1 : -1);
      case 'nextTime':
      case 'previousTime':
        return this.step('t', action === 'nextTime' ? 1 : -1);
      case 'nextChannel':
        return this.step('c', 1);
      case 'nextView':
        return this.nextView();
      case 'seg1':
      case 'seg2':
      case 'result':
        return store.set({ [action]: after(STYLES, state[action]), hidden: false });
      case 'difference':
        return this.toggleDifference();
      case 'hideAll':
        return store.set({ hidden: !state.hidden });
      case 'nextContrast':
        return this.setPreset(((state.preset ?? -1) + 1) % PRESETS.length);
      default:
        return this.chooseTool(action);
    }
  }

  chooseTool(tool: Tool): void {
    const { state } = this.store;
    this.tools.cancel();
    const isMerge = tool.startsWith('merge');
    if (isMerge && !(state.image?.pictures.seg1 && state.image.pictures.seg2)) {
      const text = 'This image has one segmentation only: there is nothing to merge.';
      this.store.set({ notice: { kind: 'error', text } });
      return;
    }
    const showResult = tool !== 'select' && state.result === 'off' && !tool.startsWith('exclude');
    this.store.set({ tool, ...(showResult ? { result: 'outline' as const } : {}) });
    if (tool !== 'select') this.viewer.focusTarget.focus({ preventScroll: true });
  }

  setPreset(preset: number): void {
    const { image, c, contrast } = this.store.state;
    if (image) this.store.set({ preset, contrast: presetContrast(image.pictures.raw.ranges[c], preset, contrast.gamma) });
  }

  setChannel(c: number): void {
    this.store.set({ c });
    this.setPreset(this.store.state.preset ?? 1);
  }

  private use(): void {
    if (!canEdit(this.store.state)) return;
    this.session.apply(use(), 'use the image');
    void this.session.go(1);
  }

  private swapBase(): void {
    const { decision, image } = this.store.state;
    const base = decision.base === 'seg1' ? 'seg2' : 'seg1';
    if (image?.pictures[base]) this.session.apply(setBase(base), `base segmentation ${base.slice(3)}`);
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
    if (vertex) this.session.apply(deleteVertex({ ...address, ...vertex }), 'delete vertex');
    else this.session.apply(deleteShape(address), 'delete shape');
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
    if (isBrush(tool)) this.tools.dab(point);
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
      this.session.apply(insertVertex({ ...address, ...edge }, middle), 'add vertex');
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

  private arrow(direction: 'left' | 'right' | 'up' | 'down', steps: number): void {
    const { state } = this.store;
    const { selection, decision, transform, tool } = state;
    const [dx, dy] = { left: [-1, 0], right: [1, 0], up: [0, -1], down: [0, 1] }[direction];
    if (tool !== 'select') return this.moveCursor(dx * steps, dy * steps);
    if (!selection || !canEdit(state)) return this.viewer.pan(-dx * PAN * Math.min(steps, 4), -dy * PAN * Math.min(steps, 4));
    const { vertex, ...address } = selection;
    const step = steps * Math.max(1, Math.round(1 / transform.scale));
    if (!vertex) return this.session.apply(moveShape(address, dx * step, dy * step), 'move shape');
    const [x, y] = decision[address.kind][address.index].rings[vertex.ring][vertex.vertex];
    this.session.apply(moveVertex({ ...address, ...vertex }, [x + dx * step, y + dy * step]), 'move vertex');
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

  private step(axis: 't' | 'c', step: number): void {
    const { state } = this.store;
    const length = state.image?.pictures.raw.shape[axis === 't' ? 0 : 1] ?? 1;
    const value = (state[axis] + step + length) % length;
    if (axis === 'c') this.setChannel(value);
    else this.store.set({ t: value });
  }

  private nextView(): void {
    const { image, view } = this.store.state;
    if ((image?.pictures.raw.shape[2] ?? 1) > 1) this.store.set({ view: after(VIEWS, view) });
  }

  private toggleDifference(): void {
    const { image, difference } = this.store.state;
    if (image?.pictures.seg1 && image.pictures.seg2) this.store.set({ difference: !difference, hidden: false });
  }
}

function after<V>(values: readonly V[], value: V): V {
  return values[(values.indexOf(value) + 1) % values.length];
}
