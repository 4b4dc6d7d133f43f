import type { Decision } from '../../../src/curation/decision';
import type { Finding } from '../../../src/curation/page-api';
import { editorPath } from '../../shared/logic/editor-token';
import { button, h } from '../../shared/ui/dom';
import { KEYMAP } from '../logic/keymap';
import { progressOf } from '../logic/queue-model';
import type { Session } from './session';
import type { Store } from './state';

/** A window over the page; Escape or a click beside it closes it. */
function dialog(title: string, className: string): { element: HTMLDialogElement; body: HTMLElement } {
  const body = h('div', { class: 'dialog-body' });
  const element = h('dialog', { class: className, attributes: { 'aria-label': title } });
  const close = button('cross', '', 'close', () => element.close());
  element.append(h('div', { class: 'dialog-head' }, h('h2', { text: title }), close), body);
  element.addEventListener('click', (event) => event.target === element && element.close());
  return { element, body };
}

export function helpDialog(): HTMLDialogElement {
  const { element, body } = dialog('Keys', 'help');
  for (const { title, bindings } of KEYMAP) {
    const rows: HTMLElement[] = [];
    for (const { keys, text } of bindings) {
      const caps = keys.flatMap(keyCaps);
      if (text === undefined)
        rows
          .at(-1)
          ?.querySelector('th')
          ?.append(...caps);
      else rows.push(h('tr', {}, h('th', { attributes: { scope: 'row' } }, ...caps), h('td', { text })));
    }
    body.append(h('section', {}, h('h3', { text: title }), h('table', {}, ...rows)));
  }
  return element;
}

function keyCaps(key: string): HTMLElement[] {
  const names: Record<string, string> = {
    ArrowLeft: '←',
    ArrowRight: '→',
    ArrowUp: '↑',
    ArrowDown: '↓',
    Escape: 'Esc',
  };
  return key === '+'
    ? [h('kbd', { text: '+' })]
    : key.split('+').map((part) => h('kbd', { text: names[part] ?? part.toUpperCase() }));
}

/** What the checks found about the whole run; a sample's name opens it. */
export function reportDialog(store: Store, session: Session): HTMLDialogElement {
  const { element, body } = dialog('Report of the checks', 'report');
  store.watch(
    (s) => [s.report],
    (report) => {
      body.replaceChildren(h('p', { class: 'quiet', text: 'There is no report.' }));
      if (!report) return;
      const made = new Date(report.made).toLocaleString();
      body.replaceChildren(h('p', { class: 'quiet', text: `${report.samples} images, checked ${made}` }));
      if (report.findings.length === 0) body.append(h('p', { text: '✓ Nothing to find fault with.' }));
      for (const finding of report.findings) body.append(findingRow(finding, open));
    },
  );
  return element;

  function open(id: string): void {
    element.close();
    void session.open(id);
  }
}

const WEIGHTS = { error: '✕ Error', warning: '⚠ Warning', note: 'ℹ Note' } as const;
/** A finding about more samples names these and counts the rest. */
const SAMPLES_SHOWN = 12;

function findingRow({ weight, check, message, samples }: Finding, open?: (id: string) => void): HTMLElement {
  const row = h(
    'div',
    { class: `finding ${weight}` },
    h('strong', { text: `${WEIGHTS[weight]} · ${check}` }),
    h('p', { text: message }),
  );
  if (open && samples.length > 0) {
    const links = samples.slice(0, SAMPLES_SHOWN).map((id) => button(null, id, `open ${id}`, () => open(id), 'link'));
    const more = samples.length - links.length;
    row.append(h('p', { class: 'samples' }, ...links, more > 0 && h('span', { text: `and ${more} more` })));
  }
  return row;
}

/** The findings about the open image. */
export function findingsPanel(store: Store): HTMLElement {
  const list = h('div');
  const element = h(
    'section',
    { class: 'card findings', attributes: { 'aria-label': 'Findings' } },
    h('h3', { text: 'Checks' }),
    list,
  );
  store.watch(
    (s) => [s.image],
    (image) => {
      element.hidden = !image || image.findings.length === 0;
      list.replaceChildren(...(image?.findings ?? []).map((finding) => findingRow(finding)));
    },
  );
  return element;
}

