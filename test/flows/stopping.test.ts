import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { sampleData } from './support/fixture';

const ROOT = path.resolve(__dirname, '../../..');

/** Node-RED as its users start it, in a process group of its own, with a training that begins with it. */
describe('Node-RED that is stopped during a training', function () {
  this.timeout(120_000);
  let folder: string;
  let running: ChildProcess | null = null;
  before(async () => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'segmenter-stopping-'));
    cpSync(await sampleData(), path.join(folder, 'samples'), { recursive: true });
    const user = path.join(folder, 'user');
    mkdirSync(user);
    const settings = {
      uiHost: '127.0.0.1',
      uiPort: 0,
      httpAdminRoot: false,
      flowFile: 'flows.json',
      nodesDir: [ROOT],
      credentialSecret: false,
      telemetry: { enabled: false },
      segmenter: { roots: [folder], models: path.join(folder, 'models'), scratch: path.join(folder, 'scratch') },
    };
    writeFileSync(path.join(user, 'settings.js'), `module.exports = ${JSON.stringify(settings)};`);
    writeFileSync(path.join(user, 'flows.json'), JSON.stringify(flow()));
  });
  after(() => {
    if (running?.pid) killGroup(running.pid);
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  /** Trains on images of the sample data as soon as Node-RED has started, without a validation that would save it. */
  const flow = (): object[] => {
    const z = { z: 'tab', x: 0, y: 0 };
    const data = path.join(folder, 'samples', 'nuclei2d', 'train');
    const compute = { engine: 'onnx', device: 'cpu', threads: '1' };
    const training = { model: 'stopped', modelSize: 'small', epochs: '100000', batchSize: '8', validation: '0' };
    return [
      { id: 'tab', type: 'tab', label: 'stop' },
      { id: 'machine', type: 'segmenter-compute', ...compute },
      { id: 'begin', type: 'inject', ...z, once: true, onceDelay: 0.1, props: [], wires: [['load']] },
      {
        id: 'load',
        type: 'segmenter-load-image',
        ...z,
        raw: path.join(data, 'raw'),
        seg1: path.join(data, 'seg'),
        settle: '0',
        wires: [['patch']],
      },
      { id: 'patch', type: 'segmenter-patch', ...z, sizeY: '32', sizeX: '32', perImage: '1', wires: [['train']] },
      { id: 'train', type: 'segmenter-train', ...z, ...training, compute: 'machine', wires: [[], ['json']] },
      { id: 'json', type: 'json', ...z, action: 'str', property: 'payload', wires: [['log']] },
      { id: 'log', type: 'file', ...z, filename: log(), appendNewline: true, overwriteFile: 'false', wires: [[]] },
    ];
  };
  const log = () => path.join(folder, 'progress.jsonl');
  const steps = (): number[] =>
    readFileSync(log(), 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => (JSON.parse(line) as { step: number }).step);

  /** Starts Node-RED and waits until its training has told of so many epochs. */
  const startAndTrain = async (epochs: number): Promise<ChildProcess> => {
    writeFileSync(log(), '');
    const red = path.join(path.dirname(require.resolve('node-red')), '..', 'red.js');
    const parameters = [red, '--userDir', path.join(folder, 'user')];
    const child = spawn(process.execPath, parameters, { detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    running = child;
    const output = path.join(folder, 'output.txt');
    writeFileSync(output, '');
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (data) => appendFileSync(output, data));
    for (let i = 0; steps().length < epochs; i++) {
      assert.ok(
        i < 600 && child.exitCode === null,
        `no ${epochs} epochs: ${readFileSync(output, 'utf8').slice(-3000)}`,
      );
      await sleep(100);
    }
    return child;
  };

  it('has its last step on disk before it ends, so that nothing is lost where the end takes all processes', async function () {
    if (process.platform === 'win32') this.skip();
    const first = await startAndTrain(20);
    const ended = once(first, 'exit');
    const begin = performance.now();
    first.kill('SIGTERM');
    await ended;
    // As a container does when its first process has ended.
    killGroup(first.pid ?? 0);
    const seconds = (performance.now() - begin) / 1000;
    assert.ok(seconds < 10, `${seconds} s`);
    const reached = Math.max(...steps());
    const second = await startAndTrain(1);
    const [wentOn] = steps();
    // The flow hears of an epoch up to 0.1 s before the next, and of its last not at all.
    assert.ok(reached >= 20 && wentOn > reached, `stopped after step ${reached}, went on at step ${wentOn}`);
    killGroup(second.pid ?? 0);
  });
});

/** The group of a Node-RED and all its workers. */
function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended.
  }
}
