import type { EventEmitter } from 'node:events';
import { toErrorRecord } from '../src/base/errors';
import { httpStatus } from './http-status';

/** As much of a response as an answer needs. */
interface AdminResponse extends EventEmitter {
  status(code: number): AdminResponse;
  json(body: unknown): unknown;
}

/**
 * Answers the editor with what the work gives, or with code and message of its error.
 * @param work is given a signal that is set when nobody waits for the answer any more
 */
export async function answer(response: AdminResponse, work: (signal: AbortSignal) => Promise<unknown>): Promise<void> {
  const left = new AbortController();
  response.on('close', () => left.abort());
  try {
    response.json(await work(left.signal));
  } catch (error) {
    const { code, message } = toErrorRecord(error);
    if (!left.signal.aborted) response.status(httpStatus(code)).json({ code, message });
  }
}
