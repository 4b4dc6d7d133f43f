import type { JobRow, JobsAnswer } from '../../admin/tab-api';
import { nameOfWork } from '../../work-name';
import { diceText, durationOf } from '../formats';
import type { TabContext } from './context';
import { button, h, icon, Rows, type RowView, redraw } from './dom';
import { labelOf, type Text, type TextKey } from './editor';

/** What runs and waits on this machine, with how far it is. */
export class JobsSection {
  readonly element: HTMLElement;
  private readonly rows: Rows<JobRow>;
  private readonly none: HTMLElement;
  private answer: JobsAnswer = { now: 0, mayWrite: false, jobs: [] };

  /** @param changed called where a job was ended */
  constructor(
    private readonly context: TabContext,
    private readonly changed: () => void,
  ) {
    const { text } = context;
    const list = h('ul', { class: 'segmenter-list' });
    this.none = h('p', { class: 'segmenter-none', text: text('jobs.none') });
    this.element = h('div', {}, list, this.none);
    this.rows = new Rows(
      list,
      ({ id }) => String(id),
      (job) => this.row(job),
    );
  }

  show(answer: JobsAnswer): void {
    this.answer = answer;
    this.rows.show(answer.jobs);
    this.none.hidden = answer.jobs.length > 0;
  }

  private row(job: JobRow): RowView<JobRow> {
    const { text, RED } = this.context;
    const what = jobWords(job, text);
    const node = labelOf(RED, job.node);
    const bar = h('progress', { attributes: { max: 1, 'aria-label': text('jobs.progress', { what, node }) } });
    const facts = h('div', { class: 'segmenter-facts' });
    const follow = h(
      'a',
      { class: 'segmenter-link', title: text('pages.newTab'), attributes: { target: '_blank', rel: 'noopener' } },
      icon('line-chart'),
      ` ${text('jobs.follow')}`,
    );
    const ask = h('div', { class: 'segmenter-ask', hidden: true });
    const cancel = button('', () => this.cancel(job, ask, cancel), {
      sign: 'times',
      title: text('jobs.cancelThis', { what, node }),
    });
    cancel.setAttribute('aria-label', text('jobs.cancelThis', { what, node }));
    const head = h(
      'div',
      { class: 'segmenter-head' },
      this.nodeLink(job, node),
      // The label of a node without a name says it.
      job.node.name !== '' && h('span', { class: 'segmenter-what', text: what }),
      cancel,
    );
    const subject = h('div', { class: 'segmenter-subject', text: job.subject ?? '', title: job.subject ?? '' });
    subject.hidden = job.subject === null;
    const element = h('li', { class: 'segmenter-job' }, head, subject, bar, facts, follow, ask);
    const show = (now: JobRow) => {
      cancel.hidden = !this.answer.mayWrite;
      bar.hidden = now.begun === null;
      if (now.progress === null) bar.removeAttribute('value');
      else bar.value = now.progress;
      facts.textContent = this.facts(now);
      facts.title = now.reason ?? '';
      const run = now.training?.run;
      follow.hidden = !run;
      if (run) follow.href = `segmenter/trainings/?run=${encodeURIComponent(run)}`;
    };
    return { element, show };
  }

  private nodeLink(job: JobRow, node: string): HTMLElement {
    const { RED, text } = this.context;
    // A node in a subflow is none of the editor's; its instance is.
    const known = [job.node.id, job.node.flow].find((id) => Boolean(RED.nodes.node(id)));
    if (known === undefined) return h('span', { class: 'segmenter-node', text: node, title: node });
    return h('button', {
      class: 'segmenter-node segmenter-link',
      text: node,
      title: text('jobs.showNode'),
      attributes: { type: 'button' },
      on: { click: () => RED.view.reveal(known) },
    });
  }

  private facts(job: JobRow): string {
    const { text } = this.context;
    const { training, progress, engine, device, begun, since, waiting } = job;
    const time = (seconds: number) => {
      const { unit, count } = durationOf(Math.max(0, seconds));
      return text(`duration.${unit}`, { count });
    };
    const words = [
      begun === null && this.waiting(job),
      progress !== null && text('jobs.percent', { percent: Math.floor(progress * 100) }),
      training !== null && text('jobs.left', { time: time(training.remaining) }),
      training !== null && training.epoch > 0 && text('jobs.epoch', { epoch: training.epoch }),
      training?.validationDice != null && text('jobs.dice', { dice: diceText(training.validationDice) }),
      text('jobs.since', { time: time((this.answer.now - (begun ?? since)) / 1000) }),
      engine !== null && device !== null && text('jobs.place', { engine, device }),
      waiting > 0 && text('jobs.queue', { count: waiting }),
    ].filter((word) => typeof word === 'string');
    return words.join(' · ');
  }

  private waiting({ ahead, waitsFor }: JobRow): string {
    const { RED, text } = this.context;
    if (ahead) return text('jobs.waitsAfter', { count: ahead });
    return waitsFor === null
      ? text('jobs.waits')
      : text('jobs.waitsFor', { work: nameOfWork(waitsFor, (key) => RED._(key)) });
  }

  /** A training has something to keep: whoever ends it is asked. */
  private cancel(job: JobRow, ask: HTMLElement, from: HTMLElement): void {
    const { text } = this.context;
    if (job.job !== 'train') {
      this.end(job, 'cancel');
      return;
    }
    const close = () => {
      ask.hidden = true;
      from.focus();
    };
    const answers = [
      button(text('jobs.keep'), () => this.end(job, 'keep', close)),
      button(text('jobs.drop'), () => this.end(job, 'cancel', close)),
      button(text('jobs.goOn'), close),
    ];
    redraw(ask, h('span', { text: text('jobs.ask') }), ...answers);
    ask.setAttribute('role', 'group');
    ask.setAttribute('aria-label', text('jobs.ask'));
    // An `onkeydown` that returns false keeps Tab and Enter from the buttons.
    ask.onkeydown = ({ key }) => {
      if (key === 'Escape') close();
    };
    ask.hidden = false;
    answers[0].focus();
  }

  private end({ id }: JobRow, how: 'cancel' | 'keep', done: () => void = () => undefined): void {
    done();
    this.context.attempt(async () => {
      await this.context.server.change('jobs/end', { id, how });
      this.changed();
      return null;
    });
  }
}

/** What a job does, in a word; jobs that no node asks for have none of their own. */
function jobWords({ job }: JobRow, text: Text): string {
  const key = `job.${job}` as TextKey;
  const words = text(key);
  return words === key ? text('job.other') : words;
}
