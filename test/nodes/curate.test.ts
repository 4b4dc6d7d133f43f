import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { NodeMessage } from 'node-red';
import helper from 'node-red-node-test-helper';

import curate = require('../../nodes/curate/curate');

import { SegmenterError } from '../../src/base/errors';
import type { Decision } from '../../src/review/decision';
import { fileNameOf } from '../../src/review/file-names';
import type { CheckReport, Conflict, ImageView, Picture, Queue } from '../../src/review/page-api';
import { formatRecord, newRecord } from '../../src/review/record';
import type { Sample } from '../../src/samples/sample';
import { FakeHost, untilCancelled } from './fake-host';
import {
  errorOf,
  failedSample,
  image,
  type NodeUnderTest,
  payloadOf,
  sample,
  settle,
  startFlow,
  stopFlow,
  until,
} from './run-node';

const ROOT = '/segmenter/curate/node';
const USED: Decision = { state: 'used', reason: null, base: 'seg1', merge: [], exclude: [], strokes: [] };
const REJECTED: Decision = { ...USED, state: 'rejected', reason: 'out of focus' };
const REPORT: CheckReport = {
  samples: 2,
  findings: [{ check: 'labels', weight: 'warning', message: 'a is empty', samples: ['a'] }],
  made: '2026-01-01T00:00:00.000Z',
};
const PICTURE: Picture = {
  shape: [1, 1, 1, 32, 32],
  dtype: 'uint16',
  channels: [{ name: 'c0' }],
  pixelSize: null,
  levels: [[32, 32]],
  tile: 512,
  ranges: [],
};

