import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { NodeMessage } from 'node-red';
import { SegmenterError } from '../../src/base/errors';
import type { ImageView } from '../../src/curation/page-api';
import { claimFolder } from '../../src/curation/run-state';
import type { Sample } from '../../src/samples/sample';
import { PICTURE, REJECTED, REPORT, two, USED, useCuration } from './curation-under-test';
import { untilCancelled } from './fake-host';
import { errorOf, failedSample, image, logLines, payloadOf, settle, stopFlow, until } from './run-node';

describe('segmenter-curate', () => {
  const curation = useCuration();
  const { bring, finish, get, put, queue, review, start } = curation;

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
    const { version, ...picture } = view.pictures.seg2 ?? assert.fail('no Seg 2');
    assert.deepEqual([view.id, view.revision, picture], ['plate 1/b', 0, PICTURE]);
    assert.match(String(version), /^[0-9a-f]{16}$/);

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
    assert.deepEqual(curation.host.inputs('apply-decision')[1].decision.merge, merge);
    await until(() => curation.host.inputs('export-review').length === 1, 'the tables');
    const tables = { folder: review(), seed: 0, paths: 'relative', targets: {} };
    assert.deepEqual(curation.host.inputs('export-review')[0], tables);
    await until(() => flow.statuses.at(-1)?.text === 'Sent 2 samples');
    const after = await queue();
    assert.deepEqual([after.finished, after.isWired], [true, true]);
    assert.deepEqual(await finish(), { used: 2, rejected: 1, undecided: 0 });
    await until(() => flow.sent[0].length === 4, 'both samples again');
    assert.equal(flow.caught.length, 0);
  });

  it('a restart loses nothing: decisions, failed samples, and what was on its way when it came', async () => {
    let flow = await start();
    flow.receive({ payload: failedSample('broken'), parts: { id: 's', index: 2, count: 3 } });
    await bring(flow, ['a', 'b'], 's2');
    await put('a', 0, USED);
    await stopFlow();

    curation.host = curation.newHost().on('apply-decision', (_, { signal }) => untilCancelled(signal));
    flow = await start();
    await until(() => flow.statuses.at(-1)?.text === '1 of 2 decided');
    assert.equal((await queue()).items.find(({ id }) => id === 'a')?.warnings, 1);
    await finish();
    await until(() => curation.host.inputs('apply-decision').length === 1, 'the first to be made');
    await stopFlow();

    curation.host = curation.newHost();
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
    await until(() => flow.statuses.at(-1)?.text === 'Sent 1 sample');
    await stopFlow();

    flow = await start();
    await until(() => flow.statuses.at(-1)?.text === 'Sent 1 sample');
    await settle();
    assert.equal(flow.sent[0].length, 0, 'what was sent is not sent again');
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
    await until(() => curation.host.inputs('check-samples').length === 3);
    const { decision } = (await get<ImageView>('image/a')).body;
    assert.deepEqual([decision.state, decision.strokes], ['undecided', strokes]);
    assert.equal((await queue()).items.length, 2);
  });

  it('a sample whose file was overwritten is to be looked at again; one of another file is told of', async () => {
    const flow = await start();
    const log = logLines();
    let checks = 0;
    const bringFile = async (modified: number | null, name = 'a') => {
      // What is said of a file may be worded anew.
      const raw = {
        ...image(name),
        notes: [`said ${checks} times`],
        ...(modified === null ? {} : { file: { size: 9, modified } }),
      };
      flow.receive({ payload: { ...two('a'), raw }, complete: true });
      checks++;
      await until(() => curation.host.inputs('check-samples').length === checks);
    };
    const state = async () => (await get<ImageView>('image/a')).body.decision.state;
    const use = async () => put('a', (await get<ImageView>('image/a')).body.revision, USED);
    await bringFile(null);
    await use();
    // Records of earlier versions do not say which version of the file was decided on.
    await bringFile(1);
    assert.equal(await state(), 'used');
    await bringFile(1);
    assert.equal(await state(), 'used');
    await bringFile(2);
    assert.equal(await state(), 'undecided');
    assert.equal(log().filter((line) => /takes the place of/.test(line)).length, 0);
    await bringFile(2, 'plateB/a');
    assert.match(log().join(), /a: .*plateB\/a\.tiff takes the place of .*images\/a\.tiff, as both have this id/);
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
    assert.equal(curation.host.inputs('apply-decision')[0].decision.base, 'seg2');
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
    curation.host.on('apply-decision', ({ sample: given }) => {
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
    curation.host
      .on('list-samples', ({ raw, seg1 }) => {
        assert.deepEqual([raw, seg1], ['/data/raw', '/data/seg']);
        return { entries: ['a', 'b'].map((id) => ({ id, raw: `/data/raw/${id}`, scene: null })), problems: [] };
      })
      .on('open-sample', ({ entry }) => {
        if (entry.id === 'b') throw new SegmenterError('corrupt-file', 'b is broken');
        const error = { name: 'SegmenterError', code: 'not-found' as const, message: 'its mask is missing' };
        return [
          { ...two(entry.id), seg1: { ...image('a-seg'), notes: ['lacks a plane'] } },
          { id: `${entry.id}_s1`, error },
        ];
      });
    const flow = await start({ raw: '/data/raw', rawType: 'str', seg1: '/data/seg', seg1Type: 'str' });
    const log = logLines();
    flow.receive({ payload: Date.now() });
    await until(() => flow.sent[1].some(({ topic }) => topic === 'checks'));
    assert.deepEqual(
      (await queue()).items.map(({ id }) => id),
      ['a'],
    );
    assert.match(log().join(), /a, seg1: lacks a plane/);
    assert.match(errorOf(flow.caught[0]).message, /a_s1: its mask is missing/);
    assert.match(errorOf(flow.caught[1]).message, /b is broken/);
  });

  it('a message that brings no sample is an error; without a folder the node says what it needs', async () => {
    const flow = await start();
    flow.receive({ payload: 'hello' });
    await until(() => flow.caught.length === 1);
    assert.equal(errorOf(flow.caught[0]).code, 'invalid-input');
    await stopFlow();
    const without = await start({ folder: '' });
    await until(() => without.statuses.at(-1)?.fill === 'red');
    await stopFlow();
    const outside = await start({ folder: path.join(os.homedir(), 'elsewhere') });
    await until(() => outside.statuses.at(-1)?.fill === 'red');
    assert.equal((await get('queue')).status, 403);
  });

  it('refuses a folder that another node has, and takes it when that node is gone', async () => {
    const stop = new AbortController();
    claimFolder(review(), 'the other', stop.signal);
    const flow = await start();
    await until(() => flow.statuses.at(-1)?.fill === 'red');
    const { status, body } = await get<{ error: { message: string } }>('queue');
    assert.equal(status, 503);
    assert.match(body.error.message, /the node the other keeps its curation there/);
    stop.abort();
    await flow.redeploy();
    await until(() => flow.statuses.at(-1)?.text === 'No samples yet');
  });
});