/** Two people changed one image: whose decision holds? */
export function conflictBar(store: Store, session: Session): HTMLElement {
  const element = h('div', { class: 'bar conflict', attributes: { role: 'alert' } });
  store.watch(
    (s) => [s.conflict, s.decision, s.openId],
    (conflict, decisionNow, openId) => {
      element.hidden = !conflict;
      if (!conflict) return;
      const { by, decision } = conflict.conflict;
      const who = by ?? 'someone else';
      element.replaceChildren(
        h(
          'div',
          { class: 'bar-text' },
          h(
            'p',
            {},
            h('strong', { text: conflict.id }),
            h('span', { text: ` was changed by ${who} while you worked on it.` }),
          ),
          h('p', {
            text: `Theirs: ${describe(decision)}. Yours: ${describe(conflict.id === openId ? decisionNow : conflict.mine)}.`,
          }),
        ),
        button('check', 'Keep mine', 'save yours over theirs', () => session.resolve('mine')),
        button('undo', 'Take theirs', 'drop yours; undo brings it back', () => session.resolve('theirs')),
      );
    },
  );
  return element;
}

function describe({ state, reason, base, merge, exclude, strokes }: Decision): string {
  const parts = [
    `${state}${reason ? ` (${reason})` : ''}`,
    `base ${base.slice(3)}`,
    `${merge.length} merging, ${exclude.length} excluding`,
    strokes.length > 0 && `${strokes.length} strokes`,
  ];
  return parts.filter(Boolean).join(', ');
}

export function loginBar(store: Store, session: Session): HTMLElement {
  const element = h('div', { class: 'bar login', attributes: { role: 'alert' } });
  element.append(
    h('p', { text: 'You are not logged in. ' }),
    h('a', { text: 'Log in at the editor', attributes: { href: editorPath(location.pathname), target: '_blank' } }),
    button('redo', 'Try again', 'after logging in', () => void session.again()),
  );
  store.watch(
    (s) => [s.loggedOut],
    (loggedOut) => {
      element.hidden = !loggedOut;
    },
  );
  return element;
}

export function noticeBar(store: Store): HTMLElement {
  const element = h('div', { class: 'notice', attributes: { role: 'status', 'aria-live': 'polite' } });
  store.watch(
    (s) => [s.notice],
    (notice) => {
      element.hidden = !notice;
      if (notice) element.dataset.kind = notice.kind;
      const close = button('cross', '', 'close', () => store.set({ notice: null }), 'small');
      element.replaceChildren(...(notice ? [h('span', { text: notice.text }), close] : []));
    },
  );
  return element;
}

/** What Segmenter ML asks for at least. */
const FEWEST_USED = 4;

/** Asks once more: what was sent on cannot be called back. */
export function finishDialog(store: Store, session: Session): { element: HTMLDialogElement; open: () => void } {
  const { element, body } = dialog('Finish the curation?', 'finish');
  return { element, open };

  function open(): void {
    const { used, rejected, undecided } = progressOf(store.state.queue?.items ?? []);
    const { unsaved } = store.state.save;
    const send = button(
      'finish',
      `Send on ${used} images`,
      'end the run',
      () => {
        element.close();
        void session.finish();
      },
      'primary',
    );
    send.disabled = unsaved > 0;
    body.replaceChildren(
      h('p', { text: `${used} used images go on in the flow. ${rejected} rejected ones do not.` }),
      ...(undecided > 0
        ? [h('p', { class: 'warning', text: `⚠ ${undecided} images are undecided and do not go on either.` })]
        : []),
      ...(used < FEWEST_USED
        ? [h('p', { class: 'warning', text: `⚠ Fewer than ${FEWEST_USED} are little to train and validate on.` })]
        : []),
      ...(unsaved > 0 ? [h('p', { class: 'warning', text: `⚠ ${unsaved} images are not saved yet.` })] : []),
      h(
        'div',
        { class: 'tools' },
        send,
        button('previous', 'Go on curating', 'back', () => element.close()),
      ),
    );
    element.showModal();
  }
}
