import { h } from '../../shared/ui/dom';
import type { Store } from '../../shared/ui/store';
import { thinned } from '../logic/curves';
import { nameOf } from '../logic/names';
import { dice, duration, short } from '../logic/numbers';
import { type State, shownViews } from './state';
import { say } from './texts';

/** Rows that the table has: it is read, not plotted. */
const MOST_ROWS = 200;

/** The numbers behind the curves of the training in detail. */
export function numbersPanel(store: Store<State>): HTMLElement {
  const body = h('tbody');
  const caption = h('caption');
  const columns = [
    say('epoch'),
    say('steps'),
    say('loss'),
    say('validationDice'),
    say('threshold'),
    say('learningRate'),
    say('time'),
  ];
  const head = h('tr', {}, ...columns.map((text) => h('th', { text, attributes: { scope: 'col' } })));
  const table = h('table', { class: 'numbers' }, caption, h('thead', {}, head), body);
  const details = h(
    'details',
    { class: 'card' },
    h('summary', { text: say('numbers') }),
    h('div', { class: 'table-box' }, table),
  );
  const show = () => {
    const [view] = shownViews(store.state);
    details.hidden = !view || view.history.length === 0;
    if (!view || !details.open) return;
    caption.textContent =
      view.history.length > MOST_ROWS
        ? say('numbers.some', { count: MOST_ROWS, of: view.history.length })
        : nameOf(view.id, view.version);
    const rows = thinned(view.history, MOST_ROWS).reverse();
    body.replaceChildren(
      ...rows.map(({ epoch, step, loss, validationDice, threshold, learningRate, seconds }) => {
        const cells = [
          String(epoch),
          String(step),
          short(loss),
          dice(validationDice),
          short(threshold),
          short(learningRate),
          duration(seconds),
        ];
        return h('tr', {}, ...cells.map((text) => h('td', { text })));
      }),
    );
  };
  details.addEventListener('toggle', show);
  store.watch((s) => [s.shown, s.views], show);
  return details;
}