describe('segmenter-curate', () => {
  let folder: string;
  let host: FakeHost;
  beforeEach(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'segmenter-curate-'));
    host = fakeHost();
  });
  afterEach(async () => {
    await stopFlow();
    rmSync(folder, { recursive: true, force: true });
  });

  const review = () => path.join(folder, 'review');
  const start = (config: object = {}) =>
    startFlow({
      file: curate,
      type: 'segmenter-curate',
      config: { folder: review(), ...config },
      access: host.access({ roots: [folder] }),
      outputs: 2,
    });

  function fakeHost(): FakeHost {
    return new FakeHost()
      .on('keep-images', (input) => input.sample)
      .on('check-samples', () => REPORT)
      .on('apply-decision', (input) => ({ ...input.sample, target: image(`${input.sample.id}-target`) }))
      .on('export-review', ({ folder: at }) => ({ folder: at, split: 'folds', samples: [], remarks: [] }))
      .on('picture-info', () => PICTURE)
      .on('picture', ({ tile }) => {
        const file = path.join(folder, `tile-${tile.row}.bin`);
        writeFileSync(file, Uint8Array.of(1, 2, 3, 4));
        return { path: file, dtype: 'uint16', shape: [1, 2] };
      });
  }

  const two = (id: string): Sample => sample(id, { seg1: image(`${id}-1`), seg2: image(`${id}-2`) });

  /** Sends samples as a sequence and waits until the checks of it are told. */
  async function bring(flow: NodeUnderTest, ids: string[], sequence = 's'): Promise<void> {
    const before = flow.sent[1].filter(({ topic }) => topic === 'checks').length;
    for (const [index, id] of ids.entries()) {
      flow.receive({ payload: two(id), parts: { id: sequence, index, count: ids.length } });
    }
    await until(() => flow.sent[1].filter(({ topic }) => topic === 'checks').length > before, 'the checks');
  }

  const get = async <T>(address: string): Promise<{ status: number; body: T; headers: Record<string, string> }> => {
    const { status, body, headers } = await helper.request().get(`${ROOT}/${address}`);
    return { status, body: body as T, headers };
  };
  const queue = async () => (await get<Queue>('queue')).body;
  const put = async (id: string, revision: number, decision: unknown) => {
    const { status, body } = await helper
      .request()
      .put(`${ROOT}/image/${encodeURIComponent(id)}`)
      .send({ revision, decision });
    return { status, body: body as { revision: number } & Conflict };
  };
  const finish = async () => (await helper.request().post(`${ROOT}/finish`)).body as Record<string, number>;

  it('puts samples up, checks them, and sends the used ones on as a sequence when a person finishes', async () => {
    const flow = await start();
    await bring(flow, ['plate 1/b', 'a', 'c']);
    assert.equal(flow.statuses.at(-1)?.text, '0 of 3 decided');
    const [checks] = flow.sent[1].filter(({ topic }) => topic === 'checks');
    assert.deepEqual(checks.payload, REPORT);
    assert.match(String((checks as { report?: unknown }).report), /a is empty/);
    const before = await queue();
    assert.deepEqual(
      before.items.map(({ id, state, warnings }) => [id, state, warnings]),
      [
        ['a', 'undecided', 1],
        ['c', 'undecided', 0],
        ['plate 1/b', 'undecided', 0],
      ],
    );
    assert.deepEqual([before.user, before.canWrite, before.finished], [null, true, false]);
    const view = (await get<ImageView>(`image/${encodeURIComponent('plate 1/b')}`)).body;
    assert.deepEqual([view.id, view.revision, view.pictures.seg2], ['plate 1/b', 0, PICTURE]);

    const merge = [
      {
        rings: [
          [
            [0, 0],
            [9, 0],
            [9, 9],
          ],
        ],
        z: null,
      },
    ];
    assert.deepEqual((await put('plate 1/b', 0, { ...USED, merge })).body, { revision: 1 });
    assert.deepEqual((await put('a', 0, USED)).status, 200);
    assert.deepEqual((await put('c', 0, REJECTED)).status, 200);
    assert.deepEqual(await finish(), { used: 2, rejected: 1, undecided: 0 });
    await until(() => flow.sent[0].length === 2, 'both samples');
    const [first, second] = flow.sent[0];
    assert.deepEqual([payloadOf<Sample>(first).id, payloadOf<Sample>(second).id], ['a', 'plate 1/b']);
    assert.ok(payloadOf<Sample>(second).target);
    const [one, other] = [first.parts, second.parts] as Array<{ id: string; index: number; count: number }>;
    assert.deepEqual([one.index, one.count, other.index, other.count], [0, 2, 1, 2]);
    assert.equal(one.id, other.id);
    assert.deepEqual(host.inputs('apply-decision')[1].decision.merge, merge);
    await until(() => host.inputs('export-review').length === 1, 'the tables');
    assert.deepEqual(host.inputs('export-review')[0], { folder: review(), seed: 0, targets: {} });
    await until(() => flow.statuses.at(-1)?.text === 'Sent 2');
    assert.equal((await queue()).finished, true);
    assert.equal(flow.caught.length, 0);
  });

  it('a restart loses nothing: decisions, failed samples, and what was on its way when it came', async () => {
    let flow = await start();
    flow.receive({ payload: failedSample('broken'), parts: { id: 's', index: 2, count: 3 } });
    await bring(flow, ['a', 'b'], 's2');
    await put('a', 0, USED);
    await stopFlow();

    host = fakeHost().on('apply-decision', (_, { signal }) => untilCancelled(signal));
    flow = await start();
    await until(() => flow.statuses.at(-1)?.text === '1 of 2 decided');
    assert.equal((await queue()).items.find(({ id }) => id === 'a')?.warnings, 1);
    await finish();
    await until(() => host.inputs('apply-decision').length === 1, 'the first to be made');
    await stopFlow();

    host = fakeHost();
    flow = await start();
    await until(() => flow.sent[0].length === 2, 'the rest of the sequence');
    assert.deepEqual(
      flow.sent[0].map(({ payload, parts }) => [(payload as Sample).id, (parts as { count: number }).count]),
      [
        ['a', 2],
        ['broken', 2],
      ],
    );
    assert.deepEqual(flow.sent[0][1].payload, failedSample('broken'));
    await until(() => flow.statuses.at(-1)?.text === 'Sent 1');
    await stopFlow();

    flow = await start();
    await until(() => flow.statuses.at(-1)?.text === 'Sent 1');
    await settle();
    assert.equal(flow.sent[0].length, 0, 'what was sent is not sent again');
  });

  it('a save on an old revision is refused and shows what the other decided', async () => {
    const flow = await start();
    await bring(flow, ['a']);
    const answers = await Promise.all([put('a', 0, USED), put('a', 0, REJECTED)]);
    assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 409]);
    const { body } = answers.find(({ status }) => status === 409) ?? assert.fail('no conflict');
    assert.deepEqual([body.error.code, body.revision, body.by], ['exists', 1, null]);
    const { decision } = (await get<ImageView>('image/a')).body;
    assert.deepEqual(body.decision, decision);
  });

  it('a sample that comes again takes its place; with other pixels it is to be looked at again', async () => {
    const flow = await start();
    await bring(flow, ['a', 'b']);
    const strokes = [{ points: [[1, 1]], radius: 2, value: 1, z: null }];
    await put('a', 0, { ...USED, strokes });
    await bring(flow, ['a'], 'again');
    assert.deepEqual(
      (await queue()).items.map(({ id, state }) => [id, state]),
      [
        ['a', 'used'],
        ['b', 'undecided'],
      ],
    );
    flow.receive({ payload: { ...two('a'), seg2: image('a-new') }, complete: true });
    await until(() => host.inputs('check-samples').length === 3);
    const { decision } = (await get<ImageView>('image/a')).body;
    assert.deepEqual([decision.state, decision.strokes], ['undecided', strokes]);
    assert.equal((await queue()).items.length, 2);
  });

  it('each: a decided sample goes on by itself when it was left alone, once, and after a restart', async () => {
    let flow = await start({ emit: 'each', quiet: 0.05 });
    await bring(flow, ['a', 'b', 'c']);
    await put('a', 0, USED);
    await put('a', 1, { ...USED, base: 'seg2' });
    await put('b', 0, REJECTED);
    await until(() => flow.sent[0].length === 1, 'sample a');
    await settle(100);
    assert.equal(flow.sent[0].length, 1);
    assert.equal(host.inputs('apply-decision')[0].decision.base, 'seg2');
    assert.equal(flow.sent[0][0].parts, undefined);
    await stopFlow();

    flow = await start({ emit: 'each', quiet: 60 });
    await put('c', 0, USED);
    await stopFlow();
    flow = await start({ emit: 'each', quiet: 60 });
    await until(() => flow.sent[0].length === 1, 'sample c');
    assert.equal(payloadOf<Sample>(flow.sent[0][0]).id, 'c');
    flow.receive({ payload: failedSample('broken') });
    await until(() => flow.sent[0].length === 2, 'the failed sample');
    assert.deepEqual(flow.sent[0][1].payload, failedSample('broken'));
  });

  it('a sample that cannot be made goes on as failed, and its sequence is complete', async () => {
    host.on('apply-decision', ({ sample: given }) => {
      if (given.id === 'a') throw new SegmenterError('corrupt-file', 'a is broken');
      return given;
    });
    const flow = await start();
    await bring(flow, ['a', 'b']);
    await put('a', 0, USED);
    await put('b', 0, USED);
    await finish();
    await until(() => flow.sent[0].length === 2 && flow.caught.length === 1);
    assert.equal(payloadOf<Sample>(flow.sent[0][0]).failed?.error.message, 'a is broken');
    assert.equal(payloadOf<Sample>(flow.sent[0][1]).failed, undefined);
  });

  it('reset empties the queue and keeps what was decided in an archive', async () => {
    const flow = await start();
    await bring(flow, ['a']);
    await put('a', 0, USED);
    flow.receive({ reset: true } as NodeMessage);
    await until(() => flow.statuses.at(-1)?.text === 'No samples yet');
    assert.deepEqual((await queue()).items, []);
    assert.equal((await get('image/a')).status, 404);
    const [run] = readdirSync(path.join(review(), 'archive'));
    assert.deepEqual(readdirSync(path.join(review(), 'archive', run)), ['a.json']);
  });

  it('puts up the images of its own settings when any message comes', async () => {
    host
      .on('list-samples', ({ raw, seg1 }) => {
        assert.deepEqual([raw, seg1], ['/data/raw', '/data/seg']);
        return { entries: ['a', 'b'].map((id) => ({ id, raw: `/data/raw/${id}`, scene: null })), problems: [] };
      })
      .on('open-sample', ({ entry }) => {
        if (entry.id === 'b') throw new SegmenterError('corrupt-file', 'b is broken');
        return [two(entry.id)];
      });
    const flow = await start({ raw: '/data/raw', rawType: 'str', seg1: '/data/seg', seg1Type: 'str' });
    flow.receive({ payload: Date.now() });
    await until(() => flow.sent[1].some(({ topic }) => topic === 'checks'));
    assert.deepEqual(
      (await queue()).items.map(({ id }) => id),
      ['a'],
    );
    assert.match(errorOf(flow.caught[0]).message, /b is broken/);
  });

  it('serves the pixels of a tile and removes their file', async () => {
    const flow = await start();
    await bring(flow, ['a']);
    const address = 'tile/a?image=raw&view=xy&t=0&c=0&at=0&level=0&row=3&column=0';
    const { status, headers, body } = await get<Buffer>(address);
    assert.deepEqual(
      [status, headers['x-dtype'], headers['x-shape'], headers['content-type']],
      [200, 'uint16', '1,2', 'application/octet-stream'],
    );
    assert.deepEqual([...body], [1, 2, 3, 4]);
    assert.equal(existsSync(path.join(folder, 'tile-3.bin')), false);
    assert.deepEqual(host.inputs('picture')[0].tile, { view: 'xy', t: 0, c: 0, at: 0, level: 0, row: 3, column: 0 });
    assert.equal((await get('report')).status, 200);
  });

  it('refuses what does not fit, in JSON', async () => {
    const flow = await start();
    await bring(flow, ['a']);
    const tile = 'view=xy&t=0&c=0&at=0&level=0&row=0';
    const codes = async (address: string) => {
      const { status, body } = await get<{ error: { code: string } }>(address);
      return [status, body.error.code];
    };
    assert.deepEqual(await codes('image/nobody'), [404, 'not-found']);
    assert.deepEqual(await codes(`image/${encodeURIComponent('../../../etc/passwd')}`), [404, 'not-found']);
    assert.deepEqual(await codes(`tile/a?image=raw&${tile}`), [400, 'invalid-input']);
    assert.deepEqual(await codes(`tile/a?image=raw&${tile}&column=-1`), [400, 'invalid-input']);
    assert.deepEqual(await codes(`tile/a?image=uri&${tile}&column=0`), [400, 'invalid-input']);
    assert.deepEqual(await codes(`tile/nobody?image=raw&${tile}&column=0`), [404, 'not-found']);
    assert.deepEqual(await codes('..%2F..%2Fpackage.json'), [400, 'invalid-input']);
    assert.deepEqual(await codes('.env'), [400, 'invalid-input']);
    const unknown = await helper.request().get('/segmenter/curate/nobody/queue');
    assert.equal(unknown.status, 404);
    const wrong = async (decision: unknown, revision: unknown = 0) =>
      (await put('a', revision as number, decision)).status;
    assert.equal(await wrong({ ...USED, base: 'seg3' }), 400);
    assert.equal(await wrong({ ...USED, merge: [{ rings: [[[0, 0]]], z: null }] }), 400);
    assert.equal(await wrong({ ...USED, strokes: [{ points: [[0, 0]], radius: 1, value: 1, z: [0, 7] }] }), 400);
    assert.equal(await wrong(USED, 'latest'), 400);
    assert.equal(await wrong(USED, -1), 400);
    assert.equal((await queue()).items[0].revision, 0);
    const slash = await helper.request().get(ROOT);
    assert.deepEqual([slash.status, slash.headers.location], [302, 'node/']);
  });

  it('a message that brings no sample is an error; without a folder the node says what it needs', async () => {
    const flow = await start();
    flow.receive({ payload: 'hello' });
    await until(() => flow.caught.length === 1);
    assert.equal(errorOf(flow.caught[0]).code, 'invalid-input');
    await stopFlow();
    const without = await start({ folder: '' });
    await until(() => without.statuses.at(-1)?.text === 'Error invalid-input');
    await stopFlow();
    const outside = await start({ folder: path.join(os.homedir(), 'elsewhere') });
    await until(() => outside.statuses.at(-1)?.text === 'Error not-allowed');
    assert.equal((await get('queue')).status, 403);
  });

  it('a queue of 2,000 samples is read once; what the page asks for then reads one record or none', async function () {
    this.timeout(20_000);
    mkdirSync(review());
    for (let i = 0; i < 2000; i++) {
      const id = `well ${i}`;
      const record = formatRecord(newRecord(two(id), new Date(0)));
      writeFileSync(path.join(review(), `${fileNameOf(id)}.json`), record);
    }
    const flow = await start();
    await until(() => flow.statuses.at(-1)?.text === '0 of 2000 decided');
    // Whoever reads a file that is no record now is caught.
    for (let i = 1; i < 2000; i++) writeFileSync(path.join(review(), `${fileNameOf(`well ${i}`)}.json`), '{}');
    const { items } = await queue();
    assert.equal(items.length, 2000);
    assert.deepEqual(
      items.slice(0, 3).map(({ id }) => id),
      ['well 0', 'well 1', 'well 2'],
    );
    assert.equal((await put('well 0', 0, USED)).status, 200);
    const tile = 'tile/well%200?image=seg1&view=xy&t=0&c=0&at=0&level=0&row=0&column=0';
    assert.equal((await get(tile)).status, 200);
    rmSync(path.join(review(), `${fileNameOf('well 0')}.json`));
    assert.equal((await get(tile)).status, 200, 'tiles of a known image read no record');
    assert.equal((await queue()).items.length, 2000);
    assert.equal(flow.statuses.at(-1)?.text, '1 of 2000 decided');
  });
});
