import type { MachineRow, MachinesAnswer, QueueRow } from '../../admin/tab-api';
import { durationOf } from '../formats';
import type { TabContext } from './context';
import { h, redraw } from './dom';

/** The machines that work for queues; not there where no compute node names one. */
export class MachinesSection {
  readonly element = h('div', {});
  private shown = '';

  constructor(private readonly context: TabContext) {}

  /** @returns whether there are any queues */
  show({ queues }: MachinesAnswer): boolean {
    // What is drawn anew under a reader loses its place.
    const shown = JSON.stringify(queues);
    if (shown !== this.shown) redraw(this.element, ...queues.flatMap((queue) => this.queue(queue)));
    this.shown = shown;
    return queues.length > 0;
  }

  private queue({ name, address, problem, waiting, running, workers }: QueueRow): HTMLElement[] {
    const { text } = this.context;
    const length = waiting === null ? '' : text('machines.length', { waiting, running: running ?? 0 });
    const facts = [address, length].filter((one) => one !== '').join(' · ');
    const none = h('p', { class: 'segmenter-none', text: text('machines.none') });
    return [
      h('div', { class: 'segmenter-subject', text: name === '' ? facts : `${name}: ${facts}`, title: facts }),
      ...(problem === null ? [] : [h('p', { class: 'segmenter-problem', text: problem })]),
      workers.length === 0
        ? none
        : h('ul', { class: 'segmenter-list' }, ...workers.map((worker) => this.worker(worker))),
    ];
  }

  private worker({ name, version, isAlive, seconds, rests, devices }: MachineRow): HTMLElement {
    const { text } = this.context;
    const { unit, count } = durationOf(seconds);
    const work = devices.map((device) => `${device.name}: ${device.job ?? text('machines.free')}`);
    const gone = text('machines.gone', { time: text(`duration.${unit}`, { count }) });
    const facts = [text('machines.version', { version }), ...(isAlive ? work : [gone])].join(' · ');
    return h(
      'li',
      { class: 'segmenter-job' },
      h('div', { class: 'segmenter-subject', text: name, title: name }),
      h('div', { class: 'segmenter-facts', text: facts }),
      ...(rests !== null && isAlive ? [h('p', { class: 'segmenter-problem', text: rests })] : []),
    );
  }
}
