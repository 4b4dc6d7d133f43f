import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Random } from '../../../src/base/random';
import { describeMachine } from '../../../src/engines/choosing/machine';
import { type Outcome, TrialMemory } from '../../../src/engines/choosing/trial-memory';
import type { ImageDescription } from '../../../src/image/description';
import type { Shape5 } from '../../../src/image/region';
import { createJobHost, type JobHost } from '../../../src/jobs/host/job-host';
import type { JobInput, JobOutput } from '../../../src/jobs/job-types';
import { queueAddress } from '../../../src/jobs/queue/address';
import type { QueueTimes } from '../../../src/jobs/queue/connection';
import { QueueRunner, type QueueRunnerOptions } from '../../../src/jobs/queue/queue-runner';
import { contentHash } from '../../../src/provenance/content-hash';
import type { Sample } from '../../../src/samples/sample';
import { pattern } from '../../formats/pixel-patterns';
import { Workbench } from '../implementations/workbench';
import { TRAIN_SETTINGS } from '../toy-jobs';
import type { AskerServer } from './asker-server';
import { QUICK } from './queue-under-test';

const BLOB: Shape5 = [1, 1, 1, 24, 24];
const PATCHES: Sample['patches'] = {
  ...{ sizeZ: null, sizeY: 16, sizeX: 16, perImage: 4 },
  ...{ sampling: 'balanced', overlap: 0, seed: 1 },
};
const WORKING: Outcome = { state: 'working', speeds: { predict2d: 1e6, predict3d: 1e6, train2d: 1, train3d: 1 } };
const MODEL = path.resolve(__dirname, '../../../../test/data/models/0.1.0-training');

export interface WorkerProcessOptions {
  address: string;
  /** NAME=FOLDER; blank: it shares no folder */
  root: string;
  cache: string;
  name: string;
  version: string;
  times: QueueTimes;
  /** its clock is wrong by so many milliseconds half a second after it took its first look */
  clockJumpMs?: number;
}

/** A lab: a shared folder with images and a model, a machine that asks, and workers in processes of their own. */
export class Lab {
  readonly workers = new Map<string, ChildProcess>();
  readonly lines: string[] = [];
  readonly local: JobHost;
  private readonly runners: QueueRunner[] = [];

  private constructor(
    readonly bench: Workbench,
    private readonly address: string,
    readonly images: ImageDescription[],
  ) {
    this.local = createJobHost(bench.settings, { pixelWorkers: 1 });
  }

  static async open(address: string, images: number, side = 48): Promise<Lab> {
    const bench = await Workbench.open();
    cpSync(MODEL, path.join(bench.data, 'model'), { recursive: true });
    mkdirSync(path.join(bench.data, 'models'));
    bench.settings.modelsFolder = path.join(bench.data, 'models');
    bench.settings.scratchQuotaMB = 500;
    const described: ImageDescription[] = [];
    for (let i = 0; i < images; i++) {
      const pixels = pattern('uint8', side * side, i);
      described.push(await bench.image(`cells-${i}.ome.tiff`, [1, 1, 1, side, side], pixels));
    }
    return new Lab(bench, address, described);
  }

  get shared(): string {
    return this.bench.data;
  }

  get results(): string {
    return path.join(this.shared, 'segmenter-queue', 'results');
  }

  /** what all workers of this machine know of its devices, and where they work */
  get caches(): string {
    return path.join(this.bench.folder, 'caches');
  }

  runner(options: Partial<QueueRunnerOptions> = {}): QueueRunner {
    const runner = new QueueRunner({
      address: queueAddress(this.address),
      folders: [{ name: 'lab', folder: this.shared }],
      settings: this.bench.settings,
      ...{ local: () => this.local, level: 'normal', version: '1.0.0', flow: 'flow', times: QUICK },
      ...options,
    });
    this.runners.push(runner);
    return runner;
  }

  /** What a runner is told where nothing is shared. */
  sentBy({ desk, address }: Pick<AskerServer, 'desk' | 'address'>): Partial<QueueRunnerOptions> {
    return { folders: [], transfer: { desk, address, results: this.results } };
  }

