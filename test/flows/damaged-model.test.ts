import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { FailedAnswer } from '../../nodes/admin/tab-api';
import { publishModel } from '../../src/models/publish';
import { buildPredictor, divisor, initialParameters, type NetworkSpec } from '../../src/network';
import { buildTiff, planePage } from '../formats/tiff/tiff-builder';
import { cardFields } from '../models/support';
import { NodeRedProcess } from './support/node-red-process';

const SIDE = 32;
const SPEC: NetworkSpec = { dimensions: 2, inChannels: 1, filters: [4, 8] };
const place = { z: 'tab', x: 0, y: 0 };

describe('a model that is damaged on disk while its flow runs', function () {
  this.timeout(60_000);
  let folder: string;
  let host: NodeRedProcess;
  const at = (...names: string[]) => path.join(folder, ...names);

  before(async () => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'segmenter-damaged-'));
    for (const name of ['images', 'user']) mkdirSync(at(name));
    for (const [i, name] of ['a', 'b', 'c'].entries()) {
      const pixels = Uint8Array.from({ length: SIDE * SIDE }, (_, k) => (k * (i + 3)) % 251);
      writeFileSync(at('images', `${name}.tif`), buildTiff([planePage(pixels, SIDE, SIDE)]));
    }
    await publishModel(at('models'), {
      onnx: buildPredictor(SPEC, initialParameters(SPEC, 1)),
      metricsCsv: '',
      card: cardFields({ architecture: { type: 'residual-unet', filters: SPEC.filters }, divisor: divisor(SPEC) }),
    });
    const segmenter = { roots: [folder], models: at('models'), scratch: at('scratch') };
    host = await NodeRedProcess.start(at('user'), {}, { segmenter });
  });
  after(async () => {
    await host?.stop();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  const failed = async () => (await (await fetch(`${host.url}segmenter/failed`)).json()) as FailedAnswer;
  const send = async (name: string) => {
    await fetch(`${host.url}segment`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ path: at('images', `${name}.tif`) }),
      signal: AbortSignal.timeout(200),
    }).catch(() => undefined);
  };
  const done = (count: number) =>
    host.until(`${count} maps`, ({ type, id }) => type === 'complete' && id === 'predict', {
      count,
      allowErrors: true,
    });

  it('is told clearly, keeps what came meanwhile, and does it when the model is back', async () => {
    await host.deploy([
      { id: 'tab', type: 'tab', label: 'damaged' },
      { id: 'come', type: 'http in', ...place, url: '/segment', method: 'post', wires: [['load']] },
      { id: 'load', type: 'segmenter-load-image', ...place, settle: '0', wires: [['predict']] },
      { id: 'predict', type: 'segmenter-predict', ...place, model: 'nuclei', modelType: 'str', wires: [[]] },
    ]);
    await send('a');
    await done(1);
    const network = at('models', 'nuclei', 'v1', 'model.onnx');
    const whole = readFileSync(network);
    const damaged = Buffer.from(whole);
    damaged[damaged.length >> 1] ^= 0xff;
    writeFileSync(network, damaged);
    await send('b');
    const [error] = await host.until('an error', ({ type, id }) => type === 'error' && id === 'predict', {
      allowErrors: true,
    });
    assert.equal(error.code, 'corrupt-file');
    assert.match(error.error ?? '', /model\.onnx: sha256 is [0-9a-f]{64}, its card says [0-9a-f]{64}/);
    const { rows } = await failed();
    assert.deepEqual(
      rows.map(({ sample, tries, isThere, node, error: { code } }) => [sample, tries, isThere, node.id, code]),
      [['b', 1, true, 'predict', 'corrupt-file']],
    );
    writeFileSync(network, whole);
    await send('c');
    await done(2);
    const answer = await fetch(`${host.url}segmenter/failed`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(await host.changeHeader()) },
      body: JSON.stringify({ do: 'again', ids: [rows[0].id] }),
    });
    assert.equal(answer.status, 200);
    const maps = await done(3);
    assert.deepEqual(
      maps.map(({ msg }) => (msg.payload as { id: string }).id),
      ['a', 'c', 'b'],
    );
    assert.equal((await failed()).total, 0);
  });
});
