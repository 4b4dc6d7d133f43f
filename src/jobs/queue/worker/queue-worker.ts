import { randomBytes } from 'node:crypto';
import os from 'node:os';
import path from 'node:path';
import { messageOf, SegmenterError } from '../../../base/errors';
import type { Trial } from '../../../engines/choosing/trial-memory';
import { diskSpace, reserveOf } from '../../../storage/file-error';
import { createJobHost, type HostOptions, type JobHost } from '../../host/job-host';
import { COMPUTING_JOBS, type ComputingJobName, type HostSettings, type JobRunOptions } from '../../job-types';
import type { QueueAddress } from '../address';
import { QUEUE_TIMES, type QueueTimes } from '../connection';
import { loadDrivers } from '../drivers';
import { TURN_PIXELS } from '../job-costs';
import { type JobData, LEVELS, type Level, queueName, wantedOf } from '../job-data';
import { QueueLink } from '../link';
import { tidyResults } from '../results-folder';
import { fromPortable, type SharedFolder } from '../shared-folders';
import {
  ANNOUNCE_MS,
  type Announcement,
  announce,
  backendsOf,
  deviceOf,
  type KnownWorker,
  speedOf,
  speedWhereFree,
  takeLeave,
  WorkerList,
} from '../workers';
import { BundleCache } from './bundle-cache';
import { DeviceSlot } from './device-slot';
import type { ServedQueue, Waiting } from './first-waiting';
import { PlacesHere } from './places-here';
import { runSharedJob } from './shared-job';

/** What a worker does is told so long after it began it. */
const SOON_MS = 1000;
const TIDY_MS = 10 * 60_000;
/** A machine that is so much quicker, and free, is left the first choice: ... */
const CLEARLY = 1.5;
/** ... for this share of the time that the job would take here, but for so many milliseconds. */
const HANDICAP_SHARE = 0.02;
const HANDICAP_MS = { least: 60, most: 2000 };

export interface QueueWorkerOptions {
  address: QueueAddress;
  folders: readonly SharedFolder[];
  scratchFolder: string;
  scratchQuotaMB: number;
  /** of the package */
  version: string;
  /** for people; default: the name of the machine */
  name?: string;
  jobs?: readonly ComputingJobName[];
  once?: boolean;
  drain?: boolean;
  times?: QueueTimes;
  host?: HostOptions;
  log?: (line: string) => void;
}

/**
 * Takes jobs of a queue and does them with the processes of this machine: the same code as a host of its own runs. Each
 * device does one job at a time.
 */
export class QueueWorker {
  private readonly id: string;
  private readonly name: string;
  private readonly link: QueueLink;
  private readonly list = new WorkerList();
  private readonly hosts = new Map<string, JobHost>();
  private readonly slots = new Map<string, DeviceSlot>();
  private readonly working = new Map<string, { subject: string; since: number }>();
  private readonly served: Record<Level, number> = { high: 0, normal: 0, low: 0 };
  private others: KnownWorker[] = [];
  private othersAt = Number.NEGATIVE_INFINITY;
  private trials: Trial[] = [];
  private beat = 0;
  private isClosing = false;
  private soon: NodeJS.Timeout | null = null;
  private freeMB: number | null = null;
  private timer: NodeJS.Timeout | null = null;
  private tidied = Number.NEGATIVE_INFINITY;
  private readonly log: (line: string) => void;
  private readonly cache: BundleCache;

  /** @throws SegmenterError `unsupported` where the packages of the queue are missing */
  constructor(private readonly options: QueueWorkerOptions) {
    const { address, times = QUEUE_TIMES, name = os.hostname(), log = () => undefined } = options;
    this.link = new QueueLink(address, loadDrivers(address), times);
    this.id = `${name}-${randomBytes(6).toString('hex')}`;
    this.name = name;
    this.log = log;
    const { scratchFolder, scratchQuotaMB } = this.options;
    this.cache = new BundleCache(path.join(scratchFolder, 'segmenter-sent'), scratchQuotaMB * 2 ** 20);
  }

