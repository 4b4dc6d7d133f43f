import type { TrainingPicture } from '../../../src/models/training-file';
import { h } from '../../shared/ui/dom';
import type { Store } from '../../shared/ui/store';
import { dice } from '../logic/numbers';
import type { Api } from './api';
import { type State, shownViews } from './state';
import { say } from './texts';

const KINDS = [
  ['right', 'pictures.right'],
  ['missed', 'pictures.missed'],
  ['surplus', 'pictures.surplus'],
] as const;

/** Validation images of the training in detail, each with its earlier predictions; the newest is large. */
export function picturesPanel(store: Store<State>, api: Api): HTMLElement {
  const rows = h('div', { class: 'picture-rows' });
  const empty = h('p', { class: 'quiet', text: say('pictures.none') });
  const key = h(
    'ul',
    { class: 'picture-key', attributes: { 'aria-label': say('pictures.key') } },
    ...KINDS.map(([kind, text]) =>
      h('li', {}, h('span', { class: `key-swatch overlay-${kind}` }), h('span', { text: say(text) })),
    ),
  );
  const element = h(
    'section',
    { class: 'card', attributes: { 'aria-label': say('pictures') } },
    h('div', { class: 'card-head' }, h('h2', { text: say('pictures') }), key),
    empty,
    rows,
  );
  const images = new Map<string, HTMLImageElement>();
  let of = '';
  const imageOf = (id: string, picture: TrainingPicture) => {
    const name = `${picture.file} ${picture.dice}`;
    const known = images.get(name);
    if (known) return known;
    const image = h('img', { attributes: { alt: altOf(picture), loading: 'lazy' } });
    images.set(name, image);
    api.picture(id, picture.file).then(
      (blob) => {
        image.src = URL.createObjectURL(blob);
        image.onload = () => URL.revokeObjectURL(image.src);
      },
      // One that was replaced meanwhile is on the next list no more.
      () => image.classList.add('gone'),
    );
    return image;
  };
  let before = '';
  store.watch(
    (s) => [s.shown, s.views],
    (shown, views) => {
      const [view] = shownViews({ shown, views });
      element.hidden = !view;
      if (!view) return;
      const { pictures } = view.training;
      empty.hidden = pictures.length > 0;
      key.hidden = pictures.length === 0;
      const same = JSON.stringify([view.id, pictures]);
      if (same === before) return;
      before = same;
      if (of !== view.id) images.clear();
      of = view.id;
      const ids = [...new Set(pictures.map(({ id }) => id))];
      rows.replaceChildren(
        ...ids.map((id) => {
          const steps = pictures.filter((picture) => picture.id === id).sort((a, b) => b.step - a.step);
          const fold = steps[0].fold;
          const title = h('h3', { class: 'picture-name', text: id, title: id });
          const place = fold === null ? null : h('span', { class: 'quiet', text: say('stage.fold', { fold }) });
          const figures = steps.map((picture) =>
            h('figure', {}, imageOf(view.id, picture), h('figcaption', { text: captionOf(picture) })),
          );
          return h(
            'div',
            { class: 'picture-row' },
            h('div', { class: 'picture-head' }, title, place),
            h('div', { class: 'figures' }, ...figures),
          );
        }),
      );
    },
  );
  return element;
}

function captionOf({ epoch, dice: value }: TrainingPicture): string {
  const place = say('pictures.epoch', { epoch });
  return value === null ? place : `${place} · ${say('row.dice', { value: dice(value) })}`;
}

function altOf(picture: TrainingPicture): string {
  return say('pictures.alt', { name: picture.id, what: captionOf(picture) });
}
