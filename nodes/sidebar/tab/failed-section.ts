import type { FailedAnswer, FailedRow } from '../../admin/tab-api';
import { durationOf } from '../formats';
import type { TabContext } from './context';
import { button, h, Rows, type RowView } from './dom';
import { labelOf } from './editor';

/** Messages that failed though they were tried again and again; not there where there are none. */
export class FailedSection {
  readonly element: HTMLElement;
  private readonly rows: Rows<FailedRow>;
  private readonly more = h('p', { class: 'segmenter-none' });
  private readonly all: HTMLButtonElement;
  private answer: FailedAnswer = { now: 0, mayWrite: false, total: 0, rows: [] };

  /** @param refresh asks for them anew */
  constructor(
    private readonly context: TabContext,
    private readonly refresh: () => Promise<void>,
  ) {
    const { text } = context;
    const list = h('ul', { class: 'segmenter-list' });
    this.all = button(text('failed.allAgain'), () => this.change('again', this.ids()), { sign: 'repeat' });
    this.element = h(
      'div',
      {},
      h('p', { class: 'segmenter-none', text: text('failed.why') }),
      list,
      this.more,
      this.all,
    );
    this.rows = new Rows(
      list,
      ({ id }) => id,
      (row) => this.row(row),
    );
  }

  /** @returns whether there are any */
  show(answer: FailedAnswer): boolean {
    const { text } = this.context;
    this.answer = answer;
    this.rows.show(answer.rows);
    const left = answer.total - answer.rows.length;
    this.more.textContent = left > 0 ? text('failed.more', { count: left }) : '';
    this.all.hidden = !answer.mayWrite || this.ids().length < 2;
    return answer.total > 0;
  }

  private ids(): string[] {
    return this.answer.rows.filter(({ isThere }) => isThere).map(({ id }) => id);
  }

  private row(failed: FailedRow): RowView<FailedRow> {
    const { text, RED } = this.context;
    const node = labelOf(RED, failed.node);
    const subject = failed.sample ?? text('failed.noSample');
    const again = button(text('failed.again'), () => this.change('again', [failed.id]), { key: `again ${failed.id}` });
    again.setAttribute('aria-label', text('failed.againThis', { sample: subject, node }));
    const dismiss = button('', () => this.change('dismiss', [failed.id]), {
      sign: 'times',
      title: text('failed.dismissThis', { sample: subject, node }),
    });
    dismiss.setAttribute('aria-label', text('failed.dismissThis', { sample: subject, node }));
    const known = [failed.node.id, failed.node.flow].find((id) => Boolean(RED.nodes.node(id)));
    const name =
      known === undefined
        ? h('span', { class: 'segmenter-node', text: node, title: node })
        : h('button', {
            class: 'segmenter-node segmenter-link',
            text: node,
            title: text('jobs.showNode'),
            attributes: { type: 'button' },
            on: { click: () => RED.view.reveal(known) },
          });
    const facts = h('div', { class: 'segmenter-facts' });
    const element = h(
      'li',
      { class: 'segmenter-job' },
      h('div', { class: 'segmenter-head' }, name, again, dismiss),
      h('div', { class: 'segmenter-subject', text: subject, title: subject }),
      h('p', { class: 'segmenter-problem', text: failed.error.message }),
      facts,
    );
    const show = ({ isThere, tries, last, without }: FailedRow) => {
      again.hidden = !this.answer.mayWrite || !isThere;
      dismiss.hidden = !this.answer.mayWrite;
      const { unit, count } = durationOf(Math.max(0, (this.answer.now - last) / 1000));
      const words = [
        text('failed.tries', { count: tries }),
        text('failed.ago', { time: text(`duration.${unit}`, { count }) }),
        !isThere && text('failed.gone'),
        without.length > 0 && text('failed.without', { names: without.join(', ') }),
      ];
      facts.textContent = words.filter((word) => typeof word === 'string').join(' · ');
    };
    return { element, show };
  }

  private change(what: 'again' | 'dismiss', ids: string[]): void {
    const { text, server } = this.context;
    this.context.attempt(async () => {
      const { done } = await server.change<{ done: string[] }>('failed', { do: what, ids });
      await this.refresh();
      return what === 'again' ? text('failed.sent', { count: done.length }) : null;
    });
  }
}
