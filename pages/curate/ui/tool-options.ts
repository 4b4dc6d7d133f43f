import { button, choice, h, setAttribute } from '../../shared/ui/dom';
import { whyNoTool, whyNoUse } from '../logic/needs';
import type { Actions } from './actions';
import type { Store, Tool } from './state';
import { titleOf } from './toolbar';
import { isBrush, kindOf } from './tools';

const POLYGON = 'Click vertices; the first one, a double click or Enter closes.';
const HINTS: Record<Tool, string> = {
  select: 'Drag the image, a shape or a vertex; pull new vertices out of the middles of edges.',
  mergePolygon: `${POLYGON} Inside, the other segmentation counts.`,
  mergeFreehand: 'Draw around a region in one go. Inside, the other segmentation counts.',
  excludePolygon: `${POLYGON} Training leaves the inside out.`,
  excludeFreehand: 'Draw around a region in one go. Training leaves the inside out.',
  brush: 'Paint foreground into the result.',
  eraser: 'Paint background into the result.',
};
const HOLE = 'Draw wholly inside a shape of this kind: that part is cut out of it.';

/** How the chosen tool works. A row that is always there, so that no choice moves the image. */
export function toolOptions(store: Store, actions: Actions): HTMLElement {
  const hand = choice(
    'Draw by',
    [
      { value: 'Polygon', text: 'Polygon', title: 'vertex by vertex (M, E)' },
      { value: 'Freehand', text: 'Freehand', title: 'in one go (Shift+M, Shift+E)' },
    ],
    (value) => {
      const kind = kindOf(store.state.tool);
      if (kind) actions.chooseTool(`${kind}${value}`);
    },
  );
  const hole = button(null, 'Hole', titleOf('hole'), () => actions.run('hole'));
  const size = h('input', {
    attributes: { type: 'range', min: 0.5, max: 100, step: 0.5, 'aria-label': 'Radius of the brush' },
    on: { input: () => store.set({ brushRadius: Number(size.value) }) },
  });
  const radius = h('output');
  const brush = h(
    'label',
    { class: 'tool-option', title: 'radius in pixels ( [ and ] )' },
    h('span', { text: 'Radius' }),
    size,
    radius,
  );
  const planes = choice(
    'New shapes lie in',
    [
      { value: 'all', text: 'All planes' },
      { value: 'one', text: 'This plane' },
    ],
    (value) => store.set({ planes: value }),
  );
  const hint = h('p', { class: 'hint quiet', attributes: { 'aria-live': 'polite' } });
  store.watch(
    (s) => [s.tool, s.brushRadius, s.planes, s.image, s.cutsHoles],
    (tool, brushRadius, where, image, cutsHoles) => {
      const draws = kindOf(tool) !== null;
      hand.element.hidden = hole.hidden = !draws;
      hand.show(tool.endsWith('Freehand') ? 'Freehand' : 'Polygon');
      setAttribute(hole, 'aria-pressed', String(cutsHoles));
      brush.hidden = !isBrush(tool);
      size.value = String(brushRadius);
      radius.textContent = `${brushRadius} px`;
      planes.element.hidden = tool === 'select' || cutsHoles || (image?.pictures.raw.shape[2] ?? 1) <= 1;
      planes.show(where);
      hint.textContent = whyNoTool(tool, image) ?? whyNoUse(image) ?? (cutsHoles ? HOLE : HINTS[tool]);
      hint.title = hint.textContent;
    },
  );
  return h('div', { class: 'tool-options' }, hand.element, hole, brush, planes.element, hint);
}
