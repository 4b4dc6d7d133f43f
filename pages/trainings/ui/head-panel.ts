import type { TrainingView } from '../../../src/training/page-api';
import { button, h } from '../../shared/ui/dom';
import type { Store } from '../../shared/ui/store';
import { nameOf } from '../logic/names';
import { dice, duration, short } from '../logic/numbers';
import type { Session } from './session';
import { type State, shownViews } from './state';
import { stopDialog } from './stop-dialog';
import { say, sayCount, sayState } from './texts';

/** What the training that is shown in detail is at: stage, time left, scores, and its ends. */
export function headPanel(store: Store<State>, session: Session): HTMLElement {
  const title = h('h2', { class: 'training-title' });
  const state = h('span', { class: 'state' });
  const ask = stopDialog(session);
  const idOf = () => shownViews(store.state)[0];
  const keep = button('check', say('stop.keep'), say('stop.keepTitle'), () => ask.open(idOf(), true), 'primary');
  const stop = button('cross', say('stop'), say('stop.title'), () => ask.open(idOf(), false));
  const report = button(null, say('report'), say('report.title'), () => {
    const [view] = shownViews(store.state);
    if (view?.version) void session.openReport(view.training.model, view.version);
  });
  const note = h('p', { class: 'quiet' });
  const bar = h('progress', { attributes: { 'aria-label': say('progress') } });
  const place = h('p', { class: 'place', attributes: { role: 'status', 'aria-live': 'off' } });
  const facts = h('dl', { class: 'facts' });
  const problem = h('p', { class: 'warning', attributes: { role: 'alert' } });
  const warnings = h('ul', { class: 'warnings' });
  const element = h(
    'section',
    { class: 'card head-card' },
    h('div', { class: 'card-head' }, title, state, h('div', { class: 'ends' }, report, keep, stop)),
    h('div', { class: 'progress' }, bar, place),
    note,
    problem,
    facts,
    warnings,
    ask.element,
  );
  store.watch(
    (s) => [s.shown, s.views, s.list],
    (shown, views, list) => {
      const [view] = shownViews({ shown, views });
      element.hidden = !view;
      if (!view) return;
      const { training, live, version } = view;
      const now = live ? 'running' : training.state;
      title.textContent = nameOf(view.id, version);
      document.title = say('title.of', { name: nameOf(view.id, version) });
      state.textContent = live?.isEnding ? say('state.ending') : sayState(now);
      state.dataset.state = now;
      report.hidden = live !== null || !version;
      const isOpen = live !== null && !live.isEnding;
      keep.hidden = stop.hidden = !isOpen || !list?.canWrite;
      note.hidden = !isOpen || list?.canWrite !== false;
      note.textContent = say('readOnly');
      bar.hidden = place.hidden = !live;
      if (live) {
        bar.max = Math.max(1, live.total);
        bar.value = live.done;
        place.textContent = placeOf(view);
      }
      problem.hidden = training.error === null;
      problem.textContent = training.error?.message ?? '';
      facts.replaceChildren(
        ...factsOf(view).map(([name, value]) =>
          h('div', { class: 'fact' }, h('dt', { text: name }), h('dd', { text: value })),
        ),
      );
      const told = [...new Set(training.warnings)];
      warnings.hidden = told.length === 0;
      warnings.replaceChildren(...told.map((text) => h('li', { text })));
    },
  );
  return element;
}

function placeOf({ live, training }: TrainingView): string {
  if (!live) return '';
  const { stage, step, total, remaining } = live;
  const where = !stage
    ? null
    : stage.fold === null
      ? say('stage.allImages', { images: stage.images })
      : say('stage.foldOf', { fold: stage.fold, folds: stage.folds });
  const left = say('left', { time: duration(remaining) });
  const device = live.place ?? training.computedBy;
  return [where, say('step', { step, total }), left, device].filter(Boolean).join(' · ');
}

function factsOf({ live, training, history }: TrainingView): Array<[string, string]> {
  const { expected, validationDice, threshold, data } = training;
  const last = history.at(-1);
  const judged = live ? live.validationDice : validationDice;
  const facts: Array<[string, string] | null> = [
    [say('loss'), short(live?.loss ?? training.loss)],
    [say('validationDice'), dice(judged)],
    expected && [
      say('expected'),
      say('expected.of', {
        dice: dice(expected.dice),
        low: dice(expected.low),
        high: dice(expected.high),
        percent: Math.round(100 * expected.level),
      }),
    ],
    threshold === null ? null : [say('threshold'), short(threshold)],
    live && [say('learningRate'), short(live.learningRate)],
    [say('epoch'), String(last?.epoch ?? training.epoch)],
    [say('time'), duration(live?.seconds ?? training.seconds)],
    [
      say('data'),
      [
        sayCount('images', data.images),
        data.folds > 0 ? sayCount('folds', data.folds) : sayCount('heldOut', data.validationImages),
      ].join(', '),
    ],
    training.ended ? [say('ended'), say(endKey(training.ended))] : null,
  ];
  return facts.filter((fact) => fact !== null);
}

const ENDS = {
  budget: 'ended.budget',
  early: 'ended.early',
  patience: 'ended.patience',
  time: 'ended.time',
  stopped: 'ended.stopped',
} as const;

function endKey(ended: string): (typeof ENDS)[keyof typeof ENDS] {
  return Object.hasOwn(ENDS, ended) ? ENDS[ended as keyof typeof ENDS] : ENDS.budget;
}
