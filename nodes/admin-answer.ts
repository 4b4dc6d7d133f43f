import type { EventEmitter } from 'node:events';
import { type ErrorCode, toErrorRecord } from '../src/base/errors';

const HTTP_STATUS: Partial<Record<ErrorCode, number>> = {
  'invalid-input': 400,
  'not-allowed': 403,
  'not-found': 404,
  busy: 503,
  internal: 500,
};

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
    if (!left.signal.aborted) response.status(HTTP_STATUS[code] ?? 422).json({ code, message });
  }
}
