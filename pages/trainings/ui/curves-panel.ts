import type { TrainingView } from '../../../src/training/page-api';
import { choice, h } from '../../shared/ui/dom';
import type { Store } from '../../shared/ui/store';
import { uPlot } from '../../shared/ui/uplot';
import { curveOf, type Quantity, type StageMark, stageMarks } from '../logic/curves';
import { nameOf } from '../logic/names';
import { short } from '../logic/numbers';
import { Chart, type XAxis } from './chart';
import { type State, shownViews } from './state';
import { say, sayCount } from './texts';

/** With the height of each chart, in pixels. */
const QUANTITIES: ReadonlyArray<[Quantity, number]> = [
  ['loss', 200],
  ['validationDice', 200],
  ['learningRate', 120],
];

/** Loss, validation Dice and learning rate of what is shown, over each other. */
export function curvesPanel(store: Store<State>): HTMLElement {
  const sync = uPlot.sync('trainings');
  const xAxis = (): XAxis =>
    store.state.axis === 'steps'
      ? { title: say('axis.steps'), isWhole: true }
      : { title: say('axis.minutes'), isWhole: false };
  const stageName = ({ fold }: StageMark) => (fold === null ? say('stage.all') : say('stage.fold', { fold }));
  const charts = new Map(
    QUANTITIES.map(([quantity, height]) => [quantity, new Chart(say(quantity), xAxis, stageName, sync, height)]),
  );
  const axis = choice(
    say('axis'),
    [
      { value: 'steps', text: say('axis.steps') },
      { value: 'minutes', text: say('axis.minutes') },
    ],
    (value) => store.set({ axis: value }),
  );
  const legend = h('ul', { class: 'legend', attributes: { 'aria-label': say('legend') } });
  const empty = h('p', { class: 'quiet', text: say('curves.none') });
  const drawn = h('div', { class: 'charts' }, ...[...charts.values()].map(({ element }) => element));
  const element = h(
    'section',
    { class: 'card curves', attributes: { 'aria-label': say('curves') } },
    h('div', { class: 'card-head' }, h('h2', { text: say('curves') }), axis.element),
    legend,
    empty,
    drawn,
  );
  store.watch(
    (s) => [s.shown, s.views, s.axis],
    (shown, views, over) => {
      axis.show(over);
      const known = shownViews({ shown, views });
      element.hidden = known.length === 0;
      const hasEpochs = known.some(({ history }) => history.length > 0);
      empty.hidden = hasEpochs;
      drawn.hidden = !hasEpochs;
      legend.hidden = known.length < 2;
      legend.replaceChildren(...known.map((view, place) => legendItem(view, place)));
      if (!hasEpochs) return;
      // Stages of several lie elsewhere each.
      const marks = known.length === 1 ? stageMarks(known[0].training.stages, known[0].history, over) : [];
      const end = Math.max(...known.map(({ history }) => curveOf(history, 'loss', over).x.at(-1) ?? 0)) || 1;
      for (const [quantity, chart] of charts) {
        const series = known.map(({ id, version, history }, place) => ({
          name: nameOf(id, version),
          place,
          ...curveOf(history, quantity, over),
        }));
        // One that was never judged has no Dice to draw.
        chart.element.hidden = series.every(({ y }) => y.every((value) => value === null));
        chart.show(series, marks, series.map(({ name, y }) => summaryOf(quantity, name, y)).join(' '), end);
      }
    },
  );
  return element;
}

function legendItem({ id, version }: TrainingView, place: number): HTMLElement {
  return h(
    'li',
    {},
    h('span', { class: 'swatch', attributes: { 'data-place': place } }),
    h('span', { text: nameOf(id, version) }),
  );
}

function summaryOf(quantity: Quantity, name: string, values: readonly number[]): string {
  if (values.length === 0) return say('summary.none', { name, quantity: say(quantity) });
  const [first, last] = [values[0], values[values.length - 1]].map(short);
  const least = short(values.reduce((a, b) => Math.min(a, b)));
  const most = short(values.reduce((a, b) => Math.max(a, b)));
  const told = { name, quantity: say(quantity), first, last, least, most };
  return `${say('summary', told)} ${sayCount('epochs', values.length)}.`;
}
