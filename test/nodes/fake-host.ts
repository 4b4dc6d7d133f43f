import type { JobAccess } from '../../nodes/job-host-access';
import { CancelledError } from '../../src/base/errors';
import type { HostStats, JobHost } from '../../src/jobs/host/job-host';
import type { ListedJob } from '../../src/jobs/host/job-list';
import { inspectPathJob } from '../../src/jobs/implementations/looks';
import type {
  ComputeSettings,
  EngineSurvey,
  HostSettings,
  JobInput,
  JobName,
  JobOutput,
  JobRunOptions,
} from '../../src/jobs/job-types';
import { predictMetrics } from '../support/job-metrics';
import { image } from './run-node';

/** What `predict` answers in a test that is of something else. */
export const PREDICTED: JobOutput<'predict'> = {
  probability: image('p'),
  model: { name: 'm', version: 'v1', uri: '', sha256: '' },
  metrics: predictMetrics(),
};

type Answer<K extends JobName> = (
  input: JobInput<K>,
  options: JobRunOptions<K>,
) => JobOutput<K> | Promise<JobOutput<K>>;

export interface Call {
  job: JobName;
  input: unknown;
}

/**
 * A job host without processes: it answers as the test says and remembers what it was asked. Looks at paths are real
 * unless a test answers them.
 */
export class FakeHost implements JobHost {
  readonly calls: Call[] = [];
  readonly released: ComputeSettings[] = [];
  shutdowns = 0;
  /** what runs and waits, as a test says */
  listed: ListedJob[] = [];
  readonly uploads: Array<{ bytes: Uint8Array; filename: string }> = [];
  private readonly answers = new Map<JobName, Answer<JobName>>();
  private settings: HostSettings = {
    roots: ['/'],
    modelsFolder: '/models',
    scratchFolder: '/scratch',
    scratchQuotaMB: 1,
    // Most tests are of a first failure.
    retries: { tries: 1, seconds: 0, longest: 0 },
  };

  constructor() {
    const { signal } = new AbortController();
    this.on('inspect-path', (input) =>
      inspectPathJob(input, { settings: this.settings, signal, stop: signal, progress: () => undefined }),
    );
  }

  on<K extends JobName>(job: K, answer: Answer<K>): this {
    this.answers.set(job, answer as unknown as Answer<JobName>);
    return this;
  }

  run<K extends JobName>(job: K, input: JobInput<K>, options: JobRunOptions<K> = {}): Promise<JobOutput<K>> {
    this.calls.push({ job, input });
    const answer = this.answers.get(job) as unknown as Answer<K> | undefined;
    if (!answer) return Promise.reject(new Error(`no answer to ${job} in this test`));
    return Promise.resolve().then(() => answer(input, options));
  }

  /** The inputs of all calls of one job. */
  inputs<K extends JobName>(job: K): Array<JobInput<K>> {
    return this.calls.filter((call) => call.job === job).map((call) => call.input as JobInput<K>);
  }

  readonly trials = () => Promise.reject(new Error('no trials in this test'));
  /** What a survey answers. */
  survey: (signal?: AbortSignal) => Promise<EngineSurvey> = () => Promise.reject(new Error('no survey in this test'));

  /** What became of jobs, as a test says. */
  counted: HostStats = { lanes: [], jobs: [], running: [], predictsOn: null };

  stats(): HostStats {
    return this.counted;
  }

  jobs(): ListedJob[] {
    return this.listed;
  }

  async release(compute: ComputeSettings): Promise<void> {
    this.released.push(compute);
  }

  async shutdown(): Promise<void> {
    this.shutdowns++;
  }

  access(settings: Partial<HostSettings> = {}): JobAccess {
    this.settings = { ...this.settings, ...settings };
    return {
      host: this,
      settings: this.settings,
      storeUpload: async (bytes, filename) => {
        this.uploads.push({ bytes, filename });
        return `/scratch/${filename}`;
      },
    };
  }
}

/** A job that never ends by itself: it rejects when it is cancelled, as a real one does. */
export function untilCancelled(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => {
    const stop = () => reject(new CancelledError('the job'));
    if (signal?.aborted) stop();
    signal?.addEventListener('abort', stop, { once: true });
  });
}
