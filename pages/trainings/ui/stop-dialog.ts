import type { TrainingView } from '../../../src/training/page-api';
import { dialog } from '../../shared/ui/dialog';
import { h } from '../../shared/ui/dom';
import type { Session } from './session';
import { say } from './texts';

/** Asks before a training is ended. */
export function stopDialog(session: Session) {
  const { element, body } = dialog(say('stop.ask'), 'stop-dialog');
  const text = h('p');
  let asked: { id: string; keep: boolean } | null = null;
  const yes = h('button', {
    class: 'primary',
    attributes: { type: 'button' },
    on: {
      click: () => {
        element.close();
        if (asked) void session.stop(asked.id, asked.keep);
      },
    },
  });
  const no = h('button', {
    text: say('stop.no'),
    attributes: { type: 'button' },
    on: { click: () => element.close() },
  });
  body.append(text, h('div', { class: 'dialog-buttons' }, no, yes));
  return {
    element,
    open: (view: TrainingView | undefined, keep: boolean) => {
      if (!view) return;
      const { id, training, live } = view;
      asked = { id, keep };
      const hasFolds = live?.stage != null && live.stage.fold !== null;
      const words = keep ? (hasFolds ? 'stop.askKeepFold' : 'stop.askKeep') : 'stop.askEnd';
      text.textContent = say(words, { name: training.model });
      yes.textContent = say(keep ? 'stop.keep' : 'stop');
      element.showModal();
      no.focus();
    },
  };
}
