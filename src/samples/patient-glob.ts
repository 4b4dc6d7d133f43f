import { readdir, realpath, stat } from 'node:fs';
import { type GlobOptions, glob } from 'tinyglobby';
import { SegmenterError } from '../base/errors';
import { LEAST_MS } from '../storage/time-limit';

/**
 * The names that match a pattern, of however many folders; ends where their disk answers nothing for long.
 * @throws SegmenterError `timeout` naming the folder
 */
export async function patientGlob(
  pattern: string,
  options: GlobOptions & { cwd: string },
  limitMs = LEAST_MS,
): Promise<string[]> {
  let expire: () => void = () => undefined;
  const late = new Promise<never>((_, reject) => {
    expire = () => {
      const message = `${options.cwd}: listing got no answer for ${Math.round(limitMs / 1000)} s; is its disk or network share within reach?`;
      reject(new SegmenterError('timeout', message, { path: options.cwd, limitMs }));
    };
  });
  const over = new AbortController();
  const timer = setTimeout(() => {
    expire();
    over.abort();
  }, limitMs);
  /** A function of node:fs whose answer shows that the disk is there. */
  const heard = <F>(call: F): F => {
    const listening = (...given: unknown[]) => {
      const answer = given.pop() as (...results: unknown[]) => void;
      (call as (...all: unknown[]) => void)(...given, (...results: unknown[]) => {
        timer.refresh();
        answer(...results);
      });
    };
    return listening as F;
  };
  try {
    const calls = { readdir, realpath, stat, ...options.fs };
    const fs = { readdir: heard(calls.readdir), realpath: heard(calls.realpath), stat: heard(calls.stat) };
    return await Promise.race([glob(pattern, { ...options, fs, signal: over.signal }), late]);
  } finally {
    clearTimeout(timer);
  }
}
