import { type Static, Type } from '#typebox';
import { SegmenterError } from '../../base/errors';
import { validate, words } from '../../base/schema';
import { speedAt, type WorkKind } from '../../engines/choosing/choice';
import { type Trial, TrialSubjectSchema } from '../../engines/choosing/trial-memory';
import { COMPUTING_JOBS, type ComputeSettings, type ComputingJobName } from '../job-types';
import type { QueueConnection } from './connection';
import { wantedBy, wantedOf } from './job-data';

/** A worker says that it lives so often, in milliseconds; one that has not for long is taken for gone. */
export const ANNOUNCE_MS = 5000;
const GONE_MS = 25_000;
/** What was not heard of for so long is forgotten. */
const FORGET_MS = 24 * 3600 * 1000;

const SpeedOrNull = Type.Union([Type.Number(), Type.Null()]);

/** What a worker says of itself. */
const AnnouncementSchema = Type.Object({
  id: Type.String(),
  /** of its machine, for people */
  name: Type.String(),
  /** of the package */
  version: Type.String(),
  platform: Type.String(),
  pid: Type.Integer(),
  /** grows with each: clocks of machines differ */
  beat: Type.Integer(),
  /** by its own clock, milliseconds since 1970 */
  time: Type.Number(),
  jobs: Type.Array(words(COMPUTING_JOBS)),
  /** what works there, with its speeds: pixels a second, steps a second */
  backends: Type.Array(Type.Object({ ...TrialSubjectSchema.properties, predict: SpeedOrNull, train: SpeedOrNull })),
  memoryMB: Type.Number(),
  /** of the disk that it works on; null: not known */
  freeMB: SpeedOrNull,
  folders: Type.Array(Type.String()),
  /** what each of its devices does; job null: nothing */
  devices: Type.Array(
    Type.Object({
      name: Type.String(),
      job: Type.Union([Type.String(), Type.Null()]),
      /** milliseconds since 1970 by its clock; null: does nothing */
      since: SpeedOrNull,
    }),
  ),
  /** why it takes no job now; null: it does */
  rests: Type.Union([Type.String(), Type.Null()]),
  /** the highest tag that it began of each level since nothing waited for it, see `Turns` */
  served: Type.Object({ high: Type.Integer(), normal: Type.Integer(), low: Type.Integer() }),
});
export type Announcement = Static<typeof AnnouncementSchema>;

/** A worker as the others see it. */
export interface KnownWorker extends Announcement {
  isAlive: boolean;
  /** milliseconds since it was heard of, as far as is known here */
  silentFor: number;
}

/**
 * Where workers say that they live: jobs of a queue that never become due, for both servers keep such, and BullMQ needs no
 * other way to either.
 */
const QUEUE = 'segmenter-workers';
const NEVER_MS = 365 * 24 * 3600 * 1000;

/** Says what a worker is and does, in place of what it said before. */
export async function announce(connection: QueueConnection, announcement: Announcement): Promise<void> {
  const queue = connection.queue(QUEUE);
  const known = await queue.getJob(announcement.id);
  if (known) await known.updateData(announcement);
  else await queue.add('worker', announcement, { jobId: announcement.id, delay: NEVER_MS });
}

/** Removes the announcement of a worker that goes. */
export async function takeLeave(connection: QueueConnection, id: string): Promise<void> {
  await connection.queue(QUEUE).remove(id);
}

/** Knows the workers of a queue by what they announce, and which of them live: whose numbers go on. */
export class WorkerList {
  private readonly heard = new Map<string, { beat: number; at: number }>();

  /** @param now milliseconds that only grow; replaced in tests */
  constructor(private readonly now: () => number = () => performance.now()) {}

  async read(connection: QueueConnection): Promise<KnownWorker[]> {
    const jobs = await connection.queue(QUEUE).getDelayed();
    const found = jobs.flatMap((job) => announcementIn(job?.data) ?? []);
    for (const old of found) {
      if (Date.now() - old.time > FORGET_MS) await connection.queue(QUEUE).remove(old.id);
    }
    return this.see(found);
  }

