import { type Contrast, grey, ordered, PRESETS } from '../logic/contrast';
import { shortNumber } from '../logic/numbers';
import { h } from './dom';
import { changeLook, setPreset } from './looks';
import type { Store } from './store';
import { say } from './texts';
import { lookOf, type ViewState } from './view-state';

const STEPS = 1000;

/**
 * Presets by percentiles, a window with two handles, and gamma.
 * @param presetTitle what the choice of a preset says, with its key
 */
export function contrastPanel(store: Store<ViewState>, presetTitle: string): HTMLElement {
  const title = h('h3');
  const presets = h('select', {
    attributes: { 'aria-label': say('contrast.preset') },
    on: { change: () => presets.value !== 'own' && setPreset(store, Number(presets.value)) },
  });
  for (const [i, { name }] of PRESETS.entries())
    presets.append(h('option', { text: say(name), attributes: { value: i } }));
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
    h('div', { class: 'line', title: presetTitle }, presets, values),
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
    changeLook(store, store.state.c, { contrast, preset: null });
  }

  function setContrast(contrast: Contrast): void {
    changeLook(store, store.state.c, { contrast });
  }
}
