import { type ChannelLook, MOST_SHOWN } from '../logic/channel-looks';
import { choice, h, setAttribute } from './dom';
import { changeLook, setComposite } from './looks';
import type { Store } from './store';
import { say } from './texts';
import type { ViewState } from './view-state';

/**
 * Which channels of the raw image are seen: one in grey, or up to four together in colours.
 * @param modeTitle what the choice between these says, with its key
 */
export function channelsPanel(store: Store<ViewState>, modeTitle: string): HTMLElement {
  const mode = choice(
    say('channels.show'),
    [
      { value: 'one', text: say('channels.one'), title: modeTitle },
      { value: 'composite', text: say('channels.composite'), title: modeTitle },
    ],
    (value) => setComposite(store, value === 'composite'),
  );
  const list = h('ul', { class: 'channels' });
  const element = h(
    'section',
    { class: 'card', attributes: { 'aria-label': say('channels') } },
    h('h3', { text: say('channels') }),
    h('div', { class: 'channel-mode' }, mode.element),
    list,
  );
  let rows: Array<ReturnType<typeof channelRow>> = [];
  store.watch(
    (s) => [s.image],
    (image) => {
      const channels = image?.pictures.raw.channels ?? [];
      element.hidden = channels.length <= 1;
      rows = channels.map(({ name }, c) => channelRow(name || say('channels.nameless', { number: c }), c));
      list.replaceChildren(...rows.map((row) => row.element));
    },
  );
  store.watch(
    (s) => [s.looks, s.composite, s.c, s.image],
    (...[looks, composite, open]) => {
      mode.show(composite ? 'composite' : 'one');
      list.hidden = !composite;
      const isFull = looks.filter(({ shown }) => shown).length >= MOST_SHOWN;
      for (const [c, row] of rows.entries()) if (looks[c]) row.show(looks[c], c === open, isFull);
    },
  );
  return element;

  function channelRow(name: string, c: number) {
    const shown = h('input', {
      title: say('channels.showTitle', { name }),
      attributes: { type: 'checkbox', 'aria-label': say('channels.showOne', { name }) },
      on: { change: () => changeLook(store, c, { shown: shown.checked }) },
    });
    const colour = h('input', {
      title: say('channels.colourTitle', { name }),
      attributes: { type: 'color', 'aria-label': say('channels.colour', { name }) },
      on: { input: () => changeLook(store, c, { colour: colour.value }) },
    });
    const pick = h('button', {
      class: 'channel-name',
      text: name,
      title: say('channels.pick'),
      attributes: { type: 'button' },
      on: { click: () => store.set({ c }) },
    });
    return {
      element: h('li', {}, shown, colour, pick),
      show: (look: ChannelLook, isOpen: boolean, isFull: boolean) => {
        shown.checked = look.shown;
        shown.disabled = isFull && !look.shown;
        colour.value = look.colour;
        setAttribute(pick, 'aria-pressed', String(isOpen));
      },
    };
  }
}
