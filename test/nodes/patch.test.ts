import assert from 'node:assert/strict';

import patch = require('../../nodes/patch/patch');

import { cutSample } from '../../nodes/patch/cut-sample';
import type { Region } from '../../src/image/region';
import type { PatchPlan } from '../../src/samples/sample';
import { FakeHost, untilCancelled } from './fake-host';
import { errorOf, failedSample, image, payloadOf, sample, startFlow, stopFlow, until } from './run-node';

describe('patch', () => {
  afterEach(stopFlow);
  const start = (config: object, host = new FakeHost()) =>
    startFlow({ file: patch, type: 'segmenter-patch', config, access: host.access() });

  async function plan(config: object, raw = image('raw', [1, 1, 1, 512, 640])): Promise<PatchPlan> {
    const flow = await start(config);
    flow.receive({ payload: { id: 'a', raw } });
    await until(() => flow.completed.length === 1);
    return payloadOf<{ patches: PatchPlan }>(flow.sent[0][0]).patches;
  }

  it('adds a plan with suggested sizes: 2D for a plane', async () => {
    const found = await plan({});
    assert.deepEqual([found.sizeZ, found.sizeY, found.sizeX], [null, 256, 256]);
    assert.deepEqual([found.perImage, found.sampling, found.overlap, found.seed], [8, 'balanced', 0, 0]);
    assert.deepEqual(found.suggested, ['sizeZ', 'sizeY', 'sizeX']);
  });

  it('suggests 3D for a stack, and 2D where Y or X is given and Z is blank', async () => {
    const stack = image('raw', [1, 1, 64, 512, 512]);
    const suggested = await plan({}, stack);
    assert.ok(suggested.sizeZ !== null && suggested.sizeZ >= 4);
    await stopFlow();
    const flat = await plan({ sizeY: '128', sizeX: '' }, stack);
    assert.deepEqual([flat.sizeZ, flat.sizeY, flat.suggested], [null, 128, ['sizeX']]);
    await stopFlow();
    assert.equal((await plan({ sizeZ: 8, sizeY: 64, sizeX: 64 }, stack)).suggested, undefined);
  });

  it('refuses a size that is not a multiple of 4', async () => {
    const flow = await start({ sizeY: '30' });
    flow.receive({ payload: sample('a') });
    await until(() => flow.sent[0].length === 1 && flow.caught.some((msg) => msg.payload !== undefined));
    const { message } = errorOf(flow.caught.at(-1) ?? ({} as never));
    assert.match(message, /segmenter-patch\.sizeY: must be multiple of 4, got 30/);
    assert.ok(payloadOf(flow.sent[0][0]).failed);
  });

  it('refuses what is no sample', async () => {
    const flow = await start({});
    flow.receive({ payload: 'hello' });
    await until(() => flow.caught.length === 1);
    assert.match(errorOf(flow.caught[0]).message, /msg\.payload: must be object, got "hello"/);
  });

  it('passes a failed sample on', async () => {
    const flow = await start({});
    flow.receive({ payload: failedSample('a') });
    await until(() => flow.completed.length === 1);
    assert.deepEqual(flow.sent[0][0].payload, failedSample('a'));
  });

  it('sends the patches themselves as a sequence inside that of the images', async () => {
    const regions: Region[] = [0, 8, 16].map((y) => ({ start: [0, 0, 0, y, 0], size: [1, 1, 1, 8, 8] }));
    const host = new FakeHost().on('list-patches', () => regions);
    const flow = await start({ emit: 'patches', sizeY: 8, sizeX: 8 }, host);
    const parts = { id: 'images', index: 1, count: 2 };
    flow.receive({ payload: sample('a', { seg1: image('seg') }), parts, well: 'B3' });
    await until(() => flow.completed.length === 1);
    const ids = flow.sent[0].map((msg) => payloadOf(msg).id);
    assert.deepEqual(ids, ['a_p0', 'a_p1', 'a_p2']);
    const [first, second] = flow.sent[0];
    assert.equal(second.well, 'B3');
    const { id, ...rest } = second.parts as unknown as Record<string, unknown>;
    assert.deepEqual(rest, { index: 1, count: 3, inner: true, parts });
    assert.equal((first.parts as { id?: unknown } | undefined)?.id, id);
    assert.deepEqual(payloadOf<{ seg1: object }>(second).seg1, {
      ...image('seg', [1, 1, 1, 8, 8]),
      region: { start: [0, 0, 0, 8, 0], size: [1, 1, 1, 8, 8] },
    });
  });

  it('ends on msg.cancel', async () => {
    const host = new FakeHost().on('list-patches', (_, { signal }) => untilCancelled(signal));
    const flow = await start({ emit: 'patches' }, host);
    flow.receive({ payload: sample('a') });
    await until(() => host.calls.length === 1);
    flow.receive({ cancel: true });
    await until(() => flow.caught.length === 1);
    assert.equal(errorOf(flow.caught[0]).code, 'cancelled');
    assert.ok(payloadOf(flow.sent[0][0]).failed);
  });
});

describe('cutSample', () => {
  const region: Region = { start: [1, 0, 2, 8, 16], size: [1, 2, 4, 8, 8] };

  it('cuts all images alike, keeps channels and what is one for all', () => {
    const whole = sample('a', {
      raw: image('raw', [3, 2, 10, 32, 32]),
      seg1: image('seg1', [3, 1, 10, 32, 32]),
      weight: image('weight', [1, 1, 1, 32, 32]),
      steps: [],
      verdict: { state: 'pass', reasons: [], unchecked: [] },
      excludeMask: [[[1, 2]]],
    });
    const cut = cutSample(whole, region, 4);
    assert.equal(cut.id, 'a_p4');
    assert.ok(!('steps' in cut) && !('verdict' in cut), 'of the whole image only');
    assert.deepEqual(cut.raw.shape, [1, 2, 4, 8, 8]);
    assert.deepEqual(cut.seg1?.region, { start: [1, 0, 2, 8, 16], size: [1, 1, 4, 8, 8] });
    assert.deepEqual(cut.weight?.region, { start: [0, 0, 0, 8, 16], size: [1, 1, 1, 8, 8] });
    assert.deepEqual(cut.excludeMask, [[[1, 2]]]);
    assert.deepEqual(whole.raw.shape, [3, 2, 10, 32, 32]);
  });

  it('counts from the start of an image that is a region already', () => {
    const raw = { ...image('raw', [1, 1, 1, 16, 16]), region: { start: [0, 0, 0, 100, 200], size: [1, 1, 1, 16, 16] } };
    const cut = cutSample(
      { id: 'a', raw } as Parameters<typeof cutSample>[0],
      { start: [0, 0, 0, 4, 8], size: [1, 1, 1, 8, 8] },
      0,
    );
    assert.deepEqual(cut.raw.region?.start, [0, 0, 0, 104, 208]);
  });
});
