import type { QueueItem } from '../../../src/curation/page-api';
import { choice, h, type IconName, icon, setAttribute } from '../../shared/ui/dom';
import { filtered, type QueueFilter, visibleRows } from '../logic/queue-model';
import type { Session } from './session';
import type { Store } from './state';

const ROW = 40;

const FILTERS: Array<{ value: QueueFilter; text: string; title: string }> = [
  { value: 'all', text: 'All', title: 'all images' },
  { value: 'undecided', text: 'To do', title: 'undecided images' },
  { value: 'used', text: 'Used', title: 'used images' },
  { value: 'rejected', text: 'Rejected', title: 'rejected images' },
  { value: 'findings', text: '⚠', title: 'images with findings of the checks' },
];

const STATE_ICONS: Record<QueueItem['state'], IconName> = { undecided: 'open', used: 'check', rejected: 'cross' };

/** The list of images; only the rows in sight exist, so that thousands cost what twenty do. */
export function queuePanel(store: Store, session: Session): { element: HTMLElement; focusSearch: () => void } {
  const search = h('input', {
    class: 'search',
    attributes: { type: 'search', placeholder: 'Search  ( / )', 'aria-label': 'Search the images' },
    on: { input: () => store.set({ search: search.value }) },
  });
  const filter = choice('Show', FILTERS, (value) => store.set({ filter: value }));
  const count = h('p', { class: 'quiet count', attributes: { 'aria-live': 'polite' } });
  const rows = h('div', { class: 'rows' });
  const list = h(
    'div',
    {
      class: 'queue-list',
      attributes: { role: 'listbox', tabindex: 0, 'aria-label': 'Images' },
      on: { scroll: () => draw(), keydown: (event) => step(event) },
    },
    rows,
  );
  const element = h('aside', { class: 'queue', attributes: { 'aria-label': 'Images of this run' } });
  element.append(h('div', { class: 'queue-head' }, search, filter.element, count), list);
  let shown: QueueItem[] = [];

  store.watch(
    (s) => [s.queue, s.filter, s.search],
    (queue, chosen, text) => {
      filter.show(chosen);
      shown = filtered(queue?.items ?? [], chosen, text);
      const total = queue?.items.length ?? 0;
      count.textContent = shown.length === total ? `${total} images` : `${shown.length} of ${total} images`;
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
    const description = [item.state, item.by && `by ${item.by}`, item.reason].filter(Boolean).join(' · ');
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
      const title = `${item.errors} errors, ${item.warnings} warnings`;
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
