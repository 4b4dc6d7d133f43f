import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import helper from 'node-red-node-test-helper';

import predict = require('../../../nodes/predict/predict');
import sidebar = require('../../../nodes/sidebar/sidebar');

import { usesIn } from '../../../nodes/admin/model-uses';
import type { ModelsAnswer } from '../../../nodes/admin/tab-api';
import {
  changeModelsJob,
  findModelFileJob,
  listModelsJob,
} from '../../../src/jobs/implementations/models/list-and-change';
import type { HostSettings } from '../../../src/jobs/job-types';
import { publishModel } from '../../../src/models/publish';
import { cardFields, namedOnnx } from '../../models/support';
import { FakeHost } from '../fake-host';
import { startFlow, stopFlow, tokenHeader } from '../run-node';

const ROUTE = '/segmenter/models';

describe('the routes of the models', () => {
  let host: FakeHost;
  let models = '';
  beforeEach(async () => {
    models = await mkdtemp(path.join(os.tmpdir(), 'segmenter-models-'));
    const settings: HostSettings = { roots: [], modelsFolder: models, scratchFolder: models, scratchQuotaMB: 1 };
    const { signal } = new AbortController();
    const context = { settings, signal, stop: signal, progress: () => undefined };
    host = new FakeHost()
      .on('list-models', (input) => listModelsJob(input, context))
      .on('find-model-file', (input) => findModelFileJob(input, context))
      .on('change-models', (input) => changeModelsJob(input, context));
    for (const name of ['nuclei', 'nuclei', 'axons']) {
      await publishModel(models, { card: cardFields({ name }), onnx: namedOnnx(name), metricsCsv: '' });
    }
    const others = { files: [sidebar], nodes: [] };
    const config = { name: 'plate 7', model: 'nuclei@v1', modelType: 'str' };
    await startFlow({ file: predict, type: 'segmenter-predict', config, access: host.access(settings), others });
  });
  afterEach(async () => {
    await stopFlow();
    await rm(models, { recursive: true });
  });
  const list = async () => (await helper.request().get(ROUTE)).body as ModelsAnswer;
  const change = async (body: object, headers?: [string, string]) =>
    helper
      .request()
      .post(`${ROUTE}/change`)
      .set(...(headers ?? (await tokenHeader())))
      .send(body);

  it('list them with their versions and the nodes that name them', async () => {
    const { models: found, uses, training, mayWrite } = await list();
    assert.deepEqual(
      found.map(({ name, versions }) => [name, versions.map(({ version }) => version)]),
      [
        ['axons', ['v1']],
        ['nuclei', ['v2', 'v1']],
      ],
    );
    const node = { id: 'node', type: 'segmenter-predict', name: 'plate 7', flow: 'tab' };
    assert.deepEqual(uses, [{ ...node, property: 'model', model: 'nuclei', version: 'v1' }]);
    assert.deepEqual([training, mayWrite], [[], true]);
  });

  it('rename one, delete one and bring it back, and empty the bin', async () => {
    assert.deepEqual((await change({ do: 'rename', name: 'axons', to: 'fibres' })).body, { warnings: [] });
    assert.equal((await change({ do: 'delete', name: 'nuclei', version: 'v1' })).status, 200);
    const { models: left, bin } = await list();
    assert.deepEqual(
      left.map(({ name, versions }) => `${name} ${versions.length}`),
      ['fibres 1', 'nuclei 1'],
    );
    assert.deepEqual([bin.length, bin[0].version], [1, 'v1']);
    assert.equal((await change({ do: 'restore', id: bin[0].id })).status, 200);
    await change({ do: 'delete', name: 'fibres', version: null });
    assert.equal((await change({ do: 'empty', ids: null })).status, 200);
    const end = await list();
    assert.deepEqual([end.models.map(({ name }) => name), end.bin], [['nuclei'], []]);
  });

  it('leave one alone as a whole while it is being trained, and let a version of it go', async () => {
    const asker = { node: 't', subject: 'nuclei', cancel: () => undefined };
    const waiting = { id: 1, job: 'train', asker, ahead: 0, waitsFor: null, since: 1, begun: null } as const;
    host.listed = [{ ...waiting, progress: null, choice: null }];
    for (const body of [
      { do: 'rename', name: 'nuclei', to: 'cells' },
      { do: 'delete', name: 'nuclei', version: null },
    ]) {
      const { status, body: refused } = await change(body);
      assert.deepEqual([status, (refused as { code: string }).code], [503, 'busy']);
    }
    assert.deepEqual((await list()).training, ['nuclei']);
    assert.equal((await change({ do: 'delete', name: 'nuclei', version: 'v1' })).status, 200);
  });

  it('refuse what is no change, names that lead elsewhere, and a change without the token', async () => {
    const status = async (body: object, headers?: [string, string]) => (await change(body, headers)).status;
    assert.equal(await status({ do: 'burn', name: 'nuclei' }), 400);
    assert.equal(await status({ do: 'rename', name: 'nuclei', to: '../cells' }), 400);
    assert.equal(await status({ do: 'delete', name: '..', version: null }), 400);
    assert.equal(await status({ do: 'delete', name: 'nuclei', version: '../../x' }), 404);
    assert.equal(await status({ do: 'restore', id: '../nuclei' }), 404);
    assert.equal(await status({ do: 'rename', name: 'nuclei', to: 'axons' }), 409);
    assert.equal(await status({ do: 'empty', ids: null }, ['x-segmenter', 'wrong']), 403);
    assert.equal((await list()).models.length, 2);
  });

  it('send the network and the card of a version, and no other file', async () => {
    const get = (query: string) => helper.request().get(`${ROUTE}/file?${query}`);
    const network = await get('name=nuclei&version=v1&file=model.onnx');
    assert.equal(network.status, 200);
    assert.ok(Buffer.from(namedOnnx('nuclei')).equals(network.body as Buffer));
    assert.match(String(network.headers['content-disposition']), /filename="nuclei-v1\.onnx"/);
    const card = await get('name=nuclei&version=v2&file=model.json');
    assert.equal((card.body as { version: string }).version, 'v2');
    assert.equal((await get('name=nuclei&version=v9&file=model.onnx')).status, 404);
    assert.equal((await get('name=nuclei&version=v1&file=metrics.csv')).status, 400);
    assert.equal((await get('name=..&version=v1&file=model.onnx')).status, 400);
  });
});

