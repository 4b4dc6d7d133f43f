import type { Keymap, KeyPress } from '../logic/keymap';
import type { SharedKey } from '../logic/texts';
import { dialog } from './dialog';
import { h } from './dom';
import { say as sayShared } from './texts';

/** Keys that bear a sign. */
const SIGNS: Record<string, string> = {
  ArrowLeft: '←',
  ArrowRight: '→',
  ArrowUp: '↑',
  ArrowDown: '↓',
};

/** Keys that bear a word of the reader's language. */
const WORDS: Record<string, SharedKey> = {
  Backspace: 'key.backspace',
  Ctrl: 'key.ctrl',
  Delete: 'key.delete',
  Enter: 'key.enter',
  Escape: 'key.escape',
  PageDown: 'key.pageDown',
  PageUp: 'key.pageUp',
  Shift: 'key.shift',
  Space: 'key.space',
};

/** All keys with what they do. @param say gives a text of the keymap */
export function helpDialog<Text extends string>(
  title: string,
  keymap: Keymap<string, Text>,
  say: (text: Text) => string,
): HTMLDialogElement {
  const { element, body } = dialog(title, 'help');
  for (const { title: part, bindings } of keymap) {
    const rows: HTMLElement[] = [];
    for (const { keys, text } of bindings) {
      const caps = keys.flatMap(keyCaps);
      if (text === undefined)
        rows
          .at(-1)
          ?.querySelector('th')
          ?.append(...caps);
      else rows.push(h('tr', {}, h('th', { attributes: { scope: 'row' } }, ...caps), h('td', { text: say(text) })));
    }
    body.append(h('section', {}, h('h3', { text: say(part) }), h('table', {}, ...rows)));
  }
  return element;
}

function keyCaps(key: string): HTMLElement[] {
  return key === '+' ? [h('kbd', { text: '+' })] : key.split('+').map((part) => h('kbd', { text: capOf(part) }));
}

function capOf(key: string): string {
  return SIGNS[key] ?? (WORDS[key] ? sayShared(WORDS[key]) : key.toUpperCase());
}

/** The help's words with the key behind them. */
export function keyTitle<Action extends string, Text extends string>(
  keymap: Keymap<Action, Text>,
  action: Action,
  say: (text: Text) => string,
): string {
  const found = keymap.flatMap(({ bindings }) => bindings).find((binding) => binding.action === action);
  if (!found?.text) return action;
  const [key] = found.keys;
  return `${say(found.text)} (${key === '+' ? key : key.split('+').map(capOf).join('+')})`;
}

/**
 * Has keys do what they stand for, wherever the focus is, unless the element in focus needs them.
 * @param run far: with Shift
 */
export function listenToKeys<Action extends string>(
  find: (press: KeyPress) => Action | null,
  run: (action: Action | 'help', far: boolean) => void,
): void {
  document.addEventListener('keydown', (event) => {
    if (isTyping(event)) return;
    // A letter would do what Shift and the letter does otherwise; arrows go further with Shift.
    const isArrow = event.key.startsWith('Arrow');
    const action = find(isArrow ? { ...keyOf(event), shiftKey: false } : keyOf(event));
    if (!action || (document.querySelector('dialog[open]') && action !== 'help')) return;
    event.preventDefault();
    run(action, event.shiftKey);
  });
}

function keyOf({ key, ctrlKey, metaKey, shiftKey, altKey }: KeyboardEvent): KeyPress {
  return { key, ctrlKey, metaKey, shiftKey, altKey };
}

/** Whether the key belongs to the element in focus: a text, a slider's arrows, a button's space and enter. */
function isTyping({ target, key, ctrlKey, metaKey }: KeyboardEvent): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.matches('input[type=text], input[type=search], input[type=number]')) {
    if (key === 'Escape') target.blur();
    return !((ctrlKey || metaKey) && key.toLowerCase() === 'z' && target.matches('[type=number]'));
  }
  const isControl = target.matches('button, a, select, input');
  return isControl && (/^(Arrow|Page|Home|End)/.test(key) || key === ' ' || key === 'Enter' || key === 'Tab');
}
