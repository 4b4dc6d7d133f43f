import type { JobInput, JobName, JobOutput, JobRunOptions } from '../job-types';
import { withJobEnd } from './job-end';

/** Other machines that compute. */
export interface Elsewhere {
  run<K extends 'predict' | 'train'>(job: K, input: JobInput<K>, options: JobRunOptions<K>): Promise<JobOutput<K>>;
}

/** Has a job done by other machines: it has its turn as soon as one of them tells of it. */
export async function runElsewhere<K extends JobName>(
  away: Elsewhere,
  job: K,
  input: JobInput<K>,
  options: JobRunOptions<K>,
  { started, closing }: { started: () => void; closing: AbortSignal },
): Promise<JobOutput<K>> {
  let isStarted = false;
  const start = () => {
    if (!isStarted) started();
    isStarted = true;
  };
  const heard: JobRunOptions<K> = {
    ...options,
    onProgress: (progress) => {
      start();
      options.onProgress?.(progress);
    },
    onChoice: (place) => {
      if (place && 'engine' in place) start();
      options.onChoice?.(place);
    },
  };
  // `isComputing` of who calls narrows the input: TypeScript does not narrow the job, nor what goes with it, by that.
  return withJobEnd(options, closing, ({ cancel }) =>
    away.run(job as never, input as never, { ...heard, signal: cancel } as never),
  );
}
