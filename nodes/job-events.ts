import type { Node, NodeAPI, NodeMessage } from 'node-red';
import type { JobName, JobOutput, JobProgress, JobRunOptions } from '../src/jobs/job-types';
import { noteEvent } from './event-log';
import { peek, sampleId } from './sample-message';

/** Between two lines of the progress of a job, and from its beginning to the first, in milliseconds. */
const PROGRESS_MS = 30_000;

/** Who has a job done, and with what message. */
interface Doer {
  RED: NodeAPI;
  node: Node;
  msg: NodeMessage;
}

/** Logs the beginning of a job, its progress now and then, and its end; of one that fails the error of its message tells. */
export async function logged<K extends JobName>(
  { RED, node, msg }: Doer,
  job: K,
  options: JobRunOptions<K>,
  run: (options: JobRunOptions<K>) => Promise<JobOutput<K>>,
): Promise<JobOutput<K>> {
  const sample = sampleId(msg.payload);
  const begin = performance.now();
  const seconds = () => Number(((performance.now() - begin) / 1000).toFixed(3));
  let told = begin;
  const onProgress = (progress: JobProgress<K>) => {
    options.onProgress?.(progress);
    if (performance.now() - told < PROGRESS_MS) return;
    told = performance.now();
    noteEvent(RED, node, { event: 'progress', sample, job, seconds: seconds(), share: shareOf(progress) });
  };
  noteEvent(RED, node, { event: 'started', sample, job });
  const output = await run({ ...options, onProgress });
  noteEvent(RED, node, { event: 'done', sample, job, model: modelOf(output), seconds: seconds() });
  return output;
}

function shareOf(progress: unknown): number | undefined {
  const [done, total] = [peek(progress, 'done'), peek(progress, 'total')];
  return typeof done === 'number' && typeof total === 'number' && total > 0
    ? Number((done / total).toFixed(3))
    : undefined;
}

function modelOf(output: unknown): string | undefined {
  const model = peek(output, 'model');
  const [name, version] = [peek(model, 'name'), peek(model, 'version')];
  return typeof name === 'string' && typeof version === 'string' ? `${name}@${version}` : undefined;
}
