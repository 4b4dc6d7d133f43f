import type { Point, Shape } from '../../../src/curation/decision';
import { isInPlane } from '../../../src/masks/rasterise';
import { toScreen } from '../../shared/logic/view-transform';
import { svg } from '../../shared/ui/dom';
import { LAYER_COLOURS } from '../logic/overlay-paint';
import { type State, type Store, shownDecision } from './state';

const HATCH = 8;
/** Edges shorter than this, in screen pixels, have no handle to pull a new vertex from. */
const SHORTEST_EDGE = 44;

/** Shapes and strokes over the image, as SVG: sharp at any zoom, and cheap to move. */
export class ShapeLayer {
  readonly element = svg('svg', { class: 'shapes', 'aria-hidden': 'true' });
  private readonly hatch = svg('pattern', {
    id: 'hatch',
    patternUnits: 'userSpaceOnUse',
    width: HATCH,
    height: HATCH,
  });
  private readonly shapes = svg('g');
  private readonly draft = svg('g');
  private readonly handles = svg('g');
  private readonly marks = svg('g');

  constructor(store: Store) {
    const line = {
      d: `M-1 ${HATCH + 1}L${HATCH + 1} -1M-1 1L1 -1M${HATCH - 1} ${HATCH + 1}L${HATCH + 1} ${HATCH - 1}`,
    };
    this.hatch.append(svg('path', { ...line, stroke: LAYER_COLOURS.excludeMask, 'stroke-width': 1.5 }));
    const defs = svg('defs');
    defs.append(this.hatch);
    this.element.append(defs, this.shapes, this.draft, this.handles, this.marks);
    store.watch(
      (s) => [s.decision, s.dragged, s.selection, s.z, s.view, s.hidden, s.openId, s.image],
      () => this.drawShapes(store.state),
    );
    store.watch(
      (s) => [s.draft, s.pointer, s.tool, s.brushRadius, s.transform, s.openId],
      () => this.drawDraft(store.state),
    );
    store.watch(
      (s) => [s.transform],
      ({ scale, x, y }) => {
        // Image numbers are pixel centres, half a pixel from the corner.
        const move = `translate(${x + scale / 2} ${y + scale / 2}) scale(${scale})`;
        this.shapes.setAttribute('transform', move);
        this.draft.setAttribute('transform', move);
        this.hatch.setAttribute('patternTransform', `scale(${1 / scale})`);
      },
    );
    store.watch(
      (s) => [s.selection, s.decision, s.dragged, s.transform, s.tool, s.hidden],
      () => this.drawHandles(store.state),
    );
    store.watch(
      (s) => [s.view, s.cross, s.transform],
      () => this.drawMarks(store.state),
    );
  }

  private drawShapes(state: State): void {
    this.shapes.replaceChildren();
    if (state.hidden || !state.image || state.image.id !== state.openId) return;
    const decision = shownDecision(state);
    for (const kind of ['merge', 'exclude'] as const) {
      for (const [index, shape] of decision[kind].entries()) {
        if (state.view !== 'max' && !isInPlane(shape.z, state.z)) continue;
        const isSelected = state.selection?.kind === kind && state.selection.index === index;
        const d = shape.rings.map((ring) => `${pathOf(ring)}Z`).join('');
        const classes = `shape shape-${kind}${isSelected ? ' selected' : ''}`;
        if (isSelected) this.shapes.append(svg('path', { d, class: 'halo' }));
        this.shapes.append(svg('path', { d, class: classes, 'fill-rule': 'evenodd' }));
      }
    }
  }

  private drawDraft({ draft, pointer, tool, brushRadius, transform, image, openId }: State): void {
    this.draft.replaceChildren();
    if (!image || image.id !== openId) return;
    if (draft?.type === 'cut') {
      const points = draft.points.length === 1 && pointer ? [...draft.points, pointer] : draft.points;
      this.draft.append(svg('path', { d: pathOf(points), class: 'shape shape-cut draft' }));
    }
    if (draft?.type === 'shape' && draft.points.length > 0) {
      const isPolygon = tool.endsWith('Polygon');
      const points = isPolygon && pointer ? [...draft.points, pointer] : draft.points;
      this.draft.append(
        svg('path', {
          d: `${pathOf(points)}Z`,
          class: `shape shape-${draft.kind} draft${draft.isHole ? ' hole' : ''}`,
        }),
      );
      for (const [x, y] of isPolygon ? draft.points : []) {
        this.draft.append(svg('circle', { cx: x, cy: y, r: 4 / transform.scale, class: 'handle' }));
      }
    }
    if (draft?.type === 'stroke') {
      const { points, radius, value } = draft.stroke;
      const path = svg('path', { d: points.length > 1 ? pathOf(points) : `${pathOf(points)}l0.001 0` });
      path.setAttribute('class', `stroke ${value === 1 ? 'paint' : 'erase'}`);
      path.setAttribute('stroke-width', String(2 * radius));
      this.draft.append(path);
    }
    if (pointer && (tool === 'brush' || tool === 'eraser')) {
      const r = Math.max(brushRadius, 0.5);
      this.draft.append(svg('circle', { cx: pointer[0], cy: pointer[1], r, class: `cursor ${tool}` }));
    } else if (pointer && tool !== 'select') {
      const arm = 7 / transform.scale;
      const d = `M${pointer[0] - arm} ${pointer[1]}h${2 * arm}M${pointer[0]} ${pointer[1] - arm}v${2 * arm}`;
      this.draft.append(svg('path', { d, class: 'cursor' }));
    }
  }

  private drawHandles(state: State): void {
    this.handles.replaceChildren();
    const { selection, transform, tool } = state;
    const shape = selection && shownDecision(state)[selection.kind][selection.index];
    if (!shape || state.hidden || tool !== 'select') return;
    for (const { at } of middles(shape, state)) {
      const { x, y } = toScreen(transform, at);
      this.handles.append(svg('circle', { cx: x, cy: y, r: 3.5, class: 'handle middle' }));
    }
    for (const [ring, points] of shape.rings.entries()) {
      for (const [vertex, point] of points.entries()) {
        const { x, y } = toScreen(transform, point);
        const isChosen = selection.vertex?.ring === ring && selection.vertex.vertex === vertex;
        const r = isChosen ? 6.5 : 4.5;
        this.handles.append(svg('circle', { cx: x, cy: y, r, class: isChosen ? 'handle chosen' : 'handle' }));
      }
    }
  }

  private drawMarks({ view, cross, transform }: State): void {
    this.marks.replaceChildren();
    if (view !== 'ortho') return;
    const { x, y } = toScreen(transform, cross);
    this.marks.append(svg('path', { d: `M${x} 0V9999M0 ${y}H9999`, class: 'crossline' }));
  }
}

/** Where a new vertex can be pulled out of an edge: its middle, where it is long enough on the screen. */
export function middles(shape: Shape, { transform }: State): Array<{ ring: number; vertex: number; at: Point }> {
  return shape.rings.flatMap((points, ring) =>
    points.flatMap((a, i) => {
      const b = points[(i + 1) % points.length];
      if (Math.hypot(b[0] - a[0], b[1] - a[1]) * transform.scale < SHORTEST_EDGE) return [];
      return [{ ring, vertex: i + 1, at: [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2] as Point }];
    }),
  );
}

function pathOf(points: readonly Point[]): string {
  return `M${points.map(([x, y]) => `${x} ${y}`).join('L')}`;
}
