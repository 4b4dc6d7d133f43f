import type { Decision } from '../../../src/curation/decision';
import type { Finding } from '../../../src/curation/page-api';
import { dialog } from '../../shared/ui/dialog';
import { button, h } from '../../shared/ui/dom';
import { BASE_TEXTS } from '../logic/needs';
import { progressOf, STATE_TEXTS } from '../logic/queue-model';
import type { TextKey } from '../logic/texts';
import type { Session } from './session';
import type { Store } from './state';
import { say } from './texts';

/** What the checks found about the whole run; a sample's name opens it. */
export function reportDialog(store: Store, session: Session): HTMLDialogElement {
  const { element, body } = dialog(say('report'), 'report');
  store.watch(
    (s) => [s.report],
    (report) => {
      body.replaceChildren(h('p', { class: 'quiet', text: say('report.none') }));
      if (!report) return;
      const made = new Date(report.made).toLocaleString();
      body.replaceChildren(h('p', { class: 'quiet', text: say('report.head', { count: report.samples, made }) }));
      if (report.findings.length === 0) body.append(h('p', { text: say('report.clean') }));
      for (const finding of report.findings) body.append(findingRow(finding, open));
    },
  );
  return element;

  function open(id: string): void {
    element.close();
    void session.open(id);
  }
}

const SEVERITIES: Record<Finding['severity'], TextKey> = {
  error: 'finding.error',
  warning: 'finding.warning',
  note: 'finding.note',
};
/** What the checks are called, by the name that findings carry, without its space; one that is not here is shown by it. */
const CHECKS: Readonly<Record<string, TextKey>> = {
  reading: 'check.reading',
  pairs: 'check.pairs',
  names: 'check.names',
  shapes: 'check.shapes',
  channels: 'check.channels',
  pixelsize: 'check.pixelSize',
  labels: 'check.labels',
  intensities: 'check.intensities',
  duplicates: 'check.duplicates',
  focus: 'check.focus',
};
/** A finding about more samples names these and counts the rest. */
const SAMPLES_SHOWN = 12;

function findingRow({ severity, check, message, samples }: Finding, open?: (id: string) => void): HTMLElement {
  const name = CHECKS[check.replace(' ', '')];
  const row = h(
    'div',
    { class: `finding ${severity}` },
    h('strong', { text: `${say(SEVERITIES[severity])} · ${name ? say(name) : check}` }),
    h('p', { text: message }),
  );
  if (open && samples.length > 0) {
    const links = samples
      .slice(0, SAMPLES_SHOWN)
      .map((id) => button(null, id, say('report.open', { id }), () => open(id), 'link'));
    const more = samples.length - links.length;
    row.append(
      h('p', { class: 'samples' }, ...links, more > 0 && h('span', { text: say('report.more', { count: more }) })),
    );
  }
  return row;
}

/** The findings about the open image. */
export function findingsPanel(store: Store): HTMLElement {
  const list = h('div');
  const element = h(
    'section',
    { class: 'card findings', attributes: { 'aria-label': say('findings') } },
    h('h3', { text: say('findings.title') }),
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
      const who = by ?? say('someoneElse');
      element.replaceChildren(
        h(
          'div',
          { class: 'bar-text' },
          h('p', {}, h('strong', { text: conflict.id }), h('span', { text: say('conflict.changed', { who }) })),
          h('p', {
            text: say('conflict.both', {
              theirs: describe(decision),
              mine: describe(conflict.id === openId ? decisionNow : conflict.mine),
            }),
          }),
        ),
        button('check', say('conflict.mine'), say('conflict.mineTitle'), () => session.resolve('mine')),
        button('undo', say('conflict.theirs'), say('conflict.theirsTitle'), () => session.resolve('theirs')),
      );
    },
  );
  return element;
}

function describe({ state, reason, base, merge, exclude, strokes }: Decision): string {
  const parts = [
    `${say(STATE_TEXTS[state])}${reason ? ` (${reason})` : ''}`,
    say(BASE_TEXTS[base]),
    say('conflict.shapes', { merge: merge.length, exclude: exclude.length }),
    strokes.length > 0 && say('conflict.strokes', { count: strokes.length }),
  ];
  return parts.filter(Boolean).join(', ');
}

/** What Segmenter ML asks for at least. */
const FEWEST_USED = 4;

/** Asks once more: what was sent on cannot be called back. */
export function finishDialog(store: Store, session: Session): { element: HTMLDialogElement; open: () => void } {
  const { element, body } = dialog(say('finish.ask'), 'finish');
  return { element, open };

  function open(): void {
    const { used, rejected, undecided } = progressOf(store.state.queue?.items ?? []);
    const { unsaved } = store.state.save;
    const isWired = store.state.queue?.isWired !== false;
    const send = button(
      'finish',
      say('finish.send', { count: used }),
      say('finish.sendTitle'),
      () => {
        element.close();
        void session.finish();
      },
      'primary',
    );
    send.disabled = unsaved > 0;
    body.replaceChildren(
      h('p', { text: say('finish.goOn', { used, rejected }) }),
      ...(undecided > 0 ? [h('p', { class: 'warning', text: say('finish.undecided', { count: undecided }) })] : []),
      ...(used < FEWEST_USED ? [h('p', { class: 'warning', text: say('finish.few', { count: FEWEST_USED }) })] : []),
      ...(unsaved > 0 ? [h('p', { class: 'warning', text: say('finish.unsaved', { count: unsaved }) })] : []),
      ...(isWired ? [] : [h('p', { class: 'warning', text: say('finish.unwired') })]),
      h(
        'div',
        { class: 'tools' },
        send,
        button('previous', say('finish.back'), say('finish.backTitle'), () => element.close()),
      ),
    );
    element.showModal();
  }
}
