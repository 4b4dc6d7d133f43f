import { CancelledError, toErrorRecord } from '../../base/errors';
import { openEngine } from '../../engines';
import { measureSpeeds } from '../../engines/choosing/trial';
import { EngineUnavailableError } from '../../engines/unavailable';
import type { JobImplementation } from '../protocol';

/** Tries a backend. Whatever it does to this process is for the host to judge. */
export const tryBackendJob: JobImplementation<'try-backend'> = async (input, { signal }) => {
  try {
    const engine = await openEngine({ ...input, threads: 0 });
    return { state: 'working', speeds: await measureSpeeds(engine, { signal }) };
  } catch (error) {
    if (error instanceof CancelledError) throw error;
    if (error instanceof EngineUnavailableError) {
      const { state, reason, remedy } = error;
      return { state, reason, remedy };
    }
    const { code, message } = toErrorRecord(error);
    const isRefusal = code === 'invalid-input' || code === 'unsupported';
    return { state: isRefusal ? 'absent' : 'broken', reason: message, remedy: null };
  }
};
