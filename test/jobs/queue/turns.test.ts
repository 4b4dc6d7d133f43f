import assert from 'node:assert/strict';
import type { Shape5 } from '../../../src/image/region';
import { JobCosts, TURN_PIXELS } from '../../../src/jobs/queue/job-costs';
import type { Level } from '../../../src/jobs/queue/job-data';
import { compareTurns, priorityOf, type Turn, Turns } from '../../../src/jobs/queue/turns';
import { predictMetrics } from '../../support/job-metrics';
import { IMAGE, toyPredict, toyTrain } from '../toy-jobs';

describe('turns', () => {
  const next = (turns: Turns, flow: string, level: Level, cost = 1) => turns.tag(flow, level, cost);

  it('go round among flows: who comes late is not behind a hundred of another', () => {
    const turns = new Turns();
    const first = Array.from({ length: 100 }, () => next(turns, 'a', 'normal'));
    assert.deepEqual(first.slice(0, 3), [1, 2, 3]);
    turns.serve('normal', 10, true);
    assert.deepEqual([next(turns, 'b', 'normal'), next(turns, 'b', 'normal')], [10, 11]);
    assert.equal(next(turns, 'a', 'normal'), 101);
  });

  it('let nobody starve: what comes again and again moves on with what is served', () => {
    const turns = new Turns();
    const waiting = Array.from({ length: 10 }, () => ({ flow: 'night', tag: next(turns, 'night', 'low') }));
    let served = 0;
    for (let i = 0; i < 25 && waiting.some(({ flow }) => flow === 'night'); i++) {
      waiting.push({ flow: 'busy', tag: next(turns, 'busy', 'low') });
      waiting.sort((a, b) => a.tag - b.tag);
      const [job] = waiting.splice(0, 1);
      turns.serve('low', job.tag, true);
      if (job.flow === 'night') served++;
    }
    assert.equal(served, 10);
  });

  it('are of time, not of jobs: between two heavy ones of a flow another has as many light ones as cost the same', () => {
    const turns = new Turns();
    const heavy = Array.from({ length: 3 }, () => ({ flow: 'stacks', tag: next(turns, 'stacks', 'normal', 20) }));
    const light = Array.from({ length: 50 }, () => ({ flow: 'images', tag: next(turns, 'images', 'normal') }));
    const order = [...heavy, ...light].sort((a, b) => a.tag - b.tag).map(({ flow }) => flow);
    const places = order.flatMap((flow, i) => (flow === 'stacks' ? [i] : []));
    assert.deepEqual(places, [0, 21, 42]);
  });

  it('begin anew once nothing waits, and not while something does', () => {
    const turns = new Turns();
    turns.serve('normal', 500, true);
    assert.equal(next(turns, 'a', 'normal'), 500);
    turns.serve('normal', 0, true);
    assert.equal(next(turns, 'a', 'normal'), 501);
    turns.serve('normal', 0, false);
    assert.equal(next(turns, 'a', 'normal'), 1);
  });

  it('never give priority 0, which BullMQ puts before all, and keep levels apart', () => {
    assert.equal(priorityOf('high', 1), 1);
    const turns = new Turns();
    turns.serve('high', 10_000_000, true);
    assert.ok(priorityOf('high', next(turns, 'a', 'high')) < priorityOf('normal', 1));
    assert.ok(priorityOf('low', next(new Turns(), 'a', 'low')) > priorityOf('normal', 600_000));
    turns.serve('low', 10_000_000, true);
    assert.ok(priorityOf('low', next(turns, 'a', 'low')) <= 2_097_151);
  });

  it('of several queues go by level, then predictions before trainings, then by their tags', () => {
    const turn = (job: Turn['job'], level: Level, tag: number): Turn => ({ job, priority: priorityOf(level, tag) });
    const order = [
      turn('predict', 'high', 699_050),
      turn('train', 'high', 1),
      turn('predict', 'normal', 7),
      turn('predict', 'normal', 8),
      turn('train', 'normal', 2),
      turn('predict', 'low', 1),
    ];
    assert.deepEqual([...order].reverse().sort(compareTurns), order);
  });
});

describe('the cost of a job', () => {
  const asked = (pixels: number, model = 'a') => ({ ...toyPredict({ do: 'pid' }), model, image: imageOf(pixels) });
  const imageOf = (pixels: number) => ({ ...IMAGE, shape: [1, 1, 1, 1, pixels] as Shape5 });
  const took = (seconds: number, known?: string) => ({ metrics: { ...predictMetrics(), seconds, known } });

  it('is that of its pixels, until one of the same model and shape says what it took', () => {
    const costs = new JobCosts();
    const stack = asked(100 * TURN_PIXELS);
    assert.deepEqual([costs.of('predict', asked(16)), costs.of('predict', stack)], [1, 100]);
    costs.learn(stack, took(30), TURN_PIXELS / 2);
    costs.learn(stack, took(0.001, 'a day ago'), TURN_PIXELS);
    costs.learn(stack, took(5), 0);
    assert.deepEqual([costs.of('predict', stack), costs.of('predict', { ...stack, model: 'b' })], [15, 100]);
    assert.equal(costs.of('predict', asked(1e9 * TURN_PIXELS)), 10_000);
    assert.equal(costs.of('train', toyTrain({ do: 'pid' })), 1);
  });
});
