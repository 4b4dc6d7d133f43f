import assert from 'node:assert/strict';

import excludeRegions = require('../../nodes/exclude-regions/exclude-regions');
import mergeMasks = require('../../nodes/merge-masks/merge-masks');

import { FakeHost } from './fake-host';
import { errorOf, image, payloadOf, sample, startFlow, stopFlow, until } from './run-node';

const polygons = [
  [
    [1, 1],
    [1, 5],
    [5, 5],
  ],
];

describe('merge-masks', () => {
  const target = image('target');
  const both = { seg1: image('seg1'), seg2: image('seg2') };
  afterEach(stopFlow);

  async function start(config: object = {}) {
    const host = new FakeHost().on('merge-masks', () => target);
    const flow = await startFlow({
      file: mergeMasks,
      type: 'segmenter-merge-masks',
      config,
      access: host.access(),
    });
    return { host, flow };
  }

  it('adds the target and leaves all else as it came', async () => {
    const { host, flow } = await start();
    flow.receive({ payload: sample('a', { ...both, mergeMask: polygons, source: { well: 'B3' } }), operator: 'Ada' });
    await until(() => flow.completed.length === 1);
    const [out] = flow.sent[0];
    assert.deepEqual(payloadOf(out).target, target);
    assert.deepEqual(payloadOf(out).source, { well: 'B3' });
    assert.deepEqual(payloadOf(out).raw, image('a-raw'));
    assert.equal(out.operator, 'Ada');
    const [{ base, regions }] = host.inputs('merge-masks');
    assert.equal(base, 'seg1');
    assert.deepEqual(regions, polygons);
  });

  it('takes the base of the node, else of the sample, else seg1', async () => {
    const { host, flow } = await start();
    flow.receive({ payload: sample('a', { ...both, base: 'seg2' }) });
    await until(() => flow.completed.length === 1);
    await stopFlow();
    const { host: chosen, flow: second } = await start({ base: 'seg1' });
    second.receive({ payload: sample('a', { ...both, base: 'seg2' }) });
    await until(() => second.completed.length === 1);
    assert.equal(host.inputs('merge-masks')[0].base, 'seg2');
    assert.equal(host.inputs('merge-masks')[0].regions, null);
    assert.equal(chosen.inputs('merge-masks')[0].base, 'seg1');
  });

  it('takes regions from a typed input', async () => {
    const { host, flow } = await start({ regions: JSON.stringify(polygons), regionsType: 'json' });
    flow.receive({ payload: sample('a', both) });
    await until(() => flow.completed.length === 1);
    assert.deepEqual(host.inputs('merge-masks')[0].regions, polygons);
  });

  it('names the segmentation that is missing', async () => {
    const { flow } = await start();
    flow.receive({ payload: sample('a', { seg1: image('seg1'), mergeMask: polygons }) });
    await until(() => flow.caught.length === 1);
    assert.match(errorOf(flow.caught[0]).message, /the sample has no image "seg2"; it has raw, seg1/);
  });
});

describe('exclude-regions', () => {
  const weight = image('weight');
  afterEach(stopFlow);

  it('adds the weight where there is an excluding mask', async () => {
    const host = new FakeHost().on('exclude-regions', () => weight);
    const flow = await startFlow({
      file: excludeRegions,
      type: 'segmenter-exclude-regions',
      access: host.access(),
    });
    flow.receive({ payload: sample('a', { excludeMask: image('mask') }) });
    await until(() => flow.completed.length === 1);
    assert.deepEqual(payloadOf(flow.sent[0][0]).weight, weight);
    assert.deepEqual(host.inputs('exclude-regions')[0].regions, image('mask'));
  });

  it('passes on without a weight where there is none', async () => {
    const host = new FakeHost();
    const flow = await startFlow({
      file: excludeRegions,
      type: 'segmenter-exclude-regions',
      access: host.access(),
    });
    flow.receive({ payload: sample('a') });
    await until(() => flow.completed.length === 1);
    assert.deepEqual(flow.sent[0][0].payload, sample('a'));
    assert.equal(flow.statuses.at(-1)?.text, 'Done, no regions');
    assert.deepEqual(host.calls, []);
  });
});
