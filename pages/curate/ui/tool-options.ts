import { button, choice, h, setAttribute } from '../../shared/ui/dom';
import { whyNoTool, whyNoUse } from '../logic/needs';
import type { TextKey } from '../logic/texts';
import type { Actions } from './actions';
import type { Store, Tool } from './state';
import { say } from './texts';
import { titleOf } from './toolbar';
import { isBrush, kindOf } from './tools';

const HINTS: Record<Tool, TextKey> = {
  select: 'hint.select',
  mergePolygon: 'hint.mergePolygon',
  mergeFreehand: 'hint.mergeFreehand',
  excludePolygon: 'hint.excludePolygon',
  excludeFreehand: 'hint.excludeFreehand',
  brush: 'hint.brush',
  eraser: 'hint.eraser',
  paintPolygon: 'hint.paintPolygon',
  paintFreehand: 'hint.paintFreehand',
  fill: 'hint.fill',
  objectDelete: 'hint.objectDelete',
  objectMerge: 'hint.objectMerge',
  objectSplit: 'hint.objectSplit',
  objectBrush: 'hint.objectBrush',
};

/** How the chosen tool works. A row that is always there, so that no choice moves the image. */
export function toolOptions(store: Store, actions: Actions): HTMLElement {
  const hand = choice(
    say('options.hand'),
    [
      { value: 'Polygon', text: say('options.polygon'), title: say('options.polygonTitle') },
      { value: 'Freehand', text: say('options.freehand'), title: say('options.freehandTitle') },
    ],
    (value) => {
      const kind = kindOf(store.state.tool);
      if (kind) actions.chooseTool(`${kind}${value}`);
    },
  );
  const hole = button(null, say('options.hole'), titleOf('hole'), () => actions.run('hole'));
  const size = h('input', {
    attributes: { type: 'range', min: 0.5, max: 100, step: 0.5, 'aria-label': say('options.radiusLabel') },
    on: { input: () => store.set({ brushRadius: Number(size.value) }) },
  });
  const radius = h('output');
  const brush = h(
    'label',
    { class: 'tool-option', title: say('options.radiusTitle') },
    h('span', { text: say('options.radius') }),
    size,
    radius,
  );
  const planes = choice(
    say('options.planes'),
    [
      { value: 'all', text: say('options.allPlanes') },
      { value: 'one', text: say('options.thisPlane') },
    ],
    (value) => store.set({ planes: value }),
  );
  const fresh = button(null, say('options.newObject'), titleOf('objectNew'), () => actions.run('objectNew'));
  const pick = button(null, say('options.pickObject'), titleOf('objectPick'), () => actions.run('objectPick'));
  store.watch(
    (s) => [s.tool, s.object, s.picks],
    (tool, object, picks) => {
      fresh.hidden = pick.hidden = tool !== 'objectBrush';
      setAttribute(fresh, 'aria-pressed', String(object === null && !picks));
      setAttribute(pick, 'aria-pressed', String(picks));
    },
  );
  const hint = h('p', { class: 'hint quiet', attributes: { 'aria-live': 'polite' } });
  store.watch(
    (s) => [s.tool, s.brushRadius, s.planes, s.image, s.cutsHoles, s.decision],
    (tool, brushRadius, where, image, cutsHoles, decision) => {
      const draws = kindOf(tool) !== null;
      hand.element.hidden = hole.hidden = !draws;
      hole.textContent = say(kindOf(tool) === 'paint' ? 'options.erase' : 'options.hole');
      hand.show(tool.endsWith('Freehand') ? 'Freehand' : 'Polygon');
      setAttribute(hole, 'aria-pressed', String(cutsHoles));
      brush.hidden = !isBrush(tool);
      size.value = String(brushRadius);
      radius.textContent = say('options.pixels', { radius: brushRadius });
      planes.element.hidden =
        tool === 'select' || (cutsHoles && kindOf(tool) !== 'paint') || (image?.pictures.raw.shape[2] ?? 1) <= 1;
      planes.show(where);
      const why = whyNoTool(tool, image, decision.base) ?? whyNoUse(image, decision);
      const holes = kindOf(tool) === 'paint' ? 'hint.eraseArea' : 'hint.hole';
      hint.textContent = say(why ?? (cutsHoles ? holes : HINTS[tool]));
      hint.title = hint.textContent;
    },
  );
  return h('div', { class: 'tool-options' }, hand.element, hole, fresh, pick, brush, planes.element, hint);
}
