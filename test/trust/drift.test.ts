import assert from 'node:assert/strict';
import { Random } from '../../src/base/random';
import { validate } from '../../src/base/schema';
import { addToChart, BASELINE, type Chart, NEW_CHART } from '../../src/trust/control-chart';
import { addResult, type Drift, type DriftEvent, DriftSchema } from '../../src/trust/drift';

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

  function add(drift: Drift, values: readonly object[], group = at): { drift: Drift; events: DriftEvent[] } {
    const events: DriftEvent[] = [];
    for (const observed of values) {
      const added = addResult(drift, group, observed);
      drift = added.drift;
      events.push(...added.events);
    }
    return { drift, events };
  }

  it('is told of each quantity in its own values, for a model on an instrument', () => {
    const random = new Random(1);
    const usual = Array.from({ length: 60 }, () => ({
      predictedDice: 0.9 + 0.01 * random.normal(),
      objects: 50 + 3 * random.normal(),
    }));
    const before = add({ groups: [] }, usual);
    assert.deepEqual(before.events, []);
    const other = add(before.drift, [{ predictedDice: 0.2, objects: 1 }], { ...at, instrument: 'right' });
    assert.deepEqual(other.events, []);
    const { events } = add(other.drift, new Array(20).fill({ predictedDice: 0.7, objects: 50 }));
    assert.equal(events.length, 1);
    const [{ usual: was, now, low, high, results, ...rest }] = events;
    assert.deepEqual(rest, { ...at, event: 'drift', series: 'predictedDice' });
    assert.ok(Math.abs(was - 0.9) < 0.01, `${was}`);
    assert.ok(now < low && low < was && was < high && high < 1, `${now} ${low} ${was} ${high}`);
    assert.ok(results > 60 && results < 66, `${results}`);
  });

  it('bears 0, 1 and what is not known', () => {
    const values = Array.from({ length: 40 }, (_, i) => ({ predictedDice: i % 2, foreground: 0, objects: 0 }));
    const { drift, events } = add({ groups: [] }, values);
    assert.deepEqual(events, []);
    const series = drift.groups[0].series;
    assert.deepEqual(Object.keys(series), ['predictedDice', 'foreground', 'objects']);
    assert.ok(Object.values(series).every((chart) => Number.isFinite(chart?.average)));
  });

  it('forgets what was not used for long', () => {
    let drift: Drift = { groups: [] };
    for (let i = 0; i < 250; i++) drift = addResult(drift, { ...at, instrument: String(i) }, { objects: 1 }).drift;
    assert.equal(drift.groups.length, 200);
    assert.equal(drift.groups.at(-1)?.instrument, '249');
  });

  it('leaves out numbers that a quantity cannot have, so that its charts can be read again', () => {
    const odd = [-1, -0.5, -1e300, Number.NaN, Number.POSITIVE_INFINITY];
    const observed = odd.map((value) => ({ foreground: value, objects: value, predictedDice: value }));
    const { drift } = add({ groups: [] }, [...observed, { foreground: 0.1, objects: 3, predictedDice: 0.9 }]);
    assert.deepEqual(validate(DriftSchema, JSON.parse(JSON.stringify(drift)), 'drift'), drift);
    assert.equal(drift.groups[0].series.foreground?.count, 1);
  });
});
