import { type Action, KEYMAP } from '../logic/keymap';
import type { Actions } from './actions';
import { button, choice, h, type IconName, setAttribute } from './dom';
import { canEdit, type State, type Store, type Tool } from './state';

const TOOLS: Array<{ tool: Tool & IconName; text: string }> = [
  { tool: 'select', text: 'Select' },
  { tool: 'mergePolygon', text: 'Merge' },
  { tool: 'mergeFreehand', text: '' },
  { tool: 'excludePolygon', text: 'Exclude' },
  { tool: 'excludeFreehand', text: '' },
  { tool: 'brush', text: 'Brush' },
  { tool: 'eraser', text: 'Eraser' },
];

const HINTS: Partial<Record<Tool, string>> = {
  mergePolygon: 'Click vertices; the first one, a double click or Enter closes. Inside, the other segmentation counts.',
  mergeFreehand: 'Draw around a region in one go. Inside, the other segmentation counts.',
  excludePolygon: 'Click vertices; the first one, a double click or Enter closes. Training leaves the inside out.',
  excludeFreehand: 'Draw around a region in one go. Training leaves the inside out.',
  brush: 'Paint foreground into the result.',
  eraser: 'Paint background into the result.',
};

/** The tools, what they do, and undo. */
export function toolbar(store: Store, actions: Actions): HTMLElement {
  const tools = TOOLS.map(({ tool, text }) => {
    const element = button(tool, text, titleOf(tool), () => actions.chooseTool(tool), `tool ${tool}`);
    store.watch(
      (s) => [s.tool, s.queue?.canWrite, s.queue?.finished, s.image],
      (...[chosen]) => {
        setAttribute(element, 'aria-pressed', String(chosen === tool));
        element.disabled = tool !== 'select' && !canEdit(store.state);
      },
    );
    return element;
  });
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
  const undo = button('undo', '', titleOf('undo'), () => actions.run('undo'));
  const redo = button('redo', '', titleOf('redo'), () => actions.run('redo'));
  const hint = h('p', { class: 'hint', attributes: { 'aria-live': 'polite' } });
  store.watch(
    (s) => [s.tool, s.brushRadius, s.planes, s.image],
    (tool, brushRadius, where, image) => {
      brush.hidden = tool !== 'brush' && tool !== 'eraser';
      planes.element.hidden = tool === 'select' || (image?.pictures.raw.shape[2] ?? 1) <= 1;
      size.value = String(brushRadius);
      radius.textContent = `${brushRadius} px`;
      planes.show(where);
      hint.textContent = HINTS[tool] ?? '';
    },
  );
  store.watch(
    (s) => [s.undoLabel, s.redoLabel, s.draft, s.queue],
    (...[undoLabel, redoLabel, draft]) => {
      const enabled = canEdit(store.state);
      undo.disabled = !enabled || (undoLabel === null && draft === null);
      redo.disabled = !enabled || redoLabel === null;
      undo.title = undoLabel ? `undo: ${undoLabel} (Ctrl+Z)` : titleOf('undo');
      redo.title = redoLabel ? `redo: ${redoLabel} (Ctrl+Shift+Z)` : titleOf('redo');
    },
  );
  return h(
    'div',
    { class: 'toolbar', attributes: { role: 'toolbar', 'aria-label': 'Tools' } },
    h('div', { class: 'tools' }, ...tools),
    h('div', { class: 'tools' }, undo, redo),
    brush,
    planes.element,
    hint,
  );
}

/** The help's words with the key behind them. */
export function titleOf(action: Action): string {
  const found = KEYMAP.flatMap(({ bindings }) => bindings).find((binding) => binding.action === action);
  return found ? `${found.text} (${found.keys[0].length === 1 ? found.keys[0].toUpperCase() : found.keys[0]})` : action;
}

const VIEWS: Array<{ value: State['view']; text: string; title: string }> = [
  { value: 'xy', text: 'Plane', title: 'one plane; key X' },
  { value: 'ortho', text: 'Orthogonal', title: 'a plane and two across it; key X' },
  { value: 'max', text: 'Maximum', title: 'maximum along z; key X' },
];

/** Where in the image one is: plane, time, channel, view, zoom, and the value under the pointer. */
export function positionBar(store: Store, actions: Actions): HTMLElement {
  const sliders = (['z', 't', 'c'] as const).map((axis) => {
    const input = h('input', {
      attributes: { type: 'range', min: 0, step: 1, 'aria-label': { z: 'Plane', t: 'Time', c: 'Channel' }[axis] },
      on: {
        input: () => {
          const value = Number(input.value);
          if (axis === 'c') actions.setChannel(value);
          else store.set({ [axis]: value });
        },
      },
    });
    const text = h('output');
    const element = h('label', { class: `position position-${axis}` }, h('span', { text: axis }), input, text);
    store.watch(
      (s) => [s.image, s[axis], s.view],
      (image, value, view) => {
        const length = image?.pictures.raw.shape[{ t: 0, c: 1, z: 2 }[axis]] ?? 1;
        element.hidden = length <= 1;
        input.max = String(length - 1);
        input.value = String(value);
        input.disabled = axis === 'z' && view === 'max';
        const name = axis === 'c' ? image?.pictures.raw.channels[value]?.name : '';
        text.textContent = name || `${value} / ${length - 1}`;
      },
    );
    return element;
  });
  const view = choice('View', VIEWS, (value) => store.set({ view: value }));
  const zoom = h('output', { class: 'zoom', title: 'screen pixels an image pixel' });
  const readout = h('output', { class: 'readout' });
  store.watch(
    (s) => [s.view, s.image],
    (shown, image) => {
      view.element.hidden = (image?.pictures.raw.shape[2] ?? 1) <= 1;
      view.show(shown);
    },
  );
  store.watch(
    (s) => [s.transform, s.pointer, s.image],
    ({ scale }, pointer, image) => {
      zoom.textContent = `${Math.round(scale * 1000) / 10} %`;
      const size = image?.pictures.raw.pixelSize;
      const micrometres =
        pointer && size ? ` · ${(pointer[0] * size.x).toFixed(1)}, ${(pointer[1] * size.y).toFixed(1)} µm` : '';
      readout.textContent = pointer ? `x ${Math.round(pointer[0])}  y ${Math.round(pointer[1])}${micrometres}` : '';
    },
  );
  return h(
    'div',
    { class: 'position-bar' },
    ...sliders,
    view.element,
    readout,
    h(
      'div',
      { class: 'tools' },
      button('zoomOut', '', titleOf('zoomOut'), () => actions.run('zoomOut')),
      zoom,
      button('zoomIn', '', titleOf('zoomIn'), () => actions.run('zoomIn')),
      button('fit', '', titleOf('fit'), () => actions.run('fit')),
    ),
  );
}
