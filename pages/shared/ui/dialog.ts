import { button, h } from './dom';
import { say } from './texts';

/** A window over the page; Escape or a click beside it closes it. */
export function dialog(title: string, className: string): { element: HTMLDialogElement; body: HTMLElement } {
  const body = h('div', { class: 'dialog-body' });
  const element = h('dialog', { class: className, attributes: { 'aria-label': title } });
  const close = button('cross', '', say('close'), () => element.close());
  element.append(h('div', { class: 'dialog-head' }, h('h2', { text: title }), close), body);
  element.addEventListener('click', (event) => event.target === element && element.close());
  return { element, body };
}
