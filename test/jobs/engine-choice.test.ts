import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describeMachine } from '../../src/engines/choosing/machine';
import { type Outcome, TrialMemory } from '../../src/engines/choosing/trial-memory';
import type { Backend, DeviceName, EngineName } from '../../src/engines/engine';
import { createJobHost, type HostOptions, type JobHost } from '../../src/jobs/host/job-host';
import type { ComputeSettings, EngineChoice, WorkPlace } from '../../src/jobs/job-types';
import { COMPUTE, HANGING_TRIAL, TOY_TRIALS, type ToyCommand, type ToyTrial, toyPredict, toyTrain } from './toy-jobs';

const backend = (engine: EngineName, device: DeviceName): Backend => ({
  ...{ engine, device },
  open: () => Promise.reject(new Error('a host opens no engine itself')),
});
const BACKENDS = [
  backend('onnx', 'cpu'),
  backend('onnx', 'webgpu'),
  backend('onnx', 'cuda'),
  backend('tensorflow', 'cuda'),
];
const AUTO: ComputeSettings = { ...COMPUTE, engine: 'auto', device: 'auto' };
const working = (times: number): Outcome => ({
  state: 'working',
  speeds: { predict2d: 1e6 * times, predict3d: 1e6 * times, train2d: times, train3d: times },
});
const ABSENT: Outcome = { state: 'absent', reason: 'is not installed', remedy: 'install it' };
const ALL_WORK = {
  'onnx/cpu': working(1),
  'onnx/webgpu': working(2),
  'onnx/cuda': working(8),
  'tensorflow/cuda': ABSENT,
};
const ECHO: ToyCommand = { do: 'echo', text: 'done' };

