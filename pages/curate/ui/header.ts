import { button, h } from '../../shared/ui/dom';
import { themeButton } from '../../shared/ui/theme';
import { progressOf } from '../logic/queue-model';
import type { SaveStatus } from '../logic/saver';
import type { Actions } from './actions';
import type { Store } from './state';
import { say, sayCount } from './texts';
import { titleOf } from './toolbar';

/** Whose run it is, how far it is, whether all is saved, and the way to its end. */
export function header(store: Store, actions: Actions, finish: () => void): HTMLElement {
  const title = h('h1', { text: say('curation') });
  const bar = h('div', {
    class: 'progress',
    attributes: { role: 'progressbar', 'aria-valuemin': 0, 'aria-label': say('header.decided') },
  });
  const used = h('i', { class: 'used' });
  const rejected = h('i', { class: 'rejected' });
  bar.append(used, rejected);
  const counts = h('span', { class: 'counts' });
  const save = h('span', { class: 'save', attributes: { role: 'status', 'aria-live': 'polite' } });
  const user = h('span', { class: 'user' });
  const finishButton = button('finish', say('header.finish'), say('header.finishTitle'), finish, 'primary');
  store.watch(
    (s) => [s.queue],
    (queue) => {
      const { total, used: u, rejected: r, undecided } = progressOf(queue?.items ?? []);
      title.textContent = queue?.title || say('curation');
      document.title = say('header.title', { name: title.textContent });
      used.style.width = `${total > 0 ? (100 * u) / total : 0}%`;
      rejected.style.width = `${total > 0 ? (100 * r) / total : 0}%`;
      bar.setAttribute('aria-valuemax', String(total));
      bar.setAttribute('aria-valuenow', String(u + r));
      counts.textContent = say('header.counts', { used: u, rejected: r, undecided });
      user.textContent = [queue?.user, queue && !queue.canWrite && say('header.readOnly')].filter(Boolean).join(', ');
      user.hidden = user.textContent === '';
      finishButton.disabled = !queue?.canWrite;
      finishButton.querySelector('span')?.replaceChildren(say(queue?.finished ? 'header.again' : 'header.finish'));
    },
  );
  store.watch(
    (s) => [s.save, s.queue?.canWrite],
    (status, canWrite) => {
      save.textContent = canWrite === false && status.unsaved === 0 ? '' : describeSave(status);
      save.dataset.kind = status.kind;
    },
  );
  return h(
    'header',
    {},
    title,
    h('div', { class: 'progress-box' }, bar, counts),
    save,
    user,
    button('report', '', titleOf('report'), () => actions.run('report')),
    themeButton(),
    button('help', '', titleOf('help'), () => actions.run('help')),
    finishButton,
  );
}

function describeSave({ kind, unsaved, message }: SaveStatus): string {
  const images = sayCount('images', unsaved);
  switch (kind) {
    case 'saved':
      return say('save.saved');
    case 'saving':
      return say('save.saving');
    case 'waiting':
      return say('save.waiting', { images });
    case 'conflict':
      return say('save.conflict');
    case 'refused':
      return say('save.refused', { message: String(message) });
  }
}
