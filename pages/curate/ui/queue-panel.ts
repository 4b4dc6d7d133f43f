import type { QueueItem } from '../../../src/curation/page-api';
import { choice, h, type IconName, icon, setAttribute } from '../../shared/ui/dom';
import { filtered, type QueueFilter, STATE_TEXTS, visibleRows } from '../logic/queue-model';
import type { TextKey } from '../logic/texts';
import type { Session } from './session';
import type { Store } from './state';
import { say, sayCount } from './texts';

const ROW = 40;

const FILTERS: Array<{ value: QueueFilter; text: TextKey; title: TextKey }> = [
  { value: 'all', text: 'queue.all', title: 'queue.allTitle' },
  { value: 'undecided', text: 'queue.undecided', title: 'queue.undecidedTitle' },
  { value: 'used', text: 'queue.used', title: 'queue.usedTitle' },
  { value: 'rejected', text: 'queue.rejected', title: 'queue.rejectedTitle' },
  { value: 'findings', text: 'queue.findings', title: 'queue.findingsTitle' },
];

const STATE_ICONS: Record<QueueItem['state'], IconName> = { undecided: 'open', used: 'check', rejected: 'cross' };

/** The list of images; only the rows in sight exist, so that thousands cost what twenty do. */
export function queuePanel(store: Store, session: Session): { element: HTMLElement; focusSearch: () => void } {
  const search = h('input', {
    class: 'search',
    attributes: { type: 'search', placeholder: say('queue.search'), 'aria-label': say('queue.searchLabel') },
    on: { input: () => store.set({ search: search.value }) },
  });
  const filters = FILTERS.map(({ value, text, title }) => ({ value, text: say(text), title: say(title) }));
  const filter = choice(say('queue.show'), filters, (value) => store.set({ filter: value }));
  const count = h('p', { class: 'quiet count', attributes: { 'aria-live': 'polite' } });
  const rows = h('div', { class: 'rows' });
  const list = h(
    'div',
    {
      class: 'queue-list',
      attributes: { role: 'listbox', tabindex: 0, 'aria-label': say('queue.images') },
      on: { scroll: () => draw(), keydown: (event) => step(event) },
    },
    rows,
  );
  const element = h('aside', { class: 'queue', attributes: { 'aria-label': say('queue.label') } });
  element.append(h('div', { class: 'queue-head' }, search, filter.element, count), list);
  let shown: QueueItem[] = [];

  store.watch(
    (s) => [s.queue, s.filter, s.search],
    (queue, chosen, text) => {
      filter.show(chosen);
      shown = filtered(queue?.items ?? [], chosen, text);
      const total = queue?.items.length ?? 0;
      count.textContent =
        shown.length === total ? sayCount('images', total) : say('queue.part', { shown: shown.length, total });
      rows.style.height = `${shown.length * ROW}px`;
      draw();
    },
  );
  store.watch(
    (s) => [s.openId],
    (openId) => {
      const at = shown.findIndex(({ id }) => id === openId);
      const top = at * ROW;
      if (at >= 0 && (top < list.scrollTop || top + ROW > list.scrollTop + list.clientHeight)) {
        list.scrollTop = top - list.clientHeight / 3;
      }
      draw();
    },
  );
  new ResizeObserver(() => draw()).observe(list);
  return { element, focusSearch: () => search.focus() };

  function draw(): void {
    const [first, end] = visibleRows(shown.length, ROW, list.scrollTop, list.clientHeight);
    rows.replaceChildren(...shown.slice(first, end).map((item, i) => row(item, first + i)));
    const openAt = shown.findIndex(({ id }) => id === store.state.openId);
    setAttribute(list, 'aria-activedescendant', openAt >= first && openAt < end ? `queue-${openAt}` : null);
  }

  function row(item: QueueItem, at: number): HTMLElement {
    const slash = item.id.lastIndexOf('/');
    const findings = item.errors + item.warnings;
    const isOpen = item.id === store.state.openId;
    const description = [say(STATE_TEXTS[item.state]), item.by && say('queue.by', { user: item.by }), item.reason]
      .filter(Boolean)
      .join(' · ');
    const element = h(
      'div',
      {
        class: `row ${item.state}`,
        title: `${item.id}\n${description}`,
        attributes: {
          id: `queue-${at}`,
          role: 'option',
          'aria-selected': String(isOpen),
          'aria-posinset': at + 1,
          'aria-setsize': shown.length,
          'data-id': item.id,
        },
        on: { click: () => void session.open(item.id) },
      },
      icon(STATE_ICONS[item.state]),
      h(
        'span',
        { class: 'row-text' },
        h('span', { class: 'row-name', text: item.id.slice(slash + 1) }),
        h('span', {
          class: 'row-more',
          text: [slash > 0 && item.id.slice(0, slash), description].filter(Boolean).join(' · '),
        }),
      ),
    );
    if (findings > 0) {
      const title = say('queue.findingCounts', { errors: item.errors, warnings: item.warnings });
      element.append(
        h('span', { class: item.errors > 0 ? 'mark error' : 'mark warning', title, text: `⚠ ${findings}` }),
      );
    }
    element.style.top = `${at * ROW}px`;
    return element;
  }

  function step(event: KeyboardEvent): void {
    const move = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (move === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    void session.go(move as 1 | -1);
  }
}
