import { type ChannelLook, MOST_SHOWN } from '../../shared/logic/channel-looks';
import { choice, h, setAttribute } from '../../shared/ui/dom';
import type { Actions } from './actions';
import type { Store } from './state';
import { say } from './texts';
import { titleOf } from './toolbar';

/** Which channels of the raw image are seen: one in grey, or up to four together in colours. */
export function channelsPanel(store: Store, actions: Actions): HTMLElement {
  const mode = choice(
    say('channels.show'),
    [
      { value: 'one', text: say('channels.one'), title: titleOf('composite') },
      { value: 'composite', text: say('channels.composite'), title: titleOf('composite') },
    ],
    (value) => actions.setComposite(value === 'composite'),
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
      on: { change: () => actions.changeLook(c, { shown: shown.checked }) },
    });
    const colour = h('input', {
      title: say('channels.colourTitle', { name }),
      attributes: { type: 'color', 'aria-label': say('channels.colour', { name }) },
      on: { input: () => actions.changeLook(c, { colour: colour.value }) },
    });
    const pick = h('button', {
      class: 'channel-name',
      text: name,
      title: say('channels.pick'),
      attributes: { type: 'button' },
      on: { click: () => actions.setChannel(c) },
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
