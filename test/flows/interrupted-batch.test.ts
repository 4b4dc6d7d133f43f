import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { buildTiff, planePage } from '../formats/tiff/tiff-builder';
import { type FlowNode, NodeRedProcess } from './support/node-red-process';
import { readImage } from './support/read-image';

const [SIDE, IMAGES, KILLED_AFTER] = [32, 10, 3];
const place = { z: 'tab', x: 0, y: 0 };

describe('a batch whose Node-RED is killed in the middle', function () {
  this.timeout(90_000);
  let folder: string;
  let host: NodeRedProcess;
  const at = (...names: string[]) => path.join(folder, ...names);
  const masks = () => readdirSync(at('masks')).filter((name) => name.endsWith('_mask.tiff'));

  before(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'segmenter-batch-'));
    for (const name of ['images', 'masks', 'user']) mkdirSync(at(name));
    for (let i = 0; i < IMAGES; i++) {
      const pixels = Uint8Array.from({ length: SIDE * SIDE }, (_, k) => (k <= i ? 200 : 10));
      writeFileSync(at('images', `image${i}.tif`), buildTiff([planePage(pixels, SIDE, SIDE)]));
    }
  });
  after(async () => {
    await host?.stop();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  const start = async () => {
    const segmenter = { roots: [folder], scratch: at('scratch') };
    host = await NodeRedProcess.start(at('user'), {}, { segmenter });
    await host.deploy(flow());
    await host.inject('go');
  };
  const flow = (): FlowNode[] => [
    { id: 'tab', type: 'tab', label: 'batch' },
    { id: 'go', type: 'inject', ...place, props: [], wires: [['load']] },
    { id: 'load', type: 'segmenter-load-image', ...place, raw: at('images'), settle: '0', wires: [['threshold']] },
    {
      ...{ id: 'threshold', type: 'segmenter-threshold', ...place, from: 'raw', method: 'value', value: '100' },
      ...{ valueType: 'num', wires: [['save']] },
    },
    {
      ...{ id: 'save', type: 'segmenter-save-image', ...place, image: 'mask', folder: at('masks'), format: 'tiff' },
      ...{ existing: 'replace', wires: [[]] },
    },
  ];

  it('goes on where it stopped when it is sent again: nothing twice, nothing half', async () => {
    await start();
    const through = await host.until('some masks', ({ type, id }) => type === 'complete' && id === 'save', {
      count: KILLED_AFTER,
    });
    if (host.pid) process.kill(host.pid, 'SIGKILL');
    const done = through.map(({ msg }) => (msg.payload as { id: string }).id);
    const modifiedAt = (sample: string) => statSync(at('masks', `${sample}_mask.tiff`)).mtimeMs;
    const before = new Map(done.map((sample) => [sample, modifiedAt(sample)]));
    assert.ok(masks().length < IMAGES, `${masks().length} were done before`);
    await start();
    await host.until('all masks', ({ type, id }) => type === 'complete' && id === 'save', { count: IMAGES });
    assert.equal(masks().length, IMAGES);
    for (let i = 0; i < IMAGES; i++) {
      const pixels = await readImage(at('masks', `image${i}_mask.tiff`));
      assert.equal(pixels.filter((value) => value > 0).length, i + 1);
    }
    for (const [sample, modified] of before) assert.equal(modifiedAt(sample), modified, sample);
    for (const node of ['threshold', 'save']) {
      const texts = host.events.flatMap(({ type, id, status }) =>
        type === 'status' && id === node ? status?.text : [],
      );
      const known = Number(/(\d+) known/.exec(texts.at(-1) ?? '')?.[1] ?? 0);
      assert.ok(known >= before.size && known < IMAGES, `${node}: ${texts.at(-1)}`);
    }
    assert.ok(readdirSync(at('masks')).every((name) => !name.includes('partial')));
  });
});
