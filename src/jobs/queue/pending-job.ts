import { CancelledError, type ErrorRecord, fromErrorRecord, SegmenterError } from '../../base/errors';
import { isRecord } from '../../base/plain-json';
import type { Answer, Told } from './job-data';

/** A job as the queue shows it at one moment; null: it is not there. */
export interface JobState {
  state: string;
  answer: Answer | null;
  failed: string | null;
  told: Told | null;
}

/** What a state of a job means for who waits. */
export type Verdict =
  | { is: 'waiting' }
  | { is: 'running'; told: Told | null }
  | { is: 'done'; answer: Answer }
  | { is: 'failed'; error: SegmenterError }
  /** the server does not know it any more: it lost its memory, or somebody removed the job */
  | { is: 'gone' };

/** Tells what a job's state means. */
export function verdictOn(found: JobState | null): Verdict {
  if (!found) return { is: 'gone' };
  const { state, answer, failed, told } = found;
  if (state === 'completed' && answer) return { is: 'done', answer };
  if (state === 'failed') return { is: 'failed', error: errorOf(failed ?? '') };
  if (state === 'unknown') return { is: 'gone' };
  return state === 'active' ? { is: 'running', told } : { is: 'waiting' };
}

/** The error that a worker handed in; else what BullMQ says of a job whose workers vanished again and again. */
function errorOf(text: string): SegmenterError {
  try {
    const record = JSON.parse(text) as ErrorRecord;
    if (record.code === 'cancelled') return new CancelledError('the job');
    if (isRecord(record) && typeof record.message === 'string') return fromErrorRecord(record);
  } catch {}
  return new SegmenterError(
    'worker-lost',
    `the workers that had this job ended in the middle of it, again and again (${text})`,
  );
}
