import type { TrainingView } from '../../../src/training/page-api';
import { h } from '../../shared/ui/dom';
import type { Store } from '../../shared/ui/store';
import { compareSettings } from '../logic/compare';
import { nameOf } from '../logic/names';
import { dice, duration, short } from '../logic/numbers';
import { type State, shownViews } from './state';
import { say, saySetting } from './texts';

/** Settings of what is shown, side by side; what differs stands out. */
export function comparePanel(store: Store<State>): HTMLElement {
  const table = h('table', { class: 'compare' });
  const hint = h('p', { class: 'quiet', text: say('settings.hint') });
  const element = h(
    'section',
    { class: 'card', attributes: { 'aria-label': say('settings') } },
    h('h2', { text: say('settings') }),
    hint,
    h('div', { class: 'table-box' }, table),
  );
  let before = '';
  store.watch(
    (s) => [s.shown, s.views],
    (shown, views) => {
      const known = shownViews({ shown, views });
      element.hidden = known.length === 0;
      hint.hidden = known.length > 1;
      const same = JSON.stringify(known.map(({ id, training }) => [id, { ...training, pictures: [] }]));
      if (same === before) return;
      before = same;
      table.replaceChildren(headOf(known), bodyOf(known));
    },
  );
  return element;
}

function headOf(known: readonly TrainingView[]): HTMLElement {
  const names = known.map(({ id, version }, place) =>
    h(
      'th',
      { attributes: { scope: 'col' } },
      h('span', { class: 'swatch', hidden: known.length < 2, attributes: { 'data-place': place } }),
      h('span', { text: nameOf(id, version) }),
    ),
  );
  return h('thead', {}, h('tr', {}, h('td', {}), ...names));
}

function bodyOf(known: readonly TrainingView[]): HTMLElement {
  const scores: Array<[string, string[]]> = [
    [say('validationDice'), known.map(({ training }) => dice(training.validationDice))],
    [say('expected'), known.map(({ training }) => dice(training.expected?.dice ?? null))],
    [say('threshold'), known.map(({ training }) => short(training.threshold))],
    [say('loss'), known.map(({ training }) => short(training.loss))],
    [say('steps'), known.map(({ training }) => String(training.step))],
    [say('time'), known.map(({ training }) => duration(training.seconds))],
  ];
  const rowOf = (name: string, values: readonly string[], differs: boolean) =>
    h(
      'tr',
      { class: differs ? 'differs' : '' },
      h('th', { text: name, attributes: { scope: 'row' } }),
      ...values.map((value) => h('td', { text: value })),
    );
  const settings = compareSettings(known.map(({ training }) => training));
  const names: Readonly<Record<string, string>> = {
    ...{
      images: say('data.images'),
      validationImages: say('data.heldOut'),
      folds: say('data.folds'),
      failed: say('data.failed'),
    },
    ...{ patch: say('network.patch'), parameters: say('network.parameters'), startedFrom: say('startedFrom') },
    ...{ computedBy: say('computedBy') },
  };
  return h(
    'tbody',
    {},
    ...scores.map(([name, values]) => rowOf(name, values, false)),
    ...settings.map(({ name, values, differs }) => rowOf(names[name] ?? saySetting(name), values, differs)),
  );
}
