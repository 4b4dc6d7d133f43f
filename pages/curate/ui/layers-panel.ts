import type { LayerStyle } from '../../shared/logic/overlay-paint';
import { choice, h } from '../../shared/ui/dom';
import type { TextKey } from '../logic/texts';
import { canShowResult, type Store } from './state';
import { say } from './texts';

const STYLES: Array<{ value: LayerStyle; text: TextKey }> = [
  { value: 'off', text: 'layers.off' },
  { value: 'outline', text: 'layers.outline' },
  { value: 'fill', text: 'layers.fill' },
];
const LAYERS = [
  { name: 'seg1', text: 'seg1', key: '1' },
  { name: 'seg2', text: 'seg2', key: '2' },
  { name: 'result', text: 'result', key: '3' },
  { name: 'mergeMask', text: 'mergeMask', key: '4' },
  { name: 'excludeMask', text: 'excludeMask', key: '5' },
] as const;

/** What lies over the image, and how grey values are shown. */
export function layersPanel(store: Store): HTMLElement {
  const styleChoices = STYLES.map(({ value, text }) => ({ value, text: say(text) }));
  const rows = LAYERS.map(({ name, text, key }) => {
    const styles = choice(say(text), styleChoices, (value) => store.set({ [name]: value, hidden: false }));
    const swatch = h('span', { class: `swatch ${name}`, attributes: { 'aria-hidden': 'true' } });
    const row = h('div', { class: 'layer' }, swatch, styles.element);
    store.watch(
      (s) => [s[name], s.image, s.difference, s.view, s.decision],
      (...[style, image, difference]) => {
        const isThere = name === 'result' ? canShowResult(store.state) : image?.pictures[name] !== undefined;
        styles.show(isThere ? style : 'off', isThere && !difference);
        // Few samples bring masks as images.
        row.hidden = isMask(name) && !isThere;
        row.title = isThere || name === 'result' ? say('layers.key', { key }) : say('layers.none');
      },
    );
    return row;
  });
  const difference = h('input', {
    attributes: { type: 'checkbox' },
    on: { change: () => store.set({ difference: difference.checked, hidden: false }) },
  });
  const hidden = h('input', {
    attributes: { type: 'checkbox' },
    on: { change: () => store.set({ hidden: hidden.checked }) },
  });
  const opacity = h('input', {
    attributes: { type: 'range', min: 0.1, max: 1, step: 0.05, 'aria-label': say('layers.opacity') },
    on: { input: () => store.set({ opacity: Number(opacity.value) }) },
  });
  const legend = h(
    'p',
    { class: 'quiet legend' },
    h('span', { class: 'swatch seg1' }),
    say('layers.only1'),
    h('span', { class: 'swatch seg2' }),
    say('layers.only2'),
    h('span', { class: 'swatch both' }),
    say('layers.both'),
  );
  store.watch(
    (s) => [s.difference, s.hidden, s.opacity, s.image],
    (isDifference, isHidden, alpha, image) => {
      difference.checked = isDifference;
      difference.disabled = !(image?.pictures.seg1 && image.pictures.seg2);
      hidden.checked = isHidden;
      opacity.value = String(alpha);
      legend.hidden = !isDifference;
    },
  );
  const why = h('p', {
    class: 'quiet',
    text: say('layers.why'),
  });
  store.watch(
    (s) => [s.view, s.decision, s.image],
    (...[view]) => {
      why.hidden = view !== 'max' || canShowResult(store.state);
    },
  );
  return h(
    'section',
    { class: 'card', attributes: { 'aria-label': say('layers') } },
    h('h3', { text: say('layers') }),
    ...rows,
    why,
    h(
      'label',
      { class: 'line', title: say('layers.key', { key: 'D' }) },
      difference,
      h('span', { text: say('layers.difference') }),
    ),
    legend,
    h(
      'label',
      { class: 'line', title: say('layers.key', { key: 'W' }) },
      hidden,
      h('span', { text: say('layers.hide') }),
    ),
    h('label', { class: 'line slider' }, h('span', { text: say('layers.opacity') }), opacity),
  );
}

function isMask(name: (typeof LAYERS)[number]['name']): boolean {
  return name === 'mergeMask' || name === 'excludeMask';
}
