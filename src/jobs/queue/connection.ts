import type { Job, Queue, QueueEvents, QueueEventsListener, QueueEventsProducer, Worker } from 'bullmq';
import { messageOf, SegmenterError } from '../../base/errors';
import { type QueueAddress, redacted } from './address';
import type { Drivers } from './drivers';
import type { Answer, JobData } from './job-data';

export type QueuedJob = Job<JobData, Answer>;

/** What hosts and workers tell each other at once. All of it is found by looking, too: news may be lost. */
export interface News {
  what: 'added' | 'asked' | 'progress' | 'ended';
  queue: string;
  /** of the job */
  id: string;
}

export interface QueueTimes {
  /** how long a worker keeps a job that it does not renew: longer than a PC sleeps for a moment */
  lockMs: number;
  /** between two looks for jobs whose worker did not renew them */
  stalledMs: number;
  /** how long the server may take for an answer */
  answerMs: number;
  /** without an answer for so long a connection is made anew */
  rebuildMs: number;
  /** how long a worker tries to reach the machine that asked, for files that it is sent */
  reachMs: number;
}
export const QUEUE_TIMES: QueueTimes = {
  ...{ lockMs: 60_000, stalledMs: 30_000, answerMs: 10_000 },
  ...{ rebuildMs: 60_000, reachMs: 60_000 },
};

/** A worker may lose its power so often in the middle of a job before that counts as the job's fault. */
const MOST_STALLED = 10;
const NEWS = 'segmenter-news';
const POSTGRES_SCHEMA = 'bullmq';
const POSTGRES_CONNECTIONS = 40;

/** An event of our own among those of BullMQ. */
interface NewsListener extends QueueEventsListener {
  news: (news: News) => void;
}

/**
 * What BullMQ is given to reach the server, as `never`: its types tell two servers apart, each with a backend of its own, that
 * its classes take alike.
 */
type Reach = { connection: never };
type BackendFactory = never;

/** Connections to the server of a queue, made when they are needed. */
export class QueueConnection {
  private readonly queues = new Map<string, Queue>();
  private readonly fetchers = new Map<string, Worker>();
  private readonly reach: Reach;
  private readonly factory: BackendFactory;
  private readonly ready: () => Promise<unknown>;
  private readonly disconnect: () => Promise<unknown>;
  private events: QueueEvents | null = null;
  private producer: QueueEventsProducer | null = null;

  constructor(
    private readonly address: QueueAddress,
    private readonly drivers: Drivers,
    private readonly times: QueueTimes,
  ) {
    const opened = drivers.kind === 'redis' ? openRedis(address, drivers) : openPostgres(address, drivers);
    this.reach = opened.reach;
    this.factory = opened.factory;
    this.ready = opened.ready;
    this.disconnect = opened.disconnect;
  }

  /** Where jobs are handed in. */
  queue(name: string): Queue {
    const { Queue } = this.drivers.bullmq;
    return known(this.queues, name, () => quiet(new Queue(name, this.reach, this.factory)));
  }

  /** Where jobs are taken out, by who asks for each. */
  fetcher(name: string): Worker {
    const { Worker } = this.drivers.bullmq;
    const { lockMs, stalledMs } = this.times;
    return known(this.fetchers, name, () => {
      const options = {
        ...{ autorun: false, lockDuration: lockMs, stalledInterval: stalledMs },
        maxStalledCount: MOST_STALLED,
      };
      const fetcher = quiet(new Worker(name, null, { ...this.reach, ...options }, this.factory));
      void fetcher.startStalledCheckTimer().catch(() => undefined);
      return fetcher;
    });
  }

  /** Gives a job that was taken, to be handed in over this connection; undefined: the server does not know it. */
  job(queue: string, id: string): Promise<QueuedJob | undefined> {
    return this.drivers.bullmq.Job.fromId(this.fetcher(queue), id) as Promise<QueuedJob | undefined>;
  }

