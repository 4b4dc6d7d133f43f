import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { createJobHost, type JobHost } from '../../../src/jobs/host/job-host';
import type { JobInput } from '../../../src/jobs/job-types';
import { queueAddress } from '../../../src/jobs/queue/address';
import type { QueueTimes } from '../../../src/jobs/queue/connection';
import { QueueRunner, type QueueRunnerOptions } from '../../../src/jobs/queue/queue-runner';
import { QueueWorker, type QueueWorkerOptions } from '../../../src/jobs/queue/worker/queue-worker';
import { IMAGE, type ToyCommand, toyPredict } from '../toy-jobs';

const ENTRY = path.join(__dirname, '../toy-worker.js');
const SPEEDS = { predict2d: 1e6, predict3d: 1e6, train2d: 1, train3d: 1 };
/** What the toy's trials say. */
export const TRIALS = JSON.stringify({ 'onnx/cpu': { state: 'working', speeds: SPEEDS } });
export const QUICK: QueueTimes = { lockMs: 2000, stalledMs: 500, answerMs: 1500, rebuildMs: 3000, reachMs: 3000 };

/** Hosts and workers of one queue with toy jobs, in one process, that share a folder. */
export class Bench {
  readonly folder = mkdtempSync(path.join(os.tmpdir(), 'segmenter-queue-'));
  readonly shared = path.join(this.folder, 'shared');
  readonly lines: string[] = [];
  private readonly runners: QueueRunner[] = [];
  private readonly workers: Array<{ worker: QueueWorker; over: Promise<void> }> = [];
  private readonly host: JobHost;
  private readonly trialsBefore = process.env.TOY_TRIALS;

  constructor(private readonly address: string) {
    mkdirSync(path.join(this.shared, 'models'), { recursive: true });
    mkdirSync(path.join(this.folder, 'outside'));
    writeFileSync(path.join(this.shared, 'toy.tif'), 'toy');
    process.env.TOY_TRIALS = TRIALS;
    this.host = createJobHost(
      {
        ...{ roots: [this.folder], modelsFolder: this.shared, scratchQuotaMB: 10 },
        scratchFolder: path.join(this.folder, 's'),
      },
      { entry: ENTRY },
    );
  }

  runner(options: Partial<QueueRunnerOptions> = {}): QueueRunner {
    const runner = new QueueRunner({
      address: queueAddress(this.address),
      folders: [{ name: 'lab', folder: this.shared }],
      settings: { modelsFolder: path.join(this.shared, 'models'), scratchQuotaMB: 10 },
      ...{ local: () => this.host, level: 'normal', version: '1.0.0', flow: 'flow', times: QUICK },
      ...options,
    });
    this.runners.push(runner);
    return runner;
  }

  /** A worker that has begun to take jobs. */
  async worker(options: Partial<QueueWorkerOptions> = {}): Promise<QueueWorker> {
    let begun: () => void = () => undefined;
    const ready = new Promise<void>((resolve) => {
      begun = resolve;
    });
    const worker = new QueueWorker({
      address: queueAddress(this.address),
      folders: [{ name: 'lab', folder: this.shared }],
      ...{ scratchFolder: path.join(this.folder, 'w'), scratchQuotaMB: 10, version: '1.0.0', times: QUICK },
      host: { entry: ENTRY },
      log: (line) => {
        this.lines.push(line);
        if (line.includes(' takes ')) begun();
      },
      ...options,
    });
    const over = worker.run();
    this.workers.push({ worker, over });
    await Promise.race([ready, over]);
    return worker;
  }

  input(command: ToyCommand, file = path.join(this.shared, 'toy.tif')): JobInput<'predict'> {
    return { ...toyPredict(command), image: { ...IMAGE, uri: pathToFileURL(file).href } };
  }

  /** Ends all workers, which take their leave. */
  async closeWorkers(): Promise<void> {
    for (const { worker } of this.workers) worker.close(true);
    await Promise.allSettled(this.workers.splice(0).map(({ over }) => over));
  }

  async end(): Promise<void> {
    await this.closeWorkers();
    await Promise.all(this.runners.map((runner) => runner.close()));
    await this.host.shutdown();
    if (this.trialsBefore === undefined) delete process.env.TOY_TRIALS;
    else process.env.TOY_TRIALS = this.trialsBefore;
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}
