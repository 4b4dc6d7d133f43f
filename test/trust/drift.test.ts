import assert from 'node:assert/strict';
import { Random } from '../../src/base/random';
import { validate } from '../../src/base/schema';
import { addToChart, BASELINE, type Chart, NEW_CHART } from '../../src/trust/control-chart';
import {
  addResult,
  type DriftCharts,
  type DriftEvent,
  type DriftPoint,
  DriftPointSchema,
  drawnAt,
} from '../../src/trust/drift';

function chartOf(values: readonly number[]): { chart: Chart; events: string[] } {
  let chart = NEW_CHART;
  const events: string[] = [];
  for (const [i, value] of values.entries()) {
    const charted = addToChart(chart, value, 0);
    chart = charted.chart;
    if (charted.event) events.push(`${charted.event} ${i + 1 - BASELINE}`);
  }
  return { chart, events };
}

describe('a control chart', () => {
  const usual = Array.from({ length: BASELINE }, (_, i) => (i % 2 === 0 ? 1 : -1));

  it('takes its first values for what is usual', () => {
    const { chart, events } = chartOf(usual);
    assert.ok(Math.abs(chart.mean) < 1e-15);
    assert.ok(Math.abs(chart.squares - BASELINE) < 1e-12);
    assert.deepEqual(events, []);
  });

  it('has the limits of an EWMA chart', () => {
    const { chart } = chartOf(usual);
    const spread = Math.sqrt(BASELINE / (BASELINE - 1));
    const first = addToChart(chart, 0, 0).limits;
    assert.ok(Math.abs((first?.high ?? 0) - 3.8 * spread * 0.2) < 1e-12);
    const late = addToChart({ ...chart, count: 1000 }, 0, 0).limits;
    assert.ok(Math.abs((late?.high ?? 0) - (3.8 * spread) / 3) < 1e-12);
  });

  it('tells a shift that lasts once, and its end', () => {
    // By hand: 0.6 is within 0.77, 1.08 beyond 0.99; 3 (1 - 0.8^20) falls below 1.29 with the fourth factor 0.8.
    const { events } = chartOf([...usual, ...new Array(20).fill(3), ...new Array(40).fill(0)]);
    assert.deepEqual(events, ['drift 2', 'back 24']);
  });

  it('is not alarmed by one odd value', () => {
    assert.deepEqual(chartOf([...usual, ...new Array(20).fill(0), 5, ...new Array(20).fill(0)]).events, []);
  });

  it('takes equal values for a little scattered', () => {
    let chart = NEW_CHART;
    for (let i = 0; i < BASELINE; i++) chart = addToChart(chart, 2, 0.1).chart;
    assert.equal(addToChart(chart, 2.1, 0.1).event, null);
    assert.equal(addToChart(chart, 2.6, 0.1).event, 'drift');
  });
});

describe('the drift of results', () => {
  const at = { model: 'nuclei@v1', instrument: 'left' };

  function add(before: DriftCharts, values: readonly object[]) {
    const events: DriftEvent[] = [];
    const points: DriftPoint[] = [];
    let charts = before;
    for (const observed of values) {
      const added = addResult(charts, at, observed);
      charts = added.charts;
      events.push(...added.events);
      points.push({ ...at, at: '', sample: null, values: added.values, charts });
    }
    return { charts, events, points };
  }

  it('is told of each quantity in its own values, for a model on an instrument', () => {
    const random = new Random(1);
    const usual = Array.from({ length: 60 }, () => ({
      predictedDice: 0.9 + 0.01 * random.normal(),
      objects: 50 + 3 * random.normal(),
    }));
    const before = add({}, usual);
    assert.deepEqual(before.events, []);
    const { events } = add(before.charts, new Array(20).fill({ predictedDice: 0.7, objects: 50 }));
    assert.equal(events.length, 1);
    const [{ usual: was, now, low, high, results, ...rest }] = events;
    assert.deepEqual(rest, { ...at, event: 'drift', series: 'predictedDice' });
    assert.ok(Math.abs(was - 0.9) < 0.01, `${was}`);
    assert.ok(now < low && low < was && was < high && high < 1, `${now} ${low} ${was} ${high}`);
    assert.ok(results > 60 && results < 66, `${results}`);
  });

  it('bears 0, 1 and what is not known', () => {
    const values = Array.from({ length: 40 }, (_, i) => ({ predictedDice: i % 2, foreground: 0, objects: 0 }));
    const { charts, events } = add({}, values);
    assert.deepEqual(events, []);
    assert.deepEqual(Object.keys(charts), ['predictedDice', 'foreground', 'objects']);
    assert.ok(Object.values(charts).every((chart) => Number.isFinite(chart?.average)));
  });

  it('leaves out numbers that a quantity cannot have, so that its charts can be read again', () => {
    const odd = [-1, -0.5, -1e300, Number.NaN, Number.POSITIVE_INFINITY];
    const observed = odd.map((value) => ({ foreground: value, objects: value, predictedDice: value }));
    const { points } = add({}, [...observed, { foreground: 0.1, objects: 3, predictedDice: 0.9 }]);
    for (const point of points)
      assert.deepEqual(validate(DriftPointSchema, JSON.parse(JSON.stringify(point)), 'point'), point);
    assert.equal(points.at(-1)?.charts.foreground?.count, 1);
  });

  it('is drawn as it was told: in the quantity, with the limits of its time', () => {
    const usual = Array.from({ length: BASELINE }, (_, i) => ({ foreground: 0.1 + 0.01 * (i % 3) }));
    const { events, points } = add({}, [...usual, ...new Array(10).fill({ foreground: 0.2, objects: 3 })]);
    const drawn = points.map(drawnAt);
    assert.deepEqual(
      drawn.map(({ foreground }) => foreground?.low !== null),
      points.map((_, i) => i >= BASELINE),
    );
    const told = drawn.findIndex(({ foreground }) => foreground?.isOut);
    const { foreground } = drawn[told];
    const [{ usual: was, now, low, high }] = events;
    assert.deepEqual(foreground, { value: 0.2, average: now, usual: was, isOut: true, low, high });
    assert.equal(drawn[0].objects, undefined);
    assert.equal(drawn[BASELINE].objects?.value, 3);
    // One that says nothing of a quantity leaves its chart as it was.
    const silent = drawnAt({ ...points[told], values: {} });
    assert.deepEqual(silent.foreground, { ...foreground, value: null });
  });
});
