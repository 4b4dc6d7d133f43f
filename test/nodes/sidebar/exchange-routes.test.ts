import assert from 'node:assert/strict';
import { mkdtemp, readdir, realpath, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import helper from 'node-red-node-test-helper';

import predict = require('../../../nodes/predict/predict');
import sidebar = require('../../../nodes/sidebar/sidebar');

import type { ImportAnswer } from '../../../nodes/admin/tab-api';
import { exportModelJob, importModelJob } from '../../../src/jobs/implementations/models/exchange';
import type { HostSettings } from '../../../src/jobs/job-types';
import { listModels } from '../../../src/models/layout';
import { publishModel } from '../../../src/models/publish';
import { readZip } from '../../../src/storage/zip/read-zip';
import { testModel } from '../../exchange/support';
import { FakeHost } from '../fake-host';
import { startFlow, stopFlow, tokenHeader } from '../run-node';

const ROUTE = '/segmenter/models';

/** As much of superagent as its types leave out. */
interface Asked {
  responseType(kind: 'blob'): Promise<{ status: number; headers: Record<string, string>; body: unknown }>;
}

describe('the routes of models that go out and come in', () => {
  let host: FakeHost;
  let folder = '';
  let settings: HostSettings;
  beforeEach(async () => {
    folder = await realpath(await mkdtemp(path.join(os.tmpdir(), 'segmenter-exchange-')));
    const scratchFolder = path.join(folder, 'scratch');
    settings = { roots: [], modelsFolder: path.join(folder, 'models'), scratchFolder, scratchQuotaMB: 100 };
    const { signal } = new AbortController();
    const context = { settings, signal, stop: signal, progress: () => undefined };
    host = new FakeHost()
      .on('export-model', (input) => exportModelJob(input, context))
      .on('import-model', (input) => importModelJob(input, context));
    const { card, onnx } = testModel({ dimensions: 2, inChannels: 1, filters: [4, 8] }, [32, 32]);
    await publishModel(settings.modelsFolder, { card, onnx, metricsCsv: '' });
    const others = { files: [sidebar], nodes: [] };
    const config = { name: 'p', model: 'nuclei', modelType: 'str' };
    await startFlow({ file: predict, type: 'segmenter-predict', config, access: host.access(settings), others });
  });
  afterEach(async () => {
    await stopFlow();
    await rm(folder, { recursive: true, maxRetries: 5 });
  });
  /** Any answer as bytes. */
  const get = (query: string) => {
    const asked = helper.request().get(`${ROUTE}/export?${query}`) as unknown as Asked;
    return asked.responseType('blob');
  };
  const send = async (query: string, bytes: Buffer, headers?: [string, string]) =>
    helper
      .request()
      .post(`${ROUTE}/import?${query}`)
      .set(...(headers ?? (await tokenHeader())))
      .set('content-type', 'application/octet-stream')
      .send(bytes);
  /** Files of the scratch store that somebody forgot. */
  const left = async () => {
    const files = await readdir(settings.scratchFolder, { recursive: true }).catch(() => []);
    return files.filter((name) => /\.(zip|onnx|czann)/.test(name));
  };

  it('send a package, which taken in again is another model, and leave no file behind', async () => {
    const sent = await get('name=nuclei&version=v1&format=bioimageio&author=A%20B,%20C%20D&licence=MIT');
    assert.equal(sent.status, 200);
    assert.match(String(sent.headers['content-disposition']), /filename="nuclei-v1\.bioimageio\.zip"/);
    const notes = JSON.parse(decodeURIComponent(String(sent.headers['x-segmenter-notes']))) as string[];
    assert.match(notes.join(), /normalisation is inside the network/);
    const files = readZip(sent.body as Buffer, 'sent', { files: 20, bytes: 2 ** 26 });
    const description = Buffer.from(files.get('bioimageio.yaml')?.read() ?? []).toString();
    assert.match(description, /- name: A B\n\s+- name: C D\n/);

    const { status, body } = await send('name=taken&file=nuclei.zip', sent.body as Buffer);
    assert.equal(status, 200, JSON.stringify(body));
    const { name, version, tested } = body as ImportAnswer;
    assert.deepEqual([name, version, tested?.values], ['taken', 'v1', 1024]);
    assert.deepEqual(
      (await listModels(settings.modelsFolder)).map((model) => model.name),
      ['nuclei', 'taken'],
    );
    assert.deepEqual(await left(), []);
  });

  it('take an ONNX file by what a person types of it, and refuse it in words', async () => {
    const { body: onnx } = await get('name=nuclei&version=v1&format=onnx');
    const said = 'name=plain&file=plain.onnx&axes=bcyx&threshold=0.4&pixelSize=0.2%20x%200.2&channels=dna';
    const { status, body } = await send(`${said}&normalisation=none`, onnx as Buffer);
    assert.deepEqual([status, (body as ImportAnswer).version], [200, 'v1'], JSON.stringify(body));
    const refused = await send(said, onnx as Buffer);
    assert.equal(refused.status, 400);
    assert.match(
      (refused.body as { message: string }).message,
      /^normalisation: expected what the network was trained with/,
    );
    const strange = await send(`${said}&normalisation=none`, Buffer.from('none'));
    assert.match((strange.body as { message: string }).message, /is not an ONNX model/);
    assert.deepEqual(await left(), []);
  });

  it('refuse strangers, names that lead elsewhere, other forms and empty files', async () => {
    const one = Buffer.from('x');
    assert.equal((await send('name=a&file=a.zip', one, ['x-segmenter', 'wrong'])).status, 403);
    assert.equal((await send('name=..%2Fa&file=a.zip', one)).status, 400);
    assert.equal((await send('name=a&file=a.zip', Buffer.alloc(0))).status, 400);
    assert.equal((await send('file=a.zip', one)).status, 400);
    assert.equal((await get('name=nuclei&version=v1&format=exe')).status, 400);
    assert.equal((await get('name=..&version=v1&format=onnx')).status, 400);
    assert.equal((await get('name=nuclei&version=v9&format=onnx')).status, 404);
    assert.equal((await get('name=nuclei&version=v1&format=bioimageio&licence=%3Cscript%3E')).status, 400);
    assert.equal(host.calls.filter(({ job }) => job === 'import-model').length, 0);
  });
});