  /**
   * Asks the server for something.
   * @throws SegmenterError `busy` where it does not answer in time; what it answers, with a numeric `code`, as it is
   */
  async ask<T>(doing: string, work: () => Promise<T>): Promise<T> {
    const { answerMs } = this.times;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`no answer within ${answerMs / 1000} s`)), answerMs);
    });
    try {
      return await Promise.race([this.ready().then(work), late]);
    } catch (error) {
      if (error instanceof SegmenterError || isServersAnswer(error)) throw error;
      throw new SegmenterError('busy', `the queue ${this.address.shown} is away (${doing}: ${this.told(error)})`, {
        queue: this.address.shown,
      });
    } finally {
      clearTimeout(timer);
    }
  }

  /** Tells the others; whether they hear it nobody knows. */
  publish({ what, queue, id }: News): void {
    const { QueueEventsProducer } = this.drivers.bullmq;
    this.producer ??= quiet(new QueueEventsProducer(NEWS, this.reach, this.factory));
    const { producer } = this;
    void this.ask('telling', () => producer.publishEvent({ eventName: 'news', what, queue, id })).catch(
      () => undefined,
    );
  }

  listen(listener: (news: News) => void): void {
    const { QueueEvents } = this.drivers.bullmq;
    this.events ??= quiet(new QueueEvents(NEWS, this.reach, this.factory));
    this.events.on<NewsListener>('news', listener);
  }

  /** Ends all connections at once; what is under way fails. */
  async close(): Promise<void> {
    const all = [...this.queues.values(), ...this.fetchers.values(), this.events, this.producer];
    const closing = all.map((one) => (one && 'cancelJob' in one ? one.close(true) : one?.close()));
    const over = Promise.allSettled(closing);
    await Promise.race([over, new Promise((resolve) => setTimeout(resolve, 2000).unref())]);
    await this.disconnect().catch(() => undefined);
  }

  private told(error: unknown): string {
    return redacted(messageOf(error) || String((error as { code?: unknown }).code), this.address);
  }
}

/** Tells whether the server itself refused, for example as the lock of a job is another worker's now. */
export function isServersAnswer(error: unknown): boolean {
  return typeof (error as { code?: unknown } | null)?.code === 'number';
}

function openRedis(address: QueueAddress, { redis }: Extract<Drivers, { kind: 'redis' }>) {
  const client = new redis.Redis(address.url, {
    // What cannot be sent now fails now, so that nobody waits without knowing it.
    ...{ enableOfflineQueue: false, maxRetriesPerRequest: null, connectTimeout: 5000 },
    retryStrategy: (times) => Math.min(250 * times, 5000),
  });
  client.on('error', () => undefined);
  client.setMaxListeners(0);
  const reach: Reach = { connection: client as never };
  return {
    reach,
    factory: undefined as never,
    ready: async () => undefined,
    disconnect: async () => client.disconnect(),
  };
}

function openPostgres(address: QueueAddress, { postgres, bullmq }: Extract<Drivers, { kind: 'postgres' }>) {
  const pool = new postgres.Pool({
    ...{ connectionString: address.url, max: POSTGRES_CONNECTIONS, connectionTimeoutMillis: 5000, keepAlive: true },
    options: `-c search_path=${POSTGRES_SCHEMA}`,
  });
  pool.on('error', () => undefined);
  // To one that is taken out the pool does not listen, and BullMQ does not either: what it was asked fails, and no process ends.
  pool.on('connect', (client) => client.on('error', () => undefined));
  // Every queue listens to it.
  pool.setMaxListeners(0);
  let migrated: Promise<void> | null = null;
  const migrate = async () => {
    const client = await pool.connect();
    try {
      await bullmq.runMigrations(client, POSTGRES_SCHEMA);
    } finally {
      client.release();
    }
  };
  const ready = () => {
    migrated ??= migrate();
    migrated.catch(() => {
      migrated = null;
    });
    return migrated;
  };
  const reach: Reach = { connection: pool as never };
  const factory = bullmq.createPostgresBackend as never;
  return { reach, factory, ready, disconnect: () => pool.end() };
}

/** The same errors come to whoever asked. */
function quiet<T extends { on(event: 'error', listener: () => void): unknown }>(emitter: T): T {
  emitter.on('error', () => undefined);
  return emitter;
}

function known<T>(all: Map<string, T>, name: string, make: () => T): T {
  const found = all.get(name) ?? make();
  all.set(name, found);
  return found;
}
