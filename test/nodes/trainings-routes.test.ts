import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import helper from 'node-red-node-test-helper';
import { serveAround } from '../../nodes/admin/answer';
import { serveTrainings } from '../../nodes/admin/trainings';
import type { JobOutput } from '../../src/jobs/job-types';
import type { TrainingList, TrainingNews, TrainingView } from '../../src/training/page-api';
import { stopFlow, until } from './run-node';
import { good, held, part, progress, result, startTrain } from './train-under-test';

import train = require('../../nodes/train/train');

const BASE = '/segmenter/trainings';
const KEY = 'ab'.repeat(32);
const ID = `nuclei@${KEY.slice(0, 16)}`;

const FILE: JobOutput<'training'>['training'] = {
  ...{ format: 'segmenter-training', formatVersion: 1, run: KEY, model: 'nuclei', state: 'running', ended: null },
  ...{ error: null, begun: '2020-11-29T10:00:00Z', changed: '2020-11-29T10:01:00Z', seconds: 1 },
  ...{ settings: { epochs: 3 }, startedFrom: null, stages: [24], minutes: null, step: 8, epoch: 1, loss: 0.5 },
  network: { dimensions: 2, patch: [64, 64], parameters: 10 },
  data: { samples: 1, failed: 0, images: 1, validationImages: 0, split: 'none', folds: 0 },
  ...{ validationDice: null, threshold: null, expected: null, computedBy: null, notes: [], warnings: [], pictures: [] },
};
const row = (epoch: number, validationDice: number | null = null) => ({
  ...{ epoch, step: 8 * epoch, loss: 0.5, validationDice, threshold: null, learningRate: 1e-3, seconds: 1 },
});

describe('the routes of trainings', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'trainings-routes-'));
  });
  afterEach(async () => {
    await stopFlow();
    rmSync(folder, { recursive: true });
  });

  /** @param changed when the log of the first was last written */
  async function start(changed = () => FILE.changed) {
    const { host, runs } = held();
    const { pictures: _pictures, notes: _notes, ...listed } = FILE;
    host
      .on('list-trainings', () => ({
        trainings: [
          { id: ID, version: null, ...listed, changed: changed() },
          { id: 'nuclei@0000000000000000', version: null, ...listed, run: '00'.repeat(32) },
        ],
      }))
      .on('training', ({ id }) => ({ id, version: null, training: FILE, history: [row(1)] }))
      .on('training-picture', ({ file }) => {
        const place = path.join(folder, file);
        writeFileSync(place, Uint8Array.of(137, 80));
        return { path: place };
      });
    const flow = await startTrain(host, undefined, (RED) => {
      train(RED);
      serveTrainings(RED);
      serveAround(RED);
    });
    flow.receive({ payload: good('a'), parts: part(0, 1) });
    await until(() => runs.length === 1);
    return { flow, run: runs[0] };
  }
  async function get<T>(address: string): Promise<{ status: number; headers: Record<string, string>; body: T }> {
    const { status, headers, body } = await helper.request().get(`${BASE}/${address}`);
    return { status, headers: headers as Record<string, string>, body: body as T };
  }
  const post = async (id: string, body: object, token?: string) => {
    const known = token ?? ((await helper.request().get('/segmenter/token')).body as { token: string }).token;
    return helper.request().post(`${BASE}/stop/${id}`).set('x-segmenter', known).send(body);
  };

  it('list what goes on as running, what a dead process left as interrupted, and what has not told of itself', async () => {
    const { run } = await start();
    const before = (await get<TrainingList>('list')).body;
    assert.deepEqual(before.starting, [{ node: 'node', model: 'nuclei', waitsFor: null }]);
    assert.deepEqual(
      before.trainings.map(({ state }) => state),
      ['interrupted', 'interrupted'],
    );
    run.options.onProgress?.({ ...progress(2, 0.7), epochEnd: true, validatedEpoch: 2, run: KEY });
    const { body, headers } = await get<TrainingList>('list');
    assert.deepEqual(body.starting, []);
    assert.deepEqual(
      body.trainings.map(({ state, node }) => [state, node]),
      [
        ['running', 'node'],
        ['interrupted', null],
      ],
    );
    assert.equal(body.canWrite, true);
    assert.equal(headers['cache-control'], 'no-store');
    run.finish(result);
  });

  it('call none interrupted whose log was written since a training of its model began that has not told of itself', async () => {
    const { run } = await start(() => new Date().toISOString());
    assert.deepEqual(
      (await get<TrainingList>('list')).body.trainings.map(({ state }) => state),
      ['running', 'interrupted'],
    );
    run.finish(result);
  });

  it('tell of one: what is saved and what was reported since, and then the news alone', async () => {
    const { flow, run } = await start();
    run.options.onProgress?.({ ...progress(1), epochEnd: true, run: KEY });
    run.options.onProgress?.({ ...progress(2, 0.7), epochEnd: true, validatedEpoch: 2, run: KEY });
    const { body } = await get<TrainingView>(`one/${ID}`);
    assert.deepEqual(body.history, [row(1), row(2, 0.7)]);
    assert.deepEqual([body.live?.step, body.live?.remaining, body.training.state], [16, 2, 'running']);
    run.options.onProgress?.({ ...progress(3, 0.7), epochEnd: true, validatedEpoch: 2, run: KEY });
    const news = (await get<TrainingNews>(`news/${ID}?since=16`)).body;
    assert.deepEqual(news.rows, [row(2, 0.7), row(3)]);
    assert.deepEqual((await get<TrainingNews>('news/other@v1')).body, { live: null, rows: [] });
    run.finish(result);
    await until(() => flow.sent[0].length === 1);
    assert.equal((await get<TrainingNews>(`news/${ID}`)).body.live, null);
  });

  it('send a picture and keep none', async () => {
    const { run } = await start();
    const { headers, body } = await get<Buffer>(`picture/${ID}/0-8.png`);
    assert.equal(headers['content-type'], 'image/png');
    assert.deepEqual([...body], [137, 80]);
    assert.equal(existsSync(path.join(folder, '0-8.png')), false);
    run.finish(result);
  });

  it('finish a training with its best, and end one without a model', async () => {
    const { flow, run } = await start();
    run.options.onProgress?.({ ...progress(1), run: KEY });
    assert.equal((await post(ID, { keep: true }, 'guessed')).status, 403);
    assert.equal((await post('other@v1', { keep: true })).status, 404);
    assert.equal((await post(ID, {})).status, 400);
    assert.equal(run.options.stop?.aborted, false);
    assert.equal((await post(ID, { keep: true })).status, 200);
    assert.equal(run.options.stop?.aborted, true);
    assert.equal((await get<TrainingView>(`one/${ID}`)).body.live?.isEnding, true);
    run.finish(result);
    await until(() => flow.sent[0].length === 1);
    assert.deepEqual(flow.sent[0][0].payload, { model: result.model, metrics: result.metrics, samples: 1, failed: [] });
  });

  it('end one without a model: Catch nodes hear of it', async () => {
    const { flow, run } = await start();
    run.options.onProgress?.({ ...progress(1), run: KEY });
    assert.equal((await post(ID, { keep: false })).status, 200);
    await until(() => flow.caught.length === 1);
    assert.equal(run.options.signal?.aborted, true);
    assert.equal(flow.sent[0].length, 0);
  });
});