  /**
   * Tries the devices of the machine, and takes jobs until it is closed, or there is nothing more to do by `once` or `drain`.
   * @throws SegmenterError `engine` where nothing works here
   */
  async run(): Promise<void> {
    const { once, drain, jobs = COMPUTING_JOBS, version } = this.options;
    this.trials = await this.tryDevices();
    const backends = backendsOf(this.trials);
    if (backends.length === 0)
      throw new SegmenterError('engine', 'no engine works on this machine; npm run doctor says why');
    for (const [device, wanted] of devicesOf(backends, speedsAt(this.trials))) {
      const queues = jobs.flatMap((job) =>
        wanted.map((one) => ({ name: queueName(job, one, version), job, wanted: one })),
      );
      this.slots.set(device, new DeviceSlot(this.slotParts(device, queues)));
    }
    const problem = await this.announce().then(
      () => null,
      (error: unknown) => messageOf(error),
    );
    if (problem !== null) this.log(`${problem}; waiting for it`);
    this.link.listen(({ what, id }) => {
      for (const slot of this.slots.values()) slot.news(id, what === 'added');
    });
    this.timer = setInterval(() => void this.announce().catch(() => undefined), ANNOUNCE_MS);
    if (this.isClosing) this.close(true);
    this.log(`${this.name} takes ${jobs.join(' and ')} for ${[...this.slots.keys()].join(' and ')}`);
    const running = [...this.slots.values()].map((slot) => slot.run({ once, drain }));
    await (once ? Promise.race(running) : Promise.all(running));
    await this.end();
  }

  /** Takes no more jobs. @param giveBack what is at work goes back to the queue; else it is finished */
  close(giveBack: boolean): void {
    this.isClosing = true;
    for (const slot of this.slots.values()) slot.close(giveBack);
  }

  private async end(): Promise<void> {
    if (this.timer) clearInterval(this.timer);
    if (this.soon) clearTimeout(this.soon);
    this.close(false);
    await this.link.ask('leaving', (connection) => takeLeave(connection, this.id)).catch(() => undefined);
    await Promise.all([...this.hosts.values()].map((host) => host.shutdown()));
    await this.link.close();
  }

  private async tryDevices(): Promise<Trial[]> {
    const host = this.hostFor(os.tmpdir(), 'en');
    return host.trials();
  }

  private slotParts(device: string, queues: ServedQueue[]) {
    const { version, folders, times = QUEUE_TIMES } = this.options;
    return {
      ...{ link: this.link, worker: this.name, version, queues, log: this.log },
      hindrance: () => this.hindrance(),
      handicap: (waiting: Waiting) => this.handicap(device, waiting),
      onNothing: () => this.beginAnew(),
      run: (data: JobData, attempt: number, options: JobRunOptions<ComputingJobName>) =>
        runSharedJob(data, {
          ...{ folders, cache: this.cache, patienceMs: times.reachMs, log: this.log, attempt, options },
          hostFor: (models, language) => this.hostFor(models, language),
          newHost: (models, language) => this.newHost(models, language),
        }),
      onJob: (data: JobData | null) => {
        if (data) {
          this.working.set(device, { subject: `${data.job} ${data.asker.subject}`, since: Date.now() });
          this.served[data.level] = Math.max(this.served[data.level], data.tag);
        } else {
          this.working.delete(device);
        }
        if (data) void this.tidy(data);
        this.announceSoon();
      },
    };
  }

  /** A full disk would fail every job in no time. */
  private async hindrance(): Promise<string | null> {
    const space = await diskSpace(this.options.scratchFolder);
    this.freeMB = space && Math.round(space.free / 2 ** 20);
    if (!space || space.free > reserveOf(space)) return null;
    return `the disk of ${this.options.scratchFolder} is full (${this.freeMB} MB free)`;
  }

