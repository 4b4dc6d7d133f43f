import { SegmenterError } from '../base/errors';

/** Anything asked of a disk may take so long, ... */
export const LEAST_MS = 60_000;
/** ... and reading and writing so much longer for each MB: a slow network share is no error. */
const MS_PER_MB = 1000;

/** Says how long reading or writing so many bytes may take. */
export function timeLimit(bytes: number): number {
  return LEAST_MS + MS_PER_MB * Math.ceil(bytes / 2 ** 20);
}

/**
 * Asks one thing of a disk and ends it where it takes too long: disks and network shares that hang give no error
 * themselves. What hangs keeps a thread of the process, which is of little use from then on.
 * @param ask is given a signal that is set on a cancel and when the time is over
 * @param doing what is done, in the error
 * @throws SegmenterError `timeout` naming the file; what `ask` throws
 */
export async function withinTime<T>(
  limitMs: number,
  path: string,
  signal: AbortSignal | undefined,
  ask: (signal: AbortSignal) => Promise<T>,
  doing = 'reading',
): Promise<T> {
  const over = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const expire = () => {
      const message = `${path}: ${doing} took longer than ${Math.round(limitMs / 1000)} s; is its disk or network share within reach?`;
      reject(new SegmenterError('timeout', message, { path, limitMs }));
      over.abort();
    };
    // A process that was busy itself finds the timer due before it has looked at what was read meanwhile.
    const lastChance = () => {
      timer = setTimeout(expire, Math.min(limitMs, 1000)).unref();
    };
    timer = setTimeout(lastChance, limitMs).unref();
  });
  const asking = ask(signal ? AbortSignal.any([signal, over.signal]) : over.signal);
  try {
    return await Promise.race([asking, late]);
  } finally {
    clearTimeout(timer);
  }
}