/** Choosing, trying and falling back, with devices that do as the test says, in real processes. */
describe('the choice of a backend', function () {
  this.timeout(20_000);
  let folder: string;
  let host: JobHost;
  let told: EngineChoice[];
  const onChoice = (place: WorkPlace) => place && !('waitsFor' in place) && told.push(place);
  const create = (probes: Record<string, ToyTrial>, options: HostOptions = {}) => {
    process.env[TOY_TRIALS] = JSON.stringify(probes);
    const settings = { roots: ['/'], modelsFolder: '/m', scratchFolder: folder, scratchQuotaMB: 1 };
    const patience = { cancelMs: 100, killMs: 50, stopMs: 150 };
    const entry = path.join(__dirname, 'toy-worker.js');
    host = createJobHost(settings, { entry, patience, pixelWorkers: 1, backends: BACKENDS, ...options });
  };
  /** A host that has these trials behind it. */
  const createKnowing = async (outcomes: Record<string, Outcome>) => {
    const memory = new TrialMemory(folder, await describeMachine());
    for (const { engine, device } of BACKENDS) {
      await memory.remember({ engine, device, precision: 'float32', outcome: outcomes[`${engine}/${device}`] });
    }
    create({});
  };
  const predict = (command: ToyCommand = ECHO, compute = AUTO, options = {}) =>
    host.run('predict', toyPredict(command, compute), { onChoice, ...options });
  const train = (command: ToyCommand = ECHO, compute = AUTO) =>
    host.run('train', toyTrain(command, [], compute), { onChoice });
  let allowed: string | undefined;

  before(() => {
    allowed = process.env.SEGMENTER_BACKENDS;
    delete process.env.SEGMENTER_BACKENDS;
  });
  after(() => {
    delete process.env[TOY_TRIALS];
    if (allowed !== undefined) process.env.SEGMENTER_BACKENDS = allowed;
  });
  beforeEach(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'segmenter-choice-'));
    told = [];
  });
  afterEach(async () => {
    await host.shutdown();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  it('takes the quickest that works and says why; a second host remembers', async () => {
    create(ALL_WORK);
    const { metrics } = await predict();
    const reason = 'onnx on cuda: 8 times as fast as onnx on cpu';
    assert.deepEqual([metrics.chosen, metrics.warnings], [reason, []]);
    const { engine, device, precision } = told[0];
    assert.deepEqual([engine, device, precision, told[0].reason], ['onnx', 'cuda', 'float32', reason]);
    await host.shutdown();
    create({});
    assert.equal((await predict()).metrics.chosen, reason);
  });

  it('measures nothing where only the processor works; a trial that crashes or hangs is broken', async () => {
    const probes: Record<string, ToyTrial> = { 'onnx/webgpu': 'exit', 'onnx/cuda': 'hang', 'tensorflow/cuda': ABSENT };
    create(probes, { trialMs: 2000 });
    const { metrics } = await predict();
    const reason = 'onnx on cpu: the only one that works here; broken: onnx on webgpu, onnx on cuda';
    assert.equal(metrics.chosen, reason);
    const trials = await new TrialMemory(folder, await describeMachine()).trials();
    const reasons = trials.map(({ engine, device, outcome }) =>
      outcome.state === 'working' ? 'works' : `${engine}/${device} ${outcome.state}: ${outcome.reason}`,
    );
    assert.match(reasons[0], /^onnx\/webgpu broken: trial worker .* exit code 3 .*the driver is on fire$/);
    assert.deepEqual(reasons.slice(1), [
      'onnx/cuda broken: its trial took longer than 2 s',
      'tensorflow/cuda absent: is not installed',
    ]);
  });

  it('keeps what is named, untried; chooses what is left open', async () => {
    create({ ...ALL_WORK, 'onnx/cuda': 'exit' });
    assert.equal(
      (await predict(ECHO, { ...AUTO, engine: 'onnx', device: 'cuda' })).metrics.chosen,
      'onnx on cuda: as set',
    );
    const named = { ...AUTO, device: 'cuda' as const };
    await assert.rejects(predict(ECHO, named), {
      code: 'engine',
      message:
        /^engine auto on cuda: expected one that works; onnx on cuda is broken: .*; tensorflow on cuda is absent: is not/,
    });
    const onnx = await predict(ECHO, { ...AUTO, engine: 'onnx' });
    assert.match(String(onnx.metrics.chosen), /^onnx on webgpu: 2 times as fast as onnx on cpu; broken: onnx on cuda$/);
  });

  it('takes a device that has the precision, else float32 with a warning', async () => {
    create({ ...ALL_WORK, 'onnx/webgpu/float16': working(3), 'onnx/cuda/float16': 'exit', 'tensorflow/cuda': ABSENT });
    await predict(ECHO, { ...AUTO, precision: 'float16' });
    assert.deepEqual([told[0].device, told[0].precision, told[0].warnings], ['webgpu', 'float16', []]);
    process.env[TOY_TRIALS] = JSON.stringify({ ...ALL_WORK, 'onnx/webgpu/tf32': ABSENT, 'onnx/cuda/tf32': ABSENT });
    const { metrics } = await predict(ECHO, { ...AUTO, precision: 'tf32' });
    assert.deepEqual([told[1].device, told[1].precision], ['cuda', 'float32']);
    assert.deepEqual(metrics.warnings, [
      'no device that is left to choose from computes in tf32 (predict): float32 instead',
    ]);
  });

  for (const [how, command] of [
    ['a lost process', { do: 'exit', code: 7, say: 'cuda is gone' }],
    ['an error of the engine', { do: 'fail', how: 'engine' }],
  ] as Array<[string, ToyCommand]>) {
    it(`falls back after ${how}, with a warning, and leaves that device alone for a while`, async () => {
      await createKnowing(ALL_WORK);
      const { metrics, model } = await predict({ do: 'by-device', devices: { cuda: command }, others: ECHO });
      assert.equal(model.name, 'done');
      assert.match(String(metrics.chosen), /^onnx on webgpu: 2 times as fast as onnx on cpu$/);
      const [warning] = metrics.warnings;
      assert.match(warning, /^onnx on cuda failed \(.*\); the job goes on with onnx on webgpu$/);
      assert.deepEqual(
        told.map(({ device, warnings }) => [device, warnings.length]),
        [
          ['cuda', 0],
          ['webgpu', 1],
        ],
      );
      await predict();
      assert.deepEqual([told[2].device, told[2].warnings], ['webgpu', []]);
      assert.match(told[2].reason, /; broken: onnx on cuda$/);
    });
  }

  it('goes on on a fresh process, and with a note for the card where it trains', async () => {
    await createKnowing(ALL_WORK);
    await train({ do: 'pid' });
    const pid = host.stats().lanes[0].workers[0].pid;
    const failing: ToyCommand = { do: 'fail', how: 'engine' };
    const { metrics } = await train({ do: 'by-device', devices: { cuda: failing }, others: { do: 'pid' } });
    assert.notEqual(metrics.seconds, pid);
    assert.deepEqual(metrics.notes, ['onnx on cuda failed (out of memory); the job goes on with onnx on webgpu']);
    assert.deepEqual(metrics.warnings, metrics.notes);
  });

  it('falls back from one device to the next, down to the processor', async () => {
    await createKnowing(ALL_WORK);
    const failing: ToyCommand = { do: 'exit', code: 1, say: 'gone' };
    await predict({ do: 'by-device', devices: { cuda: failing, webgpu: failing }, others: ECHO });
    assert.deepEqual(
      told.map(({ device }) => device),
      ['cuda', 'webgpu', 'cpu'],
    );
    assert.equal(told[2].warnings.length, 2);
  });

  it('does not fall back for errors of the input, nor from a device that was named', async () => {
    await createKnowing(ALL_WORK);
    await assert.rejects(predict({ do: 'fail', how: 'invalid' }), { code: 'invalid-input' });
    assert.equal(told.length, 1);
    const named = { ...AUTO, engine: 'onnx' as const, device: 'cuda' as const };
    await assert.rejects(predict({ do: 'fail', how: 'engine' }, named), { code: 'engine', message: 'out of memory' });
    await assert.rejects(predict({ do: 'exit', code: 2, say: 'gone' }, named), { code: 'worker-lost' });
    assert.equal(told.length, 3);
    await predict();
    assert.equal(told[3].device, 'cuda');
  });

  for (const [how, last, expected] of [
    ['refuses', { do: 'fail', how: 'engine' }, { code: 'engine', message: 'out of memory' }],
    ['fails at, the processor with its process', { do: 'exit', code: 137, say: 'killed' }, { code: 'worker-lost' }],
  ] as Array<[string, ToyCommand, object]>)
    it(`does not hold against the devices what every one of them ${how}`, async () => {
      await createKnowing(ALL_WORK);
      const failing: ToyCommand = { do: 'fail', how: 'engine' };
      const command: ToyCommand = { do: 'by-device', devices: { cuda: failing, webgpu: failing }, others: last };
      await assert.rejects(predict(command), expected);
      assert.equal(told.length, 3);
      await predict();
      assert.equal(told[3].device, 'cuda');
    });

  it('is not waited for after a cancel', async () => {
    create({ ...ALL_WORK, 'onnx/webgpu': 'hang' });
    const controller = new AbortController();
    const result = predict(ECHO, AUTO, { signal: controller.signal });
    setTimeout(() => controller.abort(), 300);
    const start = performance.now();
    await assert.rejects(result, { code: 'cancelled' });
    assert.ok(performance.now() - start < 5000);
  });

  it('says that devices are tried, once for each that is not remembered', async () => {
    create(ALL_WORK);
    const said: Array<string | null> = [];
    const sayChoice = (place: WorkPlace) => !(place && 'waitsFor' in place) && said.push(place?.device ?? null);
    await predict(ECHO, AUTO, { onChoice: sayChoice });
    await predict(ECHO, AUTO, { onChoice: sayChoice });
    assert.deepEqual(said, [null, null, null, null, 'cuda', 'cuda']);
  });

  it('ends at once where a training is stopped while devices are tried', async () => {
    create({ ...ALL_WORK, 'onnx/webgpu': 'hang' });
    const stop = new AbortController();
    const tried = () => setTimeout(() => stop.abort(), 100);
    const result = host.run('train', toyTrain(ECHO, [], AUTO), { stop: stop.signal, onChoice: tried });
    const start = performance.now();
    await assert.rejects(result, { code: 'cancelled' });
    assert.ok(performance.now() - start < 5000);
  });

  it('leaves no process behind when the host shuts down while devices are tried', async () => {
    create({ ...ALL_WORK, 'onnx/webgpu': 'hang' });
    const result = predict();
    result.catch(() => undefined);
    const pid = await hangingTrial(folder);
    await host.shutdown();
    assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' });
    await assert.rejects(result, { code: 'cancelled' });
  });

  it('is made from the environment’s list where there is one', async () => {
    process.env.SEGMENTER_BACKENDS = 'onnx/cpu';
    try {
      create({});
      assert.equal((await predict()).metrics.chosen, 'onnx on cpu: the only one there is');
    } finally {
      delete process.env.SEGMENTER_BACKENDS;
    }
  });

  it('surveys every backend once at a time, and chooses from the results from then on', async () => {
    create({ ...ALL_WORK, 'onnx/cuda': 'exit' });
    await predict();
    assert.equal(told[0].device, 'webgpu');
    process.env[TOY_TRIALS] = JSON.stringify(ALL_WORK);
    const survey = host.survey();
    await assert.rejects(host.survey(), { code: 'busy' });
    const { trials, auto, disturbed, machine } = await survey;
    assert.deepEqual(
      trials.map(({ engine, device, outcome: { state } }) => [engine, device, state]),
      [
        ['onnx', 'cpu', 'working'],
        ['onnx', 'webgpu', 'working'],
        ['onnx', 'cuda', 'working'],
        ['tensorflow', 'cuda', 'absent'],
      ],
    );
    assert.equal(auto.train?.reason, 'onnx on cuda: 8 times as fast as onnx on cpu');
    assert.deepEqual([disturbed, machine.host], [false, os.hostname()]);
    await predict();
    assert.equal(told[1].device, 'cuda');
    const controller = new AbortController();
    controller.abort();
    await assert.rejects(host.survey(controller.signal), { code: 'cancelled' });
  });

  it('does not choose from a survey that other work disturbed', async () => {
    create({ ...ALL_WORK, 'onnx/cuda': 'exit' });
    await predict();
    process.env[TOY_TRIALS] = JSON.stringify(ALL_WORK);
    const controller = new AbortController();
    const other = predict({ do: 'wait', ms: 60_000 }, AUTO, { signal: controller.signal });
    assert.equal((await host.survey()).disturbed, true);
    controller.abort();
    await assert.rejects(other, { code: 'cancelled' });
    await predict();
    assert.equal(told[2].device, 'webgpu');
  });
});

/** The process of a trial that hangs, once it does. */
async function hangingTrial(folder: string): Promise<number> {
  for (;;) {
    const pid = Number(await readFile(path.join(folder, HANGING_TRIAL), 'utf8').catch(() => ''));
    if (pid > 0) return pid;
    await sleep(20);
  }
}
