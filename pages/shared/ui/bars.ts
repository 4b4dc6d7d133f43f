import { editorPath } from '../logic/editor-token';
import { button, h } from './dom';
import type { Store } from './store';
import { say } from './texts';

/** What of a page's state the bars around the image show. */
export interface BarState {
  loggedOut: boolean;
  /** what went wrong last, or what was done */
  notice: { kind: 'error' | 'done'; text: string } | null;
}

/** Where to log in. @param again called when someone has */
export function loginBar(store: Store<BarState>, again: () => void): HTMLElement {
  const element = h('div', { class: 'bar login', attributes: { role: 'alert' } });
  element.append(
    h('p', { text: say('login.out') }),
    h('a', { text: say('login.go'), attributes: { href: editorPath(location.pathname), target: '_blank' } }),
    button('redo', say('login.again'), say('login.againTitle'), again),
  );
  store.watch(
    (s) => [s.loggedOut],
    (loggedOut) => {
      element.hidden = !loggedOut;
    },
  );
  return element;
}

export function noticeBar(store: Store<BarState>): HTMLElement {
  const element = h('div', { class: 'notice', attributes: { role: 'status', 'aria-live': 'polite' } });
  store.watch(
    (s) => [s.notice],
    (notice) => {
      element.hidden = !notice;
      if (notice) element.dataset.kind = notice.kind;
      const close = button('cross', '', say('close'), () => store.set({ notice: null }), 'small');
      element.replaceChildren(...(notice ? [h('span', { text: notice.text }), close] : []));
    },
  );
  return element;
}
