import type { LogAnswer, LogRecord } from '../../admin/tab-api';
import type { TabContext } from './context';
import { h, redraw } from './dom';
import { labelOf, type TextKey } from './editor';
import { Refused } from './server';

const KINDS = ['events', 'changes'] as const;
type Kind = (typeof KINDS)[number];
const KIND_TEXTS: Record<Kind, TextKey> = { events: 'log.events', changes: 'log.changes' };
/** Records that are shown: the rest is in the files. */
const MOST = 100;
/** A search begins so long after the last letter, in milliseconds. */
const TYPING_MS = 400;

/** What happened to samples and who changed what, the newest first; it asks only while it is open. */
export class LogSection {
  readonly element: HTMLDetailsElement;
  private readonly list = h('ul', { class: 'segmenter-list segmenter-log' });
  private readonly said = h('p', { class: 'segmenter-none', attributes: { role: 'status' } });
  private readonly sample: HTMLInputElement;
  private readonly kind: HTMLSelectElement;
  private asked = 0;
  private shown = '';

  constructor(private readonly context: TabContext) {
    const { text } = context;
    this.kind = h('select', {
      attributes: { 'aria-label': text('log.kind') },
      on: { change: () => void this.ask() },
    });
    this.kind.append(
      ...KINDS.map((kind) => h('option', { text: text(KIND_TEXTS[kind]), attributes: { value: kind } })),
    );
    let typing: ReturnType<typeof setTimeout> | undefined;
    this.sample = h('input', {
      attributes: { type: 'search', placeholder: text('log.sample'), 'aria-label': text('log.sample') },
      on: {
        input: () => {
          clearTimeout(typing);
          typing = setTimeout(() => void this.ask(), TYPING_MS);
        },
      },
    });
    this.element = h(
      'details',
      { on: { toggle: () => void this.ask() } },
      h('summary', { text: text('log.show') }),
      h('div', { class: 'segmenter-log-head' }, this.kind, this.sample),
      this.said,
      this.list,
    );
  }

  /** Asks for the newest; an answer that another has overtaken is not shown. */
  async ask(): Promise<void> {
    if (!this.element.open) return;
    const { text, server } = this.context;
    const number = ++this.asked;
    const query = new URLSearchParams({ of: this.kind.value, count: String(MOST) });
    const sample = this.sample.value.trim();
    if (sample !== '') query.set('sample', sample);
    try {
      const answer = await server.get<LogAnswer>(`log?${query}`);
      if (number === this.asked) this.show(answer);
    } catch (error) {
      if (number !== this.asked) return;
      const isForbidden = error instanceof Refused && (error.status === 401 || error.status === 403);
      this.said.textContent = isForbidden ? text('tab.notAllowed') : String((error as Error).message);
      redraw(this.list);
      this.shown = '';
    }
  }

  private show({ records, isLogged }: LogAnswer): void {
    const { text } = this.context;
    const none = isLogged ? text(this.sample.value.trim() === '' ? 'log.none' : 'log.noneFound') : text('log.off');
    this.said.textContent = records.length > 0 ? '' : none;
    // What is drawn anew under a pointer loses its click.
    const shown = JSON.stringify(records);
    if (shown === this.shown) return;
    this.shown = shown;
    redraw(this.list, ...records.map((record, i) => this.row(record, String(i))));
  }

  private row(record: LogRecord, key: string): HTMLElement {
    const { RED, text } = this.context;
    const { at, event, what, who, node, sample } = record;
    const named = node && labelOf(RED, node);
    const known = node && RED.nodes.node(node.id) ? node.id : null;
    const place =
      known === null
        ? h('span', { class: 'segmenter-node', text: named ?? '' })
        : h('button', {
            class: 'segmenter-node segmenter-link',
            text: named,
            title: text('jobs.showNode'),
            attributes: { type: 'button', 'data-key': `log ${key}` },
            on: { click: () => RED.view.reveal(known) },
          });
    const subject = [sample ?? record.of, who].filter(Boolean).join(' · ');
    return h(
      'li',
      { class: 'segmenter-job' },
      h(
        'div',
        { class: 'segmenter-head' },
        h('time', { class: 'segmenter-time', text: timeOf(at), attributes: { datetime: at } }),
        h('span', { class: 'segmenter-what', text: wordOf(text, event ?? what ?? '') }),
        place,
      ),
      subject !== '' && h('div', { class: 'segmenter-subject', text: subject, title: subject }),
      h('div', { class: 'segmenter-facts', text: factsOf(record) }),
    );
  }
}

/** In the words of the reader's language where it has any; a change of a later version has none. */
function wordOf(text: TabContext['text'], word: string): string {
  const key = `logged.${word}` as TextKey;
  const found = text(key);
  return found === '' || found.endsWith(key) ? word : found;
}

function timeOf(at: string): string {
  const date = new Date(at);
  const isToday = date.toDateString() === new Date().toDateString();
  return isToday ? date.toLocaleTimeString() : date.toLocaleString();
}

/** What else is known, in the words and numbers of the log. */
function factsOf({ job, model, state, code, seconds, share, count, lost, from, to, reason }: LogRecord): string {
  const parts = [
    ...[job, model, state, code],
    seconds !== undefined && `${Number(seconds.toPrecision(3))} s`,
    share !== undefined && `${Math.floor(100 * share)} %`,
    count !== undefined && String(count),
    lost !== undefined && `${lost} lost`,
    (from !== undefined || to !== undefined) && `${JSON.stringify(from ?? null)} → ${JSON.stringify(to ?? null)}`,
    reason,
  ];
  return parts.filter(Boolean).join(' · ');
}
