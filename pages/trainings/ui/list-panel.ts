import type { ShownTraining } from '../../../src/training/page-api';
import { h } from '../../shared/ui/dom';
import type { Store } from '../../shared/ui/store';
import { nameOf } from '../logic/names';
import { dice, duration } from '../logic/numbers';
import type { Session } from './session';
import type { State } from './state';
import { say, sayCount, sayState } from './texts';

/** All trainings of this machine: a name shows one, its box lays it over the others. */
export function listPanel(store: Store<State>, session: Session): HTMLElement {
  const search = h('input', {
    attributes: { type: 'search', placeholder: say('search'), 'aria-label': say('search') },
    on: { input: () => store.set({ search: search.value }) },
  });
  const starting = h('ul', { class: 'starting' });
  const rows = h('ul', { class: 'trainings' });
  const empty = h(
    'div',
    { class: 'empty' },
    h('p', { text: say('none') }),
    h('p', { class: 'quiet', text: say('none.how') }),
  );
  const nothing = h('p', { class: 'quiet pad', text: say('search.none') });
  const items = new Map<string, Item>();
  store.watch(
    (s) => [s.list, s.shown, s.search],
    (list, shown, wanted) => {
      starting.replaceChildren(
        ...(list?.starting ?? []).map(({ model, waitsFor }) =>
          h('li', {
            text: waitsFor
              ? say('waits', { model, what: waitsFor.replace(/^train\b/, say('work.train')) })
              : say('starts', { model }),
          }),
        ),
      );
      const all = list?.trainings ?? [];
      const found = all.filter(({ id }) => id.toLowerCase().includes(wanted.trim().toLowerCase()));
      empty.hidden = list === null || all.length + (list.starting.length ?? 0) > 0;
      nothing.hidden = found.length > 0 || all.length === 0;
      search.hidden = all.length < 2;
      for (const id of items.keys()) if (!found.some((training) => training.id === id)) items.delete(id);
      const elements = found.map((training) => {
        const item = items.get(training.id) ?? new Item(training.id, session);
        items.set(training.id, item);
        item.show(training, shown.indexOf(training.id), shown.length);
        return item.element;
      });
      // What has the focus keeps it.
      if (elements.some((element, i) => rows.children[i] !== element) || rows.children.length !== elements.length) {
        const { activeElement } = document;
        rows.replaceChildren(...elements);
        if (activeElement instanceof HTMLElement && rows.contains(activeElement)) activeElement.focus();
      }
    },
  );
  return h(
    'nav',
    { class: 'list-side', attributes: { 'aria-label': say('list') } },
    search,
    empty,
    nothing,
    h('div', { class: 'scroll' }, starting, rows),
  );
}

/** A row of the list. */
class Item {
  readonly element = h('li', { class: 'training' });
  private readonly box: HTMLInputElement;
  private readonly button: HTMLButtonElement;
  private readonly swatch = h('span', { class: 'swatch' });
  private readonly name = h('span', { class: 'row-name' });
  private readonly state = h('span', { class: 'state' });
  private readonly more = h('span', { class: 'row-more' });

  constructor(id: string, session: Session) {
    this.box = h('input', {
      attributes: { type: 'checkbox' },
      on: {
        change: () => {
          session.pick(id, this.box.checked ? 'with' : 'without');
        },
      },
    });
    this.button = h(
      'button',
      { class: 'open', attributes: { type: 'button' }, on: { click: () => session.pick(id, 'alone') } },
      h('span', { class: 'row-head' }, this.name, this.state),
      this.more,
    );
    this.element.append(this.box, this.swatch, this.button);
  }

  show(training: ShownTraining, place: number, shown: number): void {
    const { state, version, id } = training;
    const name = nameOf(id, version);
    this.box.title = say('lay', { name });
    this.box.setAttribute('aria-label', this.box.title);
    this.name.title = name;
    this.box.checked = place >= 0;
    this.swatch.hidden = place < 0 || shown < 2;
    if (place >= 0) this.swatch.dataset.place = String(place);
    this.element.toggleAttribute('data-shown', place >= 0);
    this.button.setAttribute('aria-current', String(place === 0));
    this.name.textContent = name;
    this.state.textContent = sayState(state);
    this.state.dataset.state = state;
    this.more.textContent = moreOf(training);
  }
}

function moreOf({ begun, validationDice, seconds, epoch }: ShownTraining): string {
  const when = begun === null ? null : whenText(new Date(begun));
  const judged = validationDice === null ? null : say('row.dice', { value: dice(validationDice) });
  return [when, judged, sayCount('epochs', epoch), duration(seconds)].filter((part) => part !== null).join(' · ');
}

function whenText(when: Date): string {
  const isToday = when.toDateString() === new Date().toDateString();
  return isToday ? when.toLocaleTimeString() : when.toLocaleDateString();
}
