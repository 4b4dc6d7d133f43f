import { type Contrast, grey, ordered, PRESETS } from '../../shared/logic/contrast';
import { choice, h } from '../../shared/ui/dom';
import { say as sayShared } from '../../shared/ui/texts';
import { lookOf } from '../../shared/ui/view-state';
import type { LayerStyle } from '../logic/overlay-paint';
import type { TextKey } from '../logic/texts';
import type { Actions } from './actions';
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
    () => {
      why.hidden = canShowResult(store.state);
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

const STEPS = 1000;

/** Presets by percentiles, a window with two handles, and gamma. */
export function contrastPanel(store: Store, actions: Actions): HTMLElement {
  const title = h('h3');
  const presets = h('select', {
    attributes: { 'aria-label': say('contrast.preset') },
    on: { change: () => presets.value !== 'own' && actions.setPreset(Number(presets.value)) },
  });
  for (const [i, { name }] of PRESETS.entries())
    presets.append(h('option', { text: sayShared(name), attributes: { value: i } }));
  presets.append(h('option', { text: say('contrast.own'), attributes: { value: 'own' } }));
  const handle = (label: string, change: (position: number) => void) => {
    const input = h('input', {
      attributes: { type: 'range', min: 0, max: STEPS, step: 1, 'aria-label': label },
      on: { input: () => change(Number(input.value)) },
    });
    return input;
  };
  const low = handle(say('contrast.black'), (at) => setWindow(at, Number(high.value)));
  const high = handle(say('contrast.white'), (at) => setWindow(Number(low.value), at));
  const values = h('output', { class: 'quiet' });
  const gamma = h('input', {
    attributes: { type: 'range', min: 0.3, max: 3, step: 0.05, 'aria-label': say('contrast.gamma') },
    on: { input: () => setContrast({ ...lookOf(store.state).contrast, gamma: Number(gamma.value) }) },
  });
  const gammaValue = h('output', { class: 'quiet' });
  const ramp = h('canvas', { class: 'ramp', attributes: { width: 256, height: 1, 'aria-hidden': 'true' } });
  store.watch(
    (s) => [lookOf(s), s.image, s.c],
    ({ contrast, preset }, image, c) => {
      const channel = image && image.pictures.raw.shape[1] > 1 ? image.pictures.raw.channels[c]?.name : null;
      title.textContent = channel ? say('contrast.of', { channel }) : say('contrast');
      const { min, span } = range();
      const at = (value: number) => String(Math.round(((value - min) / span) * STEPS));
      low.value = at(contrast.low);
      high.value = at(contrast.high);
      presets.value = preset === null ? 'own' : String(preset);
      values.textContent = `${shortNumber(contrast.low)} – ${shortNumber(contrast.high)}`;
      gamma.value = String(contrast.gamma);
      gammaValue.textContent = contrast.gamma.toFixed(2);
      const pixels = new ImageData(256, 1);
      for (let i = 0; i < 256; i++) {
        const g = grey(min + (span * i) / 255, contrast);
        pixels.data.set([g, g, g, 255], 4 * i);
      }
      ramp.getContext('2d')?.putImageData(pixels, 0, 0);
    },
  );
  return h(
    'section',
    { class: 'card', attributes: { 'aria-label': say('contrast') } },
    title,
    h('div', { class: 'line', title: say('layers.key', { key: 'L' }) }, presets, values),
    h('div', { class: 'window' }, ramp, low, high),
    h('label', { class: 'line slider' }, h('span', { text: say('contrast.gamma') }), gamma, gammaValue),
  );

  function range(): { min: number; span: number } {
    const { image, c } = store.state;
    const ranges = image?.pictures.raw.ranges[c];
    return ranges ? { min: ranges.min, span: Math.max(ranges.max - ranges.min, 1e-9) } : { min: 0, span: 1 };
  }

  function setWindow(from: number, to: number): void {
    const { min, span } = range();
    const [a, b] = from < to ? [from, to] : [Math.min(from, STEPS - 1), Math.min(from, STEPS - 1) + 1];
    const { gamma: power } = lookOf(store.state).contrast;
    const contrast = ordered({ low: min + (span * a) / STEPS, high: min + (span * b) / STEPS, gamma: power });
    actions.changeLook(store.state.c, { contrast, preset: null });
  }

  function setContrast(contrast: Contrast): void {
    actions.changeLook(store.state.c, { contrast });
  }
}

export function shortNumber(value: number): string {
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(4)));
}