  private async handicap(device: string, { queue: { job, wanted }, cost }: Waiting): Promise<number> {
    const own = speedsAt(this.trials)(device, job);
    const isQuicker = ({ id, isAlive, rests, version, ...other }: KnownWorker) =>
      id !== this.id &&
      isAlive &&
      rests === null &&
      version === this.options.version &&
      speedWhereFree(other, job, wanted) > CLEARLY * own;
    if (performance.now() - this.othersAt > SOON_MS) await this.lookForOthers();
    if (!this.others.some(isQuicker)) return 0;
    const { least, most } = HANDICAP_MS;
    const here = job === 'train' ? Number.POSITIVE_INFINITY : (1000 * cost * TURN_PIXELS) / own;
    return Math.min(most, Math.max(least, HANDICAP_SHARE * here));
  }

  /** What waited is done: turns are counted anew, for there are only so many. */
  private beginAnew(): void {
    if (this.working.size === 0) for (const level of LEVELS) this.served[level] = 0;
  }

  private hostFor(modelsFolder: string, language: HostSettings['language']): JobHost {
    const key = JSON.stringify([modelsFolder, language]);
    const found = this.hosts.get(key) ?? this.newHost(modelsFolder, language);
    this.hosts.set(key, found);
    return found;
  }

  private newHost(modelsFolder: string, language: HostSettings['language']): JobHost {
    const { folders, scratchFolder, scratchQuotaMB, host } = this.options;
    const roots = [...folders.map(({ folder }) => folder), this.cache.folder];
    return createJobHost({ roots, modelsFolder, scratchFolder, scratchQuotaMB, language }, host);
  }

  /** Short jobs come and go many times a second. */
  private announceSoon(): void {
    this.soon ??= setTimeout(() => {
      this.soon = null;
      void this.announce().catch(() => undefined);
    }, SOON_MS).unref();
  }

  private async announce(): Promise<void> {
    const { version, folders, jobs = COMPUTING_JOBS } = this.options;
    const announcement: Announcement = {
      ...{ id: this.id, name: this.name, version, platform: process.platform, pid: process.pid },
      ...{ beat: ++this.beat, time: Date.now(), jobs: [...jobs], backends: backendsOf(this.trials) },
      ...{ memoryMB: Math.round(os.totalmem() / 2 ** 20), freeMB: this.freeMB },
      folders: folders.map(({ name }) => name),
      devices: [...this.slots.keys()].map((device) => {
        const work = this.working.get(device);
        return { name: device, job: work?.subject ?? null, since: work?.since ?? null };
      }),
      rests: [...this.slots.values()].find(({ rests }) => rests !== null)?.rests ?? null,
      served: { ...this.served },
    };
    await this.link.ask('announcing', (connection) => announce(connection, announcement));
    await this.lookForOthers();
  }

  private async lookForOthers(): Promise<void> {
    this.others = await this.link.ask('listing workers', (connection) => this.list.read(connection));
    this.othersAt = performance.now();
  }

  private async tidy({ results, quotaMB }: JobData): Promise<void> {
    if (!new PlacesHere(this.options.folders).reaches(results)) return;
    if (performance.now() - this.tidied < TIDY_MS) return;
    this.tidied = performance.now();
    try {
      await tidyResults(fromPortable(results, this.options.folders), quotaMB * 2 ** 20);
    } catch (error) {
      this.log(`results were not tidied: ${messageOf(error)}`);
    }
  }
}

type Backends = Announcement['backends'];

function speedsAt(trials: readonly Trial[]): (device: string, work?: ComputingJobName) => number {
  return (device, work = 'predict') =>
    speedOf({ backends: backendsOf(trials.filter((trial) => deviceOf(trial.device) === device)) }, work);
}

/** The devices of a machine, with what each is asked for by: work for any device goes to the quickest. */
function devicesOf(backends: Backends, speed: (device: string) => number): Map<string, string[]> {
  const devices = [...new Set(backends.map((one) => deviceOf(one.device)))].sort((a, b) => speed(b) - speed(a));
  const claimed = new Set<string>();
  return new Map(
    devices.map((device) => {
      const own = backends.filter((one) => deviceOf(one.device) === device).flatMap(wantedOf);
      const wanted = [...new Set(own)].filter((one) => !claimed.has(one));
      for (const one of wanted) claimed.add(one);
      return [device, wanted];
    }),
  );
}
