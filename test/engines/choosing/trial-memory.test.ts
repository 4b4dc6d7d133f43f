import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { describeMachine, type Machine } from '../../../src/engines/choosing/machine';
import { type Outcome, type Trial, TrialMemory } from '../../../src/engines/choosing/trial-memory';

const MACHINE: Machine = {
  ...{ host: 'lab/7', cpu: 'a processor', cores: 8, gpus: ['a card'], driver: '535.1', libraries: {}, environment: {} },
  versions: { package: '1.0.0', node: '22.1.0', 'onnxruntime-node': '1.30.0', '@tensorflow/tfjs-node-gpu': null },
};
const HOUR = 3600 * 1000;
const working: Outcome = { state: 'working', speeds: { predict2d: 1, predict3d: 2, train2d: 3, train3d: null } };
const trial = (device: Trial['device'], outcome: Outcome): Trial => ({
  ...{ engine: 'onnx', device, precision: 'float32', outcome },
});

describe('what is remembered of trials', () => {
  let folder: string;
  let now = 1e12;
  const memory = (machine = MACHINE) => new TrialMemory(folder, machine, () => now);
  beforeEach(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'segmenter-trials-'));
    now = 1e12;
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('is found by another process, by backend and precision, the newest only', async () => {
    const broken = trial('cuda', { state: 'broken', reason: 'lost', remedy: null });
    await memory().remember(trial('cuda', working));
    await memory().remember({ ...trial('cuda', working), precision: 'tf32' });
    await memory().remember(broken);
    assert.deepEqual(await memory().find(trial('cuda', working)), broken);
    assert.equal((await memory().trials()).length, 2);
    assert.equal(await memory().find(trial('webgpu', working)), null);
    assert.deepEqual(await readdir(folder), ['engines-lab_7.json']);
  });

  it('counts for ever where it works, a day where it is broken, an hour where it is absent', async () => {
    await memory().remember(trial('cpu', working));
    await memory().remember(trial('cuda', { state: 'broken', reason: 'lost', remedy: null }));
    await memory().remember(trial('webgpu', { state: 'absent', reason: 'no adapter', remedy: null }));
    const devices = async () => (await memory().trials()).map(({ device }) => device);
    now += HOUR - 1;
    assert.deepEqual(await devices(), ['cpu', 'cuda', 'webgpu']);
    now += 1;
    assert.deepEqual(await devices(), ['cpu', 'cuda']);
    now += 23 * HOUR;
    assert.deepEqual(await devices(), ['cpu']);
    now += 1000 * 24 * HOUR;
    assert.deepEqual(await devices(), ['cpu']);
  });

  it('is forgotten when anything of the machine changes', async () => {
    await memory().remember(trial('cpu', working));
    const upgraded = { ...MACHINE, versions: { ...MACHINE.versions, node: '22.2.0' } };
    for (const other of [upgraded, { ...MACHINE, driver: '536.0' }, { ...MACHINE, environment: { A: '1' } }]) {
      assert.deepEqual(await memory(other).trials(), []);
    }
    assert.equal((await memory().trials()).length, 1);
  });

  it('is none where the file is damaged or of another form, and is written anew', async () => {
    await memory().remember(trial('cpu', working));
    const { file } = memory();
    const good = await readFile(file, 'utf8');
    const bad = [
      good.slice(0, -9),
      '[]',
      good.replace('"predict2d": 1', '"predict2d": "fast"'),
      good.replace('cpu"', 'tpu"'),
    ];
    for (const text of bad) {
      assert.notEqual(text, good);
      await writeFile(file, text);
      assert.deepEqual(await memory().trials(), []);
    }
    await memory().remember(trial('cpu', working));
    assert.equal(await readFile(file, 'utf8'), good);
  });

  it('stays in the process where no file can be written', async () => {
    await writeFile(path.join(folder, 'taken'), '');
    const unwritable = new TrialMemory(path.join(folder, 'taken'), MACHINE);
    await unwritable.remember(trial('cpu', working));
    assert.deepEqual(await unwritable.trials(), [trial('cpu', working)]);
  });
});

describe('this machine', () => {
  it('is described the same each time, with the versions that are installed', async () => {
    const machine = await describeMachine();
    assert.deepEqual(await describeMachine(), machine);
    assert.equal(machine.host, os.hostname());
    const { dependencies, version } = require('../../../../package.json') as {
      dependencies: Record<string, string>;
      version: string;
    };
    assert.equal(machine.versions.package, version);
    assert.equal(machine.versions['onnxruntime-node'], dependencies['onnxruntime-node']);
  });
});
