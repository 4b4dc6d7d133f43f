import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Random } from '../../src/base/random';
import type { Shape5 } from '../../src/image/region';
import { createJobHost } from '../../src/jobs/host/job-host';
import type { JobRunner, TrainSettings } from '../../src/jobs/job-types';
import type { Sample } from '../../src/samples/sample';
import { SocketWatch } from './implementations/socket-watch';
import { Workbench } from './implementations/workbench';
import { COMPUTE } from './toy-jobs';

const SHAPE: Shape5 = [1, 1, 1, 24, 24];
const PATCHES = { sizeZ: null, sizeY: 16, sizeX: 16, perImage: 2, sampling: 'balanced' as const, overlap: 0, seed: 0 };
const REQUEST = { rawChannel: 0, seg1Channel: 0, seg2Channel: 0, scene: null, time: null };
const TRAINING: TrainSettings = {
  ...{
    model: 'quiet',
    dimensions: 'auto',
    modelSize: 'small',
    levels: 'auto',
    epochs: 2,
    batchSize: 2,
    learningRate: 0.001,
  },
  ...{ loss: 'dice+bce', validation: 0.25, maxMinutes: null, patience: null, startFrom: null, augment: true },
  ...{ tiles: 'auto', seed: 1 },
};
const HOMES = ['HOME', 'USERPROFILE', 'LOCALAPPDATA', 'XDG_CACHE_HOME', 'XDG_CONFIG_HOME', 'XDG_DATA_HOME'];
const CHANGED = [...HOMES, 'ORT_DISABLE_TELEMETRY'];
/** What a library would leave behind is there within the second after its first session. */
const LINGER_MS = 1500;

/** A square on noise in each of four files, and its mask. */
async function makeFiles(bench: Workbench): Promise<void> {
  for (let i = 0; i < 4; i++) {
    const random = new Random(i);
    const mask = new Uint8Array(24 * 24);
    for (let y = 4 + i; y < 12 + i; y++) mask.fill(255, y * 24 + 4, y * 24 + 12);
    const pixels = Float32Array.from(mask, (inside) => (inside ? 10 : 0) + random.normal());
    await bench.image(`raw/b${i}.ome.tiff`, SHAPE, pixels);
    await bench.image(`seg/b${i}.png`, SHAPE, mask);
  }
}

async function wholeWork(host: JobRunner, data: string): Promise<void> {
  const request = { ...REQUEST, raw: path.join(data, 'raw'), seg1: path.join(data, 'seg') };
  const { entries } = await host.run('list-samples', request);
  const samples: Sample[] = [];
  for (const entry of entries) {
    const opened = await host.run('open-sample', { entry, request });
    samples.push(...opened.filter((each) => 'raw' in each));
  }
  assert.equal(samples.length, 4);
  const training = samples.map((sample) => ({ ...sample, patches: PATCHES }));
  await host.run('train', { samples: training, settings: TRAINING, compute: { ...COMPUTE, threads: 2 } });
  const [{ id, raw, seg1 }] = samples;
  assert.ok(seg1);
  const predicted = await host.run('predict', { image: raw, model: 'quiet', overlap: 0.25, compute: COMPUTE });
  const { mask } = await host.run('threshold', {
    ...{ image: predicted.probability, model: null, raw, id },
    settings: { method: 'otsu', value: 0, minSize: 0, fillHoles: true, label: false, connectivity: 'faces' },
  });
  await host.run('evaluate', { predicted: mask, truth: seg1, weight: null });
  for (const format of ['ome-tiff', 'ome-zarr', 'png'] as const) {
    await host.run('save-image', {
      ...{ image: mask, role: 'mask', id },
      settings: {
        ...{ folder: path.join(data, 'out'), filename: null, format, existing: 'replace' },
        ...{ compression: 'deflate', layout: 'auto', png: true },
      },
    });
  }
}

describe('nothing leaves the machine', function () {
  this.timeout(120_000);
  const saved = { ...process.env };
  let bench: Workbench;
  let home: string;
  beforeEach(async () => {
    bench = await Workbench.open();
    home = mkdtempSync(path.join(os.tmpdir(), 'segmenter-home-'));
  });
  afterEach(async () => {
    // Not the object as a whole: what the system calls the home would stay.
    for (const name of CHANGED) {
      if (saved[name] === undefined) delete process.env[name];
      else process.env[name] = saved[name];
    }
    await bench.close();
    rmSync(home, { recursive: true, force: true, maxRetries: 5 });
  });

  it('the whole work, in processes with an empty home, leaves no file there and opens no socket', async () => {
    await makeFiles(bench);
    delete process.env.ORT_DISABLE_TELEMETRY;
    for (const name of HOMES) process.env[name] = home;
    const host = createJobHost(bench.settings);
    const watch = new SocketWatch(() => host.stats().lanes.flatMap(({ workers }) => workers.map(({ pid }) => pid)));
    try {
      await wholeWork(host, bench.data);
      await sleep(LINGER_MS);
    } finally {
      watch.end();
      await host.shutdown();
    }
    assert.deepEqual(readdirSync(home), []);
    if (!SocketWatch.works) return;
    assert.ok(watch.looks > 50 && watch.processes >= 3, `${watch.looks} looks at ${watch.processes} processes`);
    assert.deepEqual(watch.seen, []);
  });

  it('a socket of such a process would be seen', async function () {
    if (!SocketWatch.works) this.skip();
    const script = path.join(bench.folder, 'asks.js');
    const { writeFile } = await import('node:fs/promises');
    await writeFile(
      script,
      `const socket = require('node:dgram').createSocket('udp4');
       socket.bind(0, '127.0.0.1', () => setTimeout(() => { socket.close(); process.disconnect(); }, 200));`,
    );
    const child = fork(script, { execArgv: [] });
    const watch = new SocketWatch(() => [child.pid]);
    await once(child, 'exit');
    watch.end();
    assert.match(watch.seen.join(), /udp/);
  });
});
