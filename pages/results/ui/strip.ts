import type { Row } from '../../../src/results/page-api';
import { choice, h, icon } from '../../shared/ui/dom';
import { virtualList } from '../../shared/ui/virtual-list';
import { ORDERS } from '../logic/order';
import type { Session } from './session';
import type { Store } from './state';
import { say, sayCount } from './texts';
import type { Thumbnails } from './thumbnails';

const ROW = 68;
const ORDER_TEXTS = { dice: 'order.dice', uncertainty: 'order.uncertainty', name: 'order.name' } as const;
const ORDER_TITLES = {
  dice: 'order.diceTitle',
  uncertainty: 'order.uncertaintyTitle',
  name: 'order.nameTitle',
} as const;

/** All samples of a run as small pictures with their scores. */
export function strip(
  store: Store,
  session: Session,
  thumbnails: Thumbnails,
): { element: HTMLElement; focusSearch: () => void } {
  const search = h('input', {
    class: 'search',
    attributes: { type: 'search', placeholder: say('strip.search'), 'aria-label': say('strip.searchLabel') },
    on: { input: () => store.set({ search: search.value }) },
  });
  const orders = ORDERS.map((value) => ({ value, text: say(ORDER_TEXTS[value]), title: say(ORDER_TITLES[value]) }));
  const order = choice(say('order'), orders, (value) => store.set({ order: value }));
  const count = h('p', { class: 'quiet count', attributes: { 'aria-live': 'polite' } });
  const list = virtualList<Row>({
    label: say('strip.samples'),
    rowHeight: ROW,
    name: 'sample',
    isOpen: ({ id }) => id === store.state.openId,
    row: (row) => rowOf(row, thumbnails),
    open: ({ id }) => void session.open(id),
    step: (by) => void session.go(by),
  });
  list.element.style.setProperty('--row', `${ROW}px`);
  const element = h('aside', { class: 'strip', attributes: { 'aria-label': say('strip.label') } });
  element.append(h('div', { class: 'strip-head' }, search, order.element, count), list.element);
  store.watch(
    (s) => [s.content, s.order, s.search],
    (content, chosen, text) => {
      order.show(chosen);
      if (search.value !== text) search.value = text;
      const rows = session.rows();
      const total = content?.rows.length ?? 0;
      count.textContent =
        rows.length === total ? sayCount('samples', total) : say('strip.part', { shown: rows.length, total });
      list.show(rows);
      list.reveal();
    },
  );
  store.watch(
    (s) => [s.openId],
    () => list.reveal(),
  );
  return { element, focusSearch: () => search.focus() };
}

function rowOf(row: Row, thumbnails: Thumbnails): HTMLElement {
  const { sample, metrics, failed } = row;
  const slash = sample.lastIndexOf('/');
  const numbers = [
    metrics.dice !== undefined && say('row.dice', { value: metrics.dice.toFixed(3) }),
    metrics.dice === undefined &&
      metrics.predictedDice !== undefined &&
      say('row.predicted', { value: metrics.predictedDice.toFixed(2) }),
    metrics.uncertainty !== undefined && say('row.unsure', { value: percent(metrics.uncertainty) }),
  ].filter((text) => text !== false);
  const description = failed ? say('row.failed', { message: failed }) : numbers.join(' · ');
  const picture = h('img', { attributes: { alt: '' } });
  // Of what failed there may be no image: whoever opens it sees.
  if (failed === null) thumbnails.show(row.id, picture);
  const text = h(
    'span',
    { class: metrics.unlike === true ? 'row-text marked' : 'row-text' },
    h('span', { class: 'row-name', text: sample.slice(slash + 1) }),
    slash > 0 && h('span', { class: 'row-more', text: sample.slice(0, slash) }),
    h('span', { class: 'row-more', text: description }),
  );
  if (metrics.dice !== undefined) {
    const bar = h('i');
    bar.style.width = `${100 * metrics.dice}%`;
    text.append(h('span', { class: 'dice-bar', attributes: { 'aria-hidden': 'true' } }, bar));
  }
  const unlike = metrics.unlike === true && h('span', { class: 'mark', title: say('row.unlike') }, icon('warning'));
  return h(
    'div',
    { class: failed ? 'row failed' : 'row', title: `${sample}\n${description}` },
    failed ? h('span', { class: 'thumbnail failed' }, icon('warning')) : h('span', { class: 'thumbnail' }, picture),
    text,
    unlike,
  );
}

/** A share as percent in few digits. */
export function percent(share: number): string {
  const value = 100 * share;
  return value >= 10 ? value.toFixed(0) : value.toPrecision(2);
}