describe('where flows name models', () => {
  const uses = (config: object) =>
    usesIn({ id: 'n', z: 'f', ...config }).map(({ property, model, version }) => [property, model, version]);

  it('is in typed inputs that hold text, and in what puts a name into msg.model', () => {
    const train = { type: 'segmenter-train', model: 'a', modelType: 'str', startFrom: 'b@2', startFromType: 'str' };
    assert.deepEqual(uses(train), [
      ['model', 'a', null],
      ['startFrom', 'b', 'v2'],
    ]);
    const props = [
      { p: 'model', v: 'a@latest', vt: 'str' },
      { p: 'payload', v: 'a', vt: 'str' },
      { p: 'model', v: '{}', vt: 'json' },
    ];
    assert.deepEqual(uses({ type: 'inject', props }), [['msg.model', 'a', null]]);
    const rules = [{ t: 'set', p: 'model', to: 'a@v3', tot: 'str' }, { t: 'delete', p: 'model' }, null];
    assert.deepEqual(uses({ type: 'change', rules }), [['msg.model', 'a', 'v3']]);
  });

  it('is not where the value comes with a message, is a folder, blank or no name', () => {
    for (const model of ['/models/a', '', 'no name!', 7]) {
      assert.deepEqual(uses({ type: 'segmenter-predict', model, modelType: 'str' }), []);
    }
    assert.deepEqual(uses({ type: 'segmenter-predict', model: 'model', modelType: 'msg' }), []);
    assert.deepEqual(uses({ type: 'inject', props: 'x' }), []);
    assert.deepEqual(uses({ type: 'function', model: 'a', modelType: 'str' }), []);
  });
});
