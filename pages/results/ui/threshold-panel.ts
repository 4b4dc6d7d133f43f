import type { LayerStyle } from '../../shared/logic/overlay-paint';
import { button, choice, h } from '../../shared/ui/dom';
import { DEFAULT_THRESHOLD } from '../logic/threshold';
import { swatch } from './layers-panel';
import { mapOf, ownThreshold, type Store } from './state';
import { percent } from './strip';
import { say } from './texts';

/** So much a key or an arrow moves the threshold. */
export const STEP = 0.005;
const DIGITS = 6;

/** Moves the threshold, and shows at once what would become foreground. */
export function setThreshold(store: Store, threshold: number): void {
  const { preview } = store.state;
  const within = Math.min(1, Math.max(0, threshold));
  store.set({ threshold: within, preview: preview === 'off' ? 'fill' : preview, hidden: false });
}

/** A threshold as it is copied: as many digits as it has, six at most. */
export function thresholdText(threshold: number): string {
  return String(Number(threshold.toFixed(DIGITS)));
}

/** What a threshold would make foreground. */
export function thresholdPanel(store: Store): HTMLElement {
  const slider = h('input', {
    attributes: { type: 'range', min: 0, max: 1, step: STEP, 'aria-label': say('threshold') },
    on: { input: () => setThreshold(store, Number(slider.value)) },
  });
  const number = h('input', {
    class: 'threshold-number',
    attributes: { type: 'number', min: 0, max: 1, step: STEP, 'aria-label': say('threshold.value') },
    on: {
      change: () => {
        if (number.value !== '' && Number.isFinite(number.valueAsNumber)) setThreshold(store, number.valueAsNumber);
      },
    },
  });
  const copy = button('copy', '', say('threshold.copy'), () => void copyText(thresholdText(store.state.threshold)));
  const own = button('undo', '', say('threshold.own'), () =>
    store.set({ threshold: ownThreshold(store.state.image) ?? DEFAULT_THRESHOLD }),
  );
  const styles: Array<{ value: LayerStyle; text: string }> = [
    { value: 'off', text: say('layers.off') },
    { value: 'outline', text: say('layers.outline') },
    { value: 'fill', text: say('layers.fill') },
  ];
  const style = choice(say('threshold.show'), styles, (value) => store.set({ preview: value, hidden: false }));
  const row = h('div', { class: 'layer', title: say('layers.key', { key: '4' }) }, swatch('preview'), style.element);
  const share = h('output', { class: 'foreground' });
  const origin = h('p', { class: 'quiet' });
  const element = h(
    'section',
    { class: 'card threshold', attributes: { 'aria-label': say('threshold') } },
    h('h3', { text: say('threshold') }),
    slider,
    h('div', { class: 'tools' }, number, copy, own),
    row,
    share,
    origin,
  );
  store.watch(
    (s) => [s.image],
    (image) => {
      element.hidden = mapOf(image) === null;
      const set = ownThreshold(image);
      origin.textContent = set === null ? say('threshold.unknown') : say('threshold.of', { value: thresholdText(set) });
    },
  );
  store.watch(
    (s) => [s.threshold],
    (threshold) => {
      slider.value = String(threshold);
      slider.setAttribute('aria-valuetext', thresholdText(threshold));
      if (document.activeElement !== number || number.valueAsNumber !== threshold)
        number.value = thresholdText(threshold);
    },
  );
  store.watch(
    (s) => [s.preview, s.difference],
    (shown, difference) => style.show(shown, !difference || shown !== 'off'),
  );
  store.watch(
    (s) => [s.foreground, s.preview],
    (foreground, shown) => {
      share.hidden = shown === 'off';
      if (!foreground) share.textContent = '…';
      else {
        const { pixels, of, exact } = foreground;
        const values = { pixels: pixels.toLocaleString(), share: percent(of > 0 ? pixels / of : 0) };
        share.textContent = say(exact ? 'threshold.exact' : 'threshold.about', values);
      }
    },
  );
  return element;

  async function copyText(text: string): Promise<void> {
    try {
      await navigator.clipboard.writeText(text);
      store.set({ notice: { kind: 'done', text: say('threshold.copied', { value: text }) } });
    } catch {
      // Browsers keep the clipboard from pages without https: the number is selected to be copied.
      number.focus();
      number.select();
      store.set({ notice: { kind: 'error', text: say('threshold.notCopied') } });
    }
  }
}
