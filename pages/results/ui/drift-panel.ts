import type { ChartedResult, DriftChart, DriftView } from '../../../src/results/page-api';
import type { SeriesName } from '../../../src/trust/drift';
import { shortNumber } from '../../shared/logic/numbers';
import { button, h } from '../../shared/ui/dom';
import { CHARTED, curvesOf, type DriftCurves, nextAlarm } from '../logic/drift';
import { DriftPicture } from './drift-chart';
import type { DriftSession } from './drift-session';
import type { Store } from './state';
import { say, sayCount } from './texts';

const NAMES = {
  predictedDice: 'drift.predictedDice',
  distance: 'drift.distance',
  foreground: 'drift.foreground',
  objects: 'drift.objects',
} as const;

/**
 * What gates charted of a model on an instrument, over the samples. A slider goes from result to result, with keys too, and says
 * what each chart says there; Enter, or a click, opens its sample.
 */
export function driftPanel(store: Store, session: DriftSession): HTMLElement {
  const charts = h('select', {
    attributes: { 'aria-label': say('drift.chart') },
    on: { change: () => void session.show(charts.value) },
  });
  const about = h('p', { class: 'quiet drift-about' });
  const empty = h('p', { class: 'quiet' });
  const place = h('input', {
    class: 'drift-place',
    attributes: { type: 'range', min: 1, step: 1, 'aria-label': say('drift.place') },
    on: {
      input: () => session.look(Number(place.value) - 1),
      keydown: (event) => {
        if (event.key === 'Enter') void session.open();
      },
    },
  });
  const told = h('output', { class: 'drift-told' });
  const open = button(null, say('drift.open'), say('drift.openTitle'), () => void session.open());
  const jump = (step: 1 | -1) => () => {
    const { driftView, driftAt } = store.state;
    const at = driftView && nextAlarm(driftView.points, driftAt ?? 0, step);
    if (at !== null) session.look(at);
  };
  const before = button('previous', '', say('drift.alarmBefore'), jump(-1));
  const after = button('next', '', say('drift.alarmAfter'), jump(1));
  const pictures = new Map(
    CHARTED.map((name) => [
      name,
      new DriftPicture(
        say(NAMES[name]),
        say('drift.results'),
        (at) => session.look(at),
        (at) => {
          session.look(at);
          void session.open();
        },
      ),
    ]),
  );
  const drawn = h('div', { class: 'drift-charts' }, ...[...pictures.values()].map(({ element }) => element));
  const bar = h('div', { class: 'drift-bar' }, before, place, after, open, told);
  const element = h(
    'section',
    { class: 'drift', attributes: { id: 'drift', 'aria-label': say('drift') } },
    h('div', { class: 'drift-head' }, h('h2', { text: say('drift') }), charts),
    empty,
    about,
    drawn,
    bar,
  );
  store.watch(
    (s) => [s.drift, s.driftCharts, s.driftView],
    (isOpen, known, view) => {
      element.hidden = !isOpen;
      charts.hidden = (known?.length ?? 0) === 0;
      charts.replaceChildren(
        ...(known ?? []).map((chart) => h('option', { text: nameOf(chart), attributes: { value: chart.id } })),
      );
      if (view) charts.value = view.chart.id;
      empty.hidden = known === null || known.length > 0;
      empty.textContent = say('drift.none');
      for (const part of [about, drawn, bar]) part.hidden = view === null;
      if (!isOpen || !view) return;
      about.textContent = aboutOf(view);
      place.max = String(view.points.length);
      for (const [name, picture] of pictures) {
        const curves = curvesOf(view, name);
        picture.element.hidden = curves === null;
        if (curves) picture.show(curves, summaryOf(name, curves), stateOf(view, name));
      }
    },
  );
  store.watch(
    (s) => [s.driftView, s.driftAt],
    (view, at) => {
      for (const picture of pictures.values()) picture.mark(at);
      const result = view && at !== null ? view.points[at] : undefined;
      if (!view || at === null || !result) return;
      place.value = String(at + 1);
      told.textContent = wordsOf(view, result, at);
      place.setAttribute('aria-valuetext', told.textContent);
      open.disabled = result.run === null;
      before.disabled = nextAlarm(view.points, at, -1) === null;
      after.disabled = nextAlarm(view.points, at, 1) === null;
    },
  );
  return element;
}

function nameOf({ model, instrument, gate, results, out }: DriftChart): string {
  const parts = [
    model || say('drift.noModel'),
    instrument || say('drift.noInstrument'),
    [gate.name || 'gate', gate.flow].filter(Boolean).join(', '),
    sayCount('results', results),
    out.length > 0 && say('drift.outNow'),
  ];
  return parts.filter(Boolean).join(' · ');
}

/** How the chart works, and how often it speaks. */
function aboutOf({ baseline, runLengths, chart }: DriftView): string {
  const { usual, movedBy } = runLengths;
  const numbers = { baseline, half: usual.half, twentieth: usual.oneIn20, one: movedBy.one, two: movedBy.two };
  const learning = chart.results < baseline && say('drift.learning', { count: chart.results, baseline });
  return [learning, say('drift.about', numbers)].filter(Boolean).join(' ');
}

function stateOf({ points }: DriftView, name: SeriesName): { text: string; isOut: boolean } {
  const last = points.findLast(({ series }) => series[name])?.series[name];
  const isOut = last?.isOut === true;
  return { text: say(isOut ? 'drift.outside' : last?.low === null ? 'drift.gathering' : 'drift.inside'), isOut };
}

function summaryOf(name: SeriesName, { value, usual, low, high, alarms }: DriftCurves): string {
  const [from, to] = [low, high].map((limits) => limits.findLast((limit) => limit !== null) ?? null);
  const known = value.filter((each) => each !== null);
  const limits = { usual: text(usual.findLast((each) => each !== null) ?? null), low: text(from), high: text(to) };
  const parts = [
    say('drift.summary', { name: say(NAMES[name]), count: known.length, last: text(known.at(-1) ?? null) }),
    from !== null && say('drift.summaryLimits', limits),
    alarms.length > 0 && sayCount('alarms', alarms.length),
  ];
  return parts.filter(Boolean).join(' ');
}

/** What the charts say at one result. */
function wordsOf({ chart, points }: DriftView, { at, sample, series }: ChartedResult, index: number): string {
  const of = CHARTED.flatMap((name) => {
    const point = series[name];
    if (!point) return [];
    const numbers = { name: say(NAMES[name]), value: text(point.value), average: text(point.average) };
    if (point.low === null) return [say('drift.valueOnly', numbers)];
    return [say(point.isOut ? 'drift.valueOut' : 'drift.valueIn', numbers)];
  });
  const number = chart.results - points.length + 1 + index;
  const which = say('drift.result', {
    number,
    sample: sample ?? say('drift.noSample'),
    at: new Date(at).toLocaleString(),
  });
  return [which, ...of].join(' · ');
}

function text(value: number | null): string {
  return value === null ? '–' : shortNumber(value);
}
