import type { LayerStyle } from '../../shared/logic/overlay-paint';
import { choice, h } from '../../shared/ui/dom';
import { GRADIENT } from '../logic/colour-map';
import type { TextKey } from '../logic/texts';
import { canCompare, rolesOf, type Store } from './state';
import { say } from './texts';

const STYLES: Array<{ value: LayerStyle; text: TextKey }> = [
  { value: 'off', text: 'layers.off' },
  { value: 'outline', text: 'layers.outline' },
  { value: 'fill', text: 'layers.fill' },
];
const MASKS = [
  { name: 'found', text: 'layers.found', key: '2' },
  { name: 'truth', text: 'layers.truth', key: '3' },
] as const;

/** What lies over the image. */
export function layersPanel(store: Store): HTMLElement {
  const styles = STYLES.map(({ value, text }) => ({ value, text: say(text) }));
  const masks = MASKS.map(({ name, text, key }) => {
    const style = choice(say(text), styles, (value) => store.set({ [name]: value, hidden: false }));
    const row = h('div', { class: 'layer' }, swatch(name), style.element);
    store.watch(
      (s) => [s[name], s.image, s.difference],
      (chosen, image, difference) => {
        const isThere = rolesOf(image)[name] !== null;
        style.show(isThere ? chosen : 'off', isThere && !difference);
        row.title = isThere ? say('layers.key', { key }) : say('layers.none');
      },
    );
    return row;
  });
  const probability = checkbox('layers.probability', '1', (value) => store.set({ probability: value, hidden: false }));
  const difference = checkbox('layers.difference', 'D', (value) => store.set({ difference: value, hidden: false }));
  const hidden = checkbox('layers.hide', 'W', (value) => store.set({ hidden: value }));
  const opacity = h('input', {
    attributes: { type: 'range', min: 0.1, max: 1, step: 0.05, 'aria-label': say('layers.opacity') },
    on: { input: () => store.set({ opacity: Number(opacity.value) }) },
  });
  const ramp = h('div', { class: 'heat', attributes: { 'aria-hidden': 'true' } });
  ramp.style.background = GRADIENT;
  const heat = h(
    'p',
    { class: 'quiet heat-legend' },
    h('span', { text: say('heat.low') }),
    ramp,
    h('span', { text: say('heat.high') }),
  );
  const compared = h(
    'p',
    { class: 'quiet legend' },
    swatch('right'),
    say('legend.right'),
    swatch('missed'),
    say('legend.missed'),
    swatch('surplus'),
    say('legend.surplus'),
  );
  const missing = h('ul', { class: 'missing-list' });
  store.watch(
    (s) => [s.probability, s.difference, s.hidden, s.opacity, s.image],
    (isHeat, isDifference, isHidden, alpha, image) => {
      const isMap = rolesOf(image).probability !== null;
      probability.input.checked = isHeat && isMap;
      probability.input.disabled = !isMap || isDifference;
      difference.input.checked = isDifference && canCompare(image);
      difference.input.disabled = !canCompare(image);
      difference.element.title = canCompare(image) ? say('layers.key', { key: 'D' }) : say('layers.noTruth');
      hidden.input.checked = isHidden;
      opacity.value = String(alpha);
      heat.hidden = !isHeat || !isMap;
      compared.hidden = !isDifference || !canCompare(image);
      const lines = (image?.missing ?? []).map(({ role, message }) =>
        h('li', { class: 'warning', text: say('missing', { role: say(ROLE_TEXTS[role]), message }) }),
      );
      missing.hidden = lines.length === 0;
      missing.replaceChildren(...lines);
    },
  );
  return h(
    'section',
    { class: 'card', attributes: { 'aria-label': say('layers') } },
    h('h3', { text: say('layers') }),
    missing,
    probability.element,
    heat,
    ...masks,
    difference.element,
    compared,
    hidden.element,
    h('label', { class: 'line slider' }, h('span', { text: say('layers.opacity') }), opacity),
  );
}

/** What the images of a sample are called. */
export const ROLE_TEXTS = {
  raw: 'role.raw',
  probability: 'role.probability',
  mask: 'role.mask',
  labels: 'role.labels',
  target: 'role.target',
  seg1: 'role.seg1',
  seg2: 'role.seg2',
  weight: 'role.weight',
} as const satisfies Record<string, TextKey>;

/** The colour of a layer. */
export function swatch(name: string): HTMLElement {
  return h('span', { class: `swatch ${name}`, attributes: { 'aria-hidden': 'true' } });
}

function checkbox(text: TextKey, key: string, change: (value: boolean) => void) {
  const input = h('input', { attributes: { type: 'checkbox' }, on: { change: () => change(input.checked) } });
  const element = h(
    'label',
    { class: 'line', title: say('layers.key', { key }) },
    input,
    h('span', { text: say(text) }),
  );
  return { element, input };
}
