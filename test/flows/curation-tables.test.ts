import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Queue } from '../../src/curation/page-api';
import { readManifest } from '../../src/samples/manifest';
import { readRegionsFile } from '../../src/samples/regions-file';
import type { Sample } from '../../src/samples/sample';
import { writeImage } from '../curation/images';
import { NUMPY_FILES } from '../formats/numpy/numpy-files';
import { NodeRedProcess } from './support/node-red-process';

const PIXELS = 12 * 12;

describe("a curation that began in Segmenter ML's plugin", () => {
  let folder: string;
  let host: NodeRedProcess;

  before(async function () {
    this.timeout(60_000);
    folder = realpathSync(mkdtempSync(path.join(os.tmpdir(), 'segmenter-tables-')));
    for (const name of ['raw', 'seg1', 'seg2', 'tables', 'user']) mkdirSync(path.join(folder, name));
    const rows = [',raw,seg1,seg2,merge_mask,exclude_mask,base_image'];
    for (const id of ['a', 'b', 'c']) {
      const file = (role: string) => path.join(folder, role, `${id}.tif`);
      for (const role of ['raw', 'seg1', 'seg2']) {
        const value = role === 'seg2' ? 0 : 1;
        await writeImage(file(role), id, [1, 1, 1, 12, 12], new Uint8Array(PIXELS).fill(value, 1));
      }
      const mask = path.join(folder, 'tables', `${id}.npy`);
      writeFileSync(mask, Buffer.from(id === 'a' ? NUMPY_FILES.object : NUMPY_FILES.float64, 'base64'));
      rows.push([rows.length - 1, file('raw'), file('seg1'), file('seg2'), '', mask, 'seg1'].join(','));
    }
    writeFileSync(path.join(folder, 'tables', 'train.csv'), `${rows.slice(0, 3).join('\n')}\n`);
    writeFileSync(path.join(folder, 'tables', 'val.csv'), `${[rows[0], rows[3]].join('\n')}\n`);
    const place = { z: 'tab', x: 0, y: 0 };
    const flow = [
      { id: 'tab', type: 'tab', label: 'tables' },
      { id: 'go', type: 'inject', ...place, props: [{ p: 'payload' }], payloadType: 'date', wires: [['curate']] },
      {
        ...{ id: 'curate', type: 'segmenter-curate', ...place, wires: [['end'], ['end']] },
        ...{ folder: path.join(folder, 'review'), folderType: 'str', adopt: true, paths: 'absolute', seed: 5 },
        ...{ manifest: path.join(folder, 'tables'), manifestType: 'str' },
      },
      // What goes to no wire is not sent.
      { id: 'end', type: 'debug', ...place, active: false, wires: [] },
    ];
    writeFileSync(path.join(folder, 'user', 'flows.json'), JSON.stringify(flow));
    host = await NodeRedProcess.start(path.join(folder, 'user'), {});
  });

  after(async function () {
    this.timeout(30_000);
    await host?.stop();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  it('goes on here: polygons and decisions come along, and the tables that Finish writes go back', async function () {
    this.timeout(60_000);
    const sent = (port: number, topic?: string) => {
      return (event: { type: string; id: string; port?: number; msg: Record<string, unknown> }) =>
        event.type === 'sent' && event.id === 'curate' && event.port === port && event.msg.topic === topic;
    };
    await host.inject('go');
    const [{ msg }] = await host.until('the checks', sent(1, 'checks'));
    assert.match(String(msg.report), /3 samples/);
    const page = `${host.url}segmenter/curate/curate/`;
    const { items } = (await (await fetch(`${page}queue`)).json()) as Queue;
    assert.deepEqual(
      items.map(({ id, state }) => [id, state]),
      [
        ['a', 'used'],
        ['b', 'used'],
        ['c', 'used'],
      ],
    );
    const headers = await host.changeHeader();
    assert.equal((await fetch(`${page}finish`, { method: 'POST', headers })).status, 200);
    const curated = await host.until('the samples', sent(0), { count: 3 });
    assert.ok((curated[0].msg.payload as Sample).weight, 'what the .npy file excludes has no weight');
    await host.until('the end', (event) => {
      return sent(1, 'progress')(event) && (event.msg.payload as { finished: boolean }).finished;
    });
    const tables = path.join(folder, 'review', 'tables');
    const mark = JSON.parse(readFileSync(path.join(tables, 'split.json'), 'utf8')) as { kind: string; seed: number };
    assert.deepEqual([mark.kind, mark.seed], ['folds', 5]);
    assert.ok(readFileSync(path.join(tables, 'fold-1.csv'), 'utf8').includes(path.join(folder, 'raw', 'a.tif')));
    const { entries } = await readManifest(path.join(tables, 'samples.csv'), [folder]);
    assert.equal(entries.length, 3);
    const [back, given] = [entries[0].excludeMask ?? '', path.join(folder, 'tables', 'a.npy')];
    assert.deepEqual((await readRegionsFile(back)).polygons.length, (await readRegionsFile(given)).polygons.length);
  });
});