  /** Starts a worker, in place of one of this name that is gone; resolves when it takes jobs. */
  async start(
    name: string,
    changes: Partial<WorkerProcessOptions> = {},
    /** of the program that runs it, on another host for example */
    [execPath, ...before]: readonly string[] = [],
  ): Promise<ChildProcess> {
    const cache = this.caches;
    const options: WorkerProcessOptions = {
      ...{ address: this.address, root: `lab=${this.shared}`, cache, name, version: '1.0.0', times: QUICK },
      ...changes,
    };
    mkdirSync(options.cache, { recursive: true });
    const child = fork(path.join(__dirname, 'worker-process.js'), [JSON.stringify(options)], {
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      ...(execPath === undefined ? {} : { execPath, execArgv: [...before, process.execPath] }),
    });
    this.workers.set(name, child);
    await new Promise<void>((resolve, reject) => {
      child.on('message', (line: string) => {
        this.lines.push(`${name}: ${line}`);
        if (line.includes(' takes ')) resolve();
        if (line.startsWith('failed:')) reject(new Error(line));
      });
      child.once('exit', () => resolve());
    });
    return child;
  }

  /** Makes a disk of its own for a worker, which knows the devices of the machine. @returns its folder */
  async disk(name: string): Promise<string> {
    const folder = path.join(this.bench.folder, `disk of ${name}`);
    const memory = new TrialMemory(folder, await describeMachine());
    await memory.remember({ engine: 'onnx', device: 'cpu', precision: 'float32', outcome: WORKING });
    return folder;
  }

  /** Ends a worker at once, as a power cut does, with its children. */
  async kill(name: string): Promise<void> {
    const child = this.workers.get(name);
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }

  input(image: ImageDescription): JobInput<'predict'> {
    const compute = {
      engine: 'onnx',
      device: 'cpu',
      threads: 1,
      precision: 'float32',
      memoryMB: 0,
      queue: 1000,
    } as const;
    return { image, model: path.join(this.shared, 'model'), overlap: 0.25, compute, known: 'give' };
  }

  /** A training on a few small images, whose targets lie in this machine's own store. */
  async training(model: string, epochs: number): Promise<JobInput<'train'>> {
    const samples: Sample[] = [];
    for (let i = 0; i < 4; i++) {
      const mask = new Uint8Array(24 * 24);
      for (let y = 6 + i; y < 14 + i; y++) mask.fill(255, y * 24 + 6, y * 24 + 14);
      const noise = new Random(i);
      const pixels = Float32Array.from(mask, (inside) => (inside ? 10 : 0) + noise.normal());
      const raw = await this.bench.image(`blob-${i}.ome.tiff`, BLOB, pixels);
      const seg1 = await this.bench.image(`blob-mask-${i}.ome.tiff`, BLOB, mask);
      const sample: Sample = { id: `blob-${i}`, raw, seg1 };
      const target = await this.local.run('merge-masks', { sample, base: 'seg1', regions: null });
      samples.push({ id: sample.id, raw, target, patches: PATCHES });
    }
    const { compute } = this.input(this.images[0]);
    return { samples, settings: { ...TRAIN_SETTINGS, model, epochs, batchSize: 2, augment: true }, compute };
  }

  /** What one machine makes of each image: the bytes of its file. */
  async expected(): Promise<string[]> {
    const hashes: string[] = [];
    for (const image of this.images) hashes.push(await hashOf(await this.local.run('predict', this.input(image))));
    return hashes;
  }

  /** Whatever is in the results that is no whole result. */
  leftovers(): string[] {
    if (!existsSync(this.results)) return [];
    return readdirSync(this.results).flatMap((name) => {
      const folder = path.join(this.results, name);
      const isWhole = /^[0-9a-f]{64}$/.test(name) && existsSync(path.join(folder, 'answer.json'));
      return isWhole || name === 'inputs' || name === 'trainings' ? [] : [name];
    });
  }

  async end(): Promise<void> {
    await Promise.all(this.runners.map((runner) => runner.close()));
    await Promise.all([...this.workers.keys()].map((name) => this.kill(name)));
    await this.local.shutdown();
    await this.bench.close();
  }
}

export async function hashOf({ probability }: JobOutput<'predict'>): Promise<string> {
  return (await contentHash(fileURLToPath(probability.uri))).sha256;
}

/** How many jobs workers say that they did; a worker's line may come after its answer, so so many are waited for, a little. */
export async function doneJobs(lines: readonly string[], awaited: number): Promise<number> {
  for (let waited = 0; waited < 2000 && doneLines(lines).length < awaited; waited += 20) await sleep(20);
  return doneLines(lines).length;
}

/** The lines of jobs that were handed in and counted. */
export function doneLines(lines: readonly string[]): string[] {
  return lines.filter((line) => /: done in/.test(line));
}