  /** What of these lives. One that is seen first is believed to, where its clock says that it was there just now. */
  see(found: readonly Announcement[]): KnownWorker[] {
    const ids = new Set(found.map(({ id }) => id));
    for (const id of this.heard.keys()) if (!ids.has(id)) this.heard.delete(id);
    return found.map((worker) => {
      const before = this.heard.get(worker.id);
      const age = Math.max(0, Date.now() - worker.time);
      if (before?.beat !== worker.beat) {
        this.heard.set(worker.id, { beat: worker.beat, at: this.now() - (before || age < GONE_MS ? 0 : age) });
      }
      const silentFor = this.now() - (this.heard.get(worker.id)?.at ?? 0);
      return { ...worker, silentFor, isAlive: silentFor < GONE_MS };
    });
  }
}

/** Lists what works on a machine, for its announcement. */
export function backendsOf(trials: readonly Trial[]): Announcement['backends'] {
  return trials.flatMap((trial) => {
    if (trial.outcome.state !== 'working') return [];
    const { engine, device, precision } = trial;
    return [{ engine, device, precision, predict: speedAt(trial, 'predict'), train: speedAt(trial, 'train') }];
  });
}

/** Tells how quick a worker is at a kind of work, in the units of its announcement; 0: it does not do it. */
export function speedOf({ backends }: Pick<Announcement, 'backends'>, work: WorkKind): number {
  return Math.max(0, ...backends.map((one) => one[work] ?? 0));
}

/** Names the device behind what engines call one: CUDA and WebGPU reach the same. */
export function deviceOf(device: string): string {
  return device === 'cpu' ? 'cpu' : 'gpu';
}

/** Tells how quick a worker would do a job that it begins now, on a device that does nothing; 0: it would not. */
export function speedWhereFree(
  { backends, devices, jobs }: Pick<Announcement, 'backends' | 'devices' | 'jobs'>,
  job: ComputingJobName,
  wanted: string,
): number {
  const free = devices.filter((device) => device.job === null).map(({ name }) => name);
  const able = backends.filter((one) => free.includes(deviceOf(one.device)) && wantedOf(one).includes(wanted));
  return jobs.includes(job) ? speedOf({ backends: able }, job) : 0;
}

/** Whether a worker that lives does such jobs, now or when it is free. */
function fits(worker: KnownWorker, job: ComputingJobName, wanted: string): boolean {
  const able = worker.backends.some((one) => one[job] !== null && wantedOf(one).includes(wanted));
  return worker.jobs.includes(job) && able;
}

/**
 * Looks whether somebody does a job.
 * @returns whether a worker lives; where none does, one may come
 * @throws SegmenterError `unsupported` where workers live and none of them would take it, with the reason of each
 */
export function requireWorker(
  workers: readonly KnownWorker[],
  job: ComputingJobName,
  compute: Pick<ComputeSettings, 'engine' | 'device'>,
  { version, folders }: { version: string; folders: readonly string[] },
): boolean {
  const alive = workers.filter(({ isAlive }) => isAlive);
  if (alive.length === 0) return false;
  const wanted = wantedBy(compute);
  const reasons = alive.map((worker) => {
    if (worker.version !== version) return `${worker.name} has version ${worker.version} of the package`;
    if (!fits(worker, job, wanted)) return `${worker.name} has no ${wanted} for ${job}`;
    const missing = folders.filter((name) => !worker.folders.includes(name));
    return missing.length > 0 ? `${worker.name} has no shared folder ${missing.join(', ')}` : null;
  });
  if (reasons.some((reason) => reason === null)) return true;
  const message = `no worker takes a job (${job}, ${wanted}) of version ${version}: ${reasons.join('; ')}`;
  throw new SegmenterError('unsupported', message, { job, wanted, version });
}

function announcementIn(data: unknown): Announcement | null {
  try {
    return validate(AnnouncementSchema, data, 'announcement');
  } catch {
    return null;
  }
}
