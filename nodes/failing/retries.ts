import { setTimeout as sleep } from 'node:timers/promises';
import type { NodeMessage } from 'node-red';
import { SegmenterError, toErrorRecord } from '../../src/base/errors';
import { canonicalHash } from '../../src/base/plain-json';
import { Random } from '../../src/base/random';
import { isTransient } from '../../src/base/transient';
import type { RetrySettings } from '../../src/jobs/settings';
import { peek } from '../sample-message';

/** Each wait is so many times as long as the one before. */
const FACTOR = 4;
/** A wait is longer or shorter by up to this part, so that what failed together does not come back together. */
const JITTER = 0.25;

/** What became of a message so far. */
export interface Attempts {
  /** how often it was tried */
  tries: number;
  /** when it was tried first, milliseconds since 1970 */
  since: number;
}

/** Module state on purpose: a message that waits keeps its count over a deploy. */
const attempts = new WeakMap<NodeMessage, Attempts>();

/** Gives how often a message was tried; it begins anew once it is answered. */
export function attemptsOf(msg: NodeMessage): Attempts | null {
  return attempts.get(msg) ?? null;
}

/** Counts one more try, which begins. */
export function countAttempt(msg: NodeMessage): void {
  const { tries = 0, since = Date.now() } = attempts.get(msg) ?? {};
  attempts.set(msg, { tries: tries + 1, since });
}

/** Takes back a try that a deploy cut off: nothing failed. */
export function uncountAttempt(msg: NodeMessage): void {
  const known = attempts.get(msg);
  if (known) attempts.set(msg, { ...known, tries: known.tries - 1 });
}

/** A message is answered: should it come again, it begins anew. */
export function forgetAttempts(msg: NodeMessage): void {
  attempts.delete(msg);
}

/**
 * Gives the milliseconds to wait before the next try: growing, bounded, and varied by a seed.
 * @param tries that failed so far, from 1 @param seed stands for node and message: the same waits as long
 */
export function waitAfter(tries: number, { seconds, longest }: RetrySettings, seed: number): number {
  const wait = Math.min(longest, seconds * FACTOR ** (tries - 1));
  const share = 1 + JITTER * (2 * new Random(seed, tries).uniform() - 1);
  return Math.round(1000 * Math.min(longest, wait * share));
}

/** Gives the seed of a message's waits at a node. */
export function seedOf(node: string, msg: NodeMessage): number {
  const id = peek(msg, '_msgid');
  return Number.parseInt(canonicalHash([node, typeof id === 'string' ? id : null]).slice(0, 8), 16);
}

/** Says of an error how often it was tried, for who reads it; one of the first try stays as it is. */
export function afterTries(error: unknown, msg: NodeMessage): unknown {
  const { tries, since } = attempts.get(msg) ?? { tries: 1, since: 0 };
  if (tries < 2) return error;
  const { code, message, details } = toErrorRecord(error);
  const seconds = Math.round((Date.now() - since) / 1000);
  return new SegmenterError(code, `${message} (tried ${tries} times in ${seconds} s)`, { ...details, tries });
}

/**
 * Does work that is a part of a message's, again after waits where it fails for a reason that may pass; for parts of which
 * others were sent already.
 * @param waits told of each wait: its milliseconds, and which try it is before
 * @throws what the last try threw; the error of the wait where the signal is set
 */
export async function patiently<T>(
  work: () => Promise<T>,
  { policy, seed, signal }: { policy: RetrySettings; seed: number; signal: AbortSignal },
  waits: (ms: number, next: number) => void,
): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await work();
    } catch (error) {
      if (tries >= policy.tries || signal.aborted || !isTransient(error)) throw error;
      const ms = waitAfter(tries, policy, seed);
      waits(ms, tries + 1);
      await sleep(ms, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) throw error;
    }
  }
}

/** Messages that wait for their next try, each for itself. */
export class WaitingRoom<T> {
  private readonly waiting = new Map<T, { timer: NodeJS.Timeout; due: number; tries: number }>();

  /** @param due called with each whose wait is over */
  constructor(private readonly due: (item: T) => void) {}

  get size(): number {
    return this.waiting.size;
  }

  has(item: T): boolean {
    return this.waiting.has(item);
  }

  /** Tells which of all is due first: in how many milliseconds, and how often it was tried. */
  first(): { ms: number; tries: number } | null {
    let first: { due: number; tries: number } | null = null;
    for (const each of this.waiting.values()) if (!first || each.due < first.due) first = each;
    return first && { ms: Math.max(0, first.due - Date.now()), tries: first.tries };
  }

  add(item: T, ms: number, tries: number): void {
    const timer = setTimeout(() => {
      this.waiting.delete(item);
      this.due(item);
    }, ms);
    this.waiting.set(item, { timer, due: Date.now() + ms, tries });
  }

  /** Takes out all that wait, in the order they came. */
  clear(): T[] {
    const items = [...this.waiting.keys()];
    for (const { timer } of this.waiting.values()) clearTimeout(timer);
    this.waiting.clear();
    return items;
  }
}
