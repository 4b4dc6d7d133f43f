import type { QueueItem } from '../../../src/curation/page-api';
import { choice, h, type IconName, icon } from '../../shared/ui/dom';
import { virtualList } from '../../shared/ui/virtual-list';
import { filtered, type QueueFilter, STATE_TEXTS } from '../logic/queue-model';
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

/** The list of images. */
export function queuePanel(store: Store, session: Session): { element: HTMLElement; focusSearch: () => void } {
  const search = h('input', {
    class: 'search',
    attributes: { type: 'search', placeholder: say('queue.search'), 'aria-label': say('queue.searchLabel') },
    on: { input: () => store.set({ search: search.value }) },
  });
  const filters = FILTERS.map(({ value, text, title }) => ({ value, text: say(text), title: say(title) }));
  const filter = choice(say('queue.show'), filters, (value) => store.set({ filter: value }));
  const count = h('p', { class: 'quiet count', attributes: { 'aria-live': 'polite' } });
  const list = virtualList<QueueItem>({
    label: say('queue.images'),
    rowHeight: ROW,
    name: 'queue',
    isOpen: ({ id }) => id === store.state.openId,
    row,
    open: ({ id }) => void session.open(id),
    step: (by) => void session.go(by),
  });
  const element = h('aside', { class: 'queue', attributes: { 'aria-label': say('queue.label') } });
  element.append(h('div', { class: 'queue-head' }, search, filter.element, count), list.element);

  store.watch(
    (s) => [s.queue, s.filter, s.search],
    (queue, chosen, text) => {
      filter.show(chosen);
      const shown = filtered(queue?.items ?? [], chosen, text);
      const total = queue?.items.length ?? 0;
      count.textContent =
        shown.length === total ? sayCount('images', total) : say('queue.part', { shown: shown.length, total });
      list.show(shown);
    },
  );
  store.watch(
    (s) => [s.openId],
    () => list.reveal(),
  );
  return { element, focusSearch: () => search.focus() };
}

function row(item: QueueItem): HTMLElement {
  const slash = item.id.lastIndexOf('/');
  const findings = item.errors + item.warnings;
  const description = [say(STATE_TEXTS[item.state]), item.by && say('queue.by', { user: item.by }), item.reason]
    .filter(Boolean)
    .join(' · ');
  const element = h(
    'div',
    { class: `row ${item.state}`, title: `${item.id}\n${description}`, attributes: { 'data-id': item.id } },
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
    element.append(h('span', { class: item.errors > 0 ? 'mark error' : 'mark warning', title, text: `⚠ ${findings}` }));
  }
  return element;
}
