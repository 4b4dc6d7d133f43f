import type { SharedKey } from '../logic/texts';
import { choice, h } from './dom';
import type { Store } from './store';
import { say } from './texts';
import type { ViewState } from './view-state';

const VIEWS: Array<{ value: ViewState['view']; text: SharedKey; title: SharedKey }> = [
  { value: 'xy', text: 'view.xy', title: 'view.xyTitle' },
  { value: 'ortho', text: 'view.ortho', title: 'view.orthoTitle' },
  { value: 'max', text: 'view.max', title: 'view.maxTitle' },
];

const AXES = { z: 'axis.z', t: 'axis.t', c: 'axis.c' } as const satisfies Record<string, SharedKey>;

/** Where in the image one is: plane, time, channel, view. */
export function positionBar(store: Store<ViewState>): HTMLElement {
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
