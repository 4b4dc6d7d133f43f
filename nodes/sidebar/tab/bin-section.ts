import type { BinEntry } from '../../../src/models/bin';
import type { ChangeAnswer, ModelsAnswer } from '../../admin/tab-api';
import { dateText, sizeText } from '../formats';
import type { TabContext } from './context';
import { button, h, redraw } from './dom';

/** What was deleted and can come back; folded away, and not there where nothing was. */
export class BinSection {
  readonly element: HTMLElement;
  private readonly title = h('summary');
  private readonly list = h('ul', { class: 'segmenter-list' });
  private readonly ask = h('div', { class: 'segmenter-ask' });
  private shown = '';

  /** @param refresh asks for the models anew */
  constructor(
    private readonly context: TabContext,
    private readonly refresh: () => Promise<void>,
  ) {
    this.element = h('details', { class: 'segmenter-bin', hidden: true }, this.title, this.list, this.ask);
  }

  show({ bin, mayWrite }: ModelsAnswer): void {
    const { text } = this.context;
    this.element.hidden = bin.length === 0;
    const now = JSON.stringify([bin, mayWrite]);
    if (now === this.shown) return;
    this.shown = now;
    const size = sizeText(bin.reduce((sum, { bytes }) => sum + bytes, 0));
    this.title.textContent = text('bin.title', { count: bin.length, size });
    redraw(this.list, ...bin.map((entry) => this.row(entry, mayWrite)));
    this.showEmpty(mayWrite);
  }

  private row(entry: BinEntry, mayWrite: boolean): HTMLElement {
    const { text } = this.context;
    const { id, name, version, deleted, bytes } = entry;
    const model = version === null ? name : `${name}@${version}`;
    const words = [version ?? text('bin.all'), text('bin.deleted', { date: dateText(deleted) }), sizeText(bytes)].join(
      ' · ',
    );
    const back = button(
      text('bin.restore'),
      () => this.change({ do: 'restore', id }, text('bin.restored', { model })),
      {
        key: id,
      },
    );
    back.setAttribute('aria-label', text('bin.restoreThis', { model }));
    return h(
      'li',
      { class: 'segmenter-binned' },
      h('span', { class: 'segmenter-name', text: name, title: name }),
      h('span', { class: 'segmenter-facts', text: words }),
      mayWrite && back,
    );
  }

  private showEmpty(mayWrite: boolean): void {
    const { text } = this.context;
    const first = button(text('bin.empty'), () => this.askEmpty(), { key: 'empty', sign: 'trash' });
    redraw(this.ask, mayWrite && first);
  }

  private askEmpty(): void {
    const { text } = this.context;
    const no = button(text('bin.cancel'), () => {
      this.showEmpty(true);
      this.ask.querySelector('button')?.focus();
    });
    const yes = button(text('bin.empty'), () => this.change({ do: 'empty', ids: null }, text('bin.emptied')));
    redraw(this.ask, h('p', { text: text('bin.askEmpty') }), yes, no);
    no.focus();
  }

  private change(change: object, words: string): void {
    this.context.attempt(async () => {
      await this.context.server.change<ChangeAnswer>('models/change', change);
      await this.refresh();
      return words;
    });
  }
}
