import { button, choice, h, type IconName, setAttribute } from '../../shared/ui/dom';
import { type Action, KEYMAP } from '../logic/keymap';
import { whyNoTool } from '../logic/needs';
import type { TextKey } from '../logic/texts';
import type { Actions } from './actions';
import { canEdit, type State, type Store, type Tool } from './state';
import { say } from './texts';
import { kindOf } from './tools';

const TOOLS: Array<{ tool: Tool & IconName; text: TextKey }> = [
  { tool: 'select', text: 'tool.select' },
  { tool: 'mergePolygon', text: 'tool.mergePolygon' },
  { tool: 'excludePolygon', text: 'tool.excludePolygon' },
  { tool: 'brush', text: 'tool.brush' },
  { tool: 'eraser', text: 'tool.eraser' },
  { tool: 'paintPolygon', text: 'tool.paintPolygon' },
  { tool: 'fill', text: 'tool.fill' },
];

/** The tools, and undo. */
export function toolbar(store: Store, actions: Actions): HTMLElement {
  const tools = TOOLS.map(({ tool, text }) => {
    const element = button(tool, say(text), titleOf(tool), () => actions.chooseTool(tool), `tool ${tool}`);
    store.watch(
      (s) => [s.tool, s.queue?.canWrite, s.queue?.finished, s.image, s.decision.base],
      (...[chosen, , , image, base]) => {
        const why = whyNoTool(tool, image, base);
        const isChosen = chosen === tool || (kindOf(chosen) !== null && kindOf(chosen) === kindOf(tool));
        setAttribute(element, 'aria-pressed', String(isChosen));
        element.disabled = tool !== 'select' && (!canEdit(store.state) || why !== null);
        element.title = why ? say(why) : titleOf(tool);
      },
    );
    return element;
  });
  const undo = button('undo', '', titleOf('undo'), () => actions.run('undo'));
  const redo = button('redo', '', titleOf('redo'), () => actions.run('redo'));
  store.watch(
    (s) => [s.undoLabel, s.redoLabel, s.draft, s.queue],
    (...[undoLabel, redoLabel, draft]) => {
      const enabled = canEdit(store.state);
      undo.disabled = !enabled || (undoLabel === null && draft === null);
      redo.disabled = !enabled || redoLabel === null;
      undo.title = undoLabel ? say('tool.undo', { what: undoLabel }) : titleOf('undo');
      redo.title = redoLabel ? say('tool.redo', { what: redoLabel }) : titleOf('redo');
    },
  );
  return h(
    'div',
    { class: 'toolbar', attributes: { role: 'toolbar', 'aria-label': say('tool') } },
    h('div', { class: 'tools' }, ...tools),
    h('div', { class: 'tools' }, undo, redo),
  );
}

/** The help's words with the key behind them. */
export function titleOf(action: Action): string {
  const found = KEYMAP.flatMap(({ bindings }) => bindings).find((binding) => binding.action === action);
  if (!found?.text) return action;
  const [key] = found.keys;
  return `${say(found.text)} (${key.length === 1 ? key.toUpperCase() : key})`;
}

const VIEWS: Array<{ value: State['view']; text: TextKey; title: TextKey }> = [
  { value: 'xy', text: 'view.xy', title: 'view.xyTitle' },
  { value: 'ortho', text: 'view.ortho', title: 'view.orthoTitle' },
  { value: 'max', text: 'view.max', title: 'view.maxTitle' },
];

const AXES = { z: 'axis.z', t: 'axis.t', c: 'axis.c' } as const satisfies Record<string, TextKey>;

/** Where in the image one is: plane, time, channel, view. */
export function positionBar(store: Store): HTMLElement {
  const sliders = (['z', 't', 'c'] as const).map((axis) => {
    const input = h('input', {
      attributes: { type: 'range', min: 0, step: 1, 'aria-label': say(AXES[axis]) },
      on: {
        input: () => {
          const value = Number(input.value);
          store.set({ [axis]: value });
        },
      },
    });
    const text = h('output');
    const element = h('label', { class: `position position-${axis}` }, h('span', { text: axis }), input, text);
    store.watch(
      (s) => [s.image, s[axis], s.view, s.composite],
      (image, value, view, composite) => {
        const length = image?.pictures.raw.shape[{ t: 0, c: 1, z: 2 }[axis]] ?? 1;
        element.hidden = length <= 1 || (axis === 'c' && composite);
        input.max = String(length - 1);
        input.value = String(value);
        input.disabled = axis === 'z' && view === 'max';
        const name = axis === 'c' ? image?.pictures.raw.channels[value]?.name : '';
        text.textContent = name || `${value} / ${length - 1}`;
      },
    );
    return element;
  });
  const views = VIEWS.map(({ value, text, title }) => ({ value, text: say(text), title: say(title) }));
  const view = choice(say('view'), views, (value) => store.set({ view: value }));
  store.watch(
    (s) => [s.view, s.image],
    (shown, image) => {
      view.element.hidden = (image?.pictures.raw.shape[2] ?? 1) <= 1;
      view.show(shown);
    },
  );
  const bar = h('div', { class: 'position-bar' }, ...sliders, view.element);
  store.watch(
    (s) => [s.image],
    (image) => {
      bar.hidden = (image?.pictures.raw.shape.slice(0, 3) ?? []).every((length) => length <= 1);
    },
  );
  return bar;
}
