import { readFileSync } from 'node:fs';
import path from 'node:path';
import { SegmenterError, toErrorRecord } from '../../base/errors';
import { isRecord } from '../../base/plain-json';
import { isInside, toPath } from '../../storage/paths';
import { isWebAddress } from '../../storage/roots';

/** How long a place that did not answer is not asked again. */
const FORGET_MS = 30_000;
const MOST_PLACES = 100;

/**
 * Remembers folders whose disk did not answer, so that those who ask next need not wait as long, nor keep others waiting:
 * of a thousand messages about a dead share all but the first have their answer at once.
 */
export class DeadPlaces {
  /** folder to the time when it may be asked again */
  private readonly until = new Map<string, number>();

  /**
   * @param wholes folders that are dead as a whole where anything in them is: jobs name what they need of these by name
   * @param now milliseconds; replaced in tests
   */
  constructor(
    private readonly wholes: readonly string[] = [],
    private readonly now: () => number = () => performance.now(),
  ) {}

  /**
   * Does work, unless a place that it needs, or a folder above, did not answer a short while ago.
   * @param needs the paths and `file://` URIs among its texts are places
   * @param blamed the place that a timeout is about which names none
   * @throws SegmenterError `timeout`; what `work` throws
   */
  async ask<T>(needs: unknown, work: () => Promise<T>, blamed?: string): Promise<T> {
    this.forget();
    // Most of the time nothing is dead, and nothing need be looked through.
    for (const place of this.until.size > 0 ? placesIn(needs) : []) {
      for (const [dead] of this.until) {
        if (!isInside(dead, place)) continue;
        const message = `${place}: its disk or network share did not answer a short while ago; is it within reach?`;
        throw new SegmenterError('timeout', message, { path: place });
      }
    }
    try {
      return await work();
    } catch (error) {
      const { code, details } = toErrorRecord(error);
      const place = typeof details?.path === 'string' ? details.path : blamed;
      // What answers, be it with an error, keeps nobody waiting.
      const isSilent = code === 'timeout' && details?.systemCode === undefined;
      const dead = isSilent && place !== undefined ? this.deadFolder(place) : null;
      if (dead !== null) this.until.set(dead, this.now() + FORGET_MS);
      throw error;
    }
  }

  /**
   * What does not answer where a place does not: the share or disk that it lies on, or where that is the system's own, the
   * folder; null where that would be everything, and for a server, which is no disk.
   */
  private deadFolder(place: string): string | null {
    if (isWebAddress(place)) return null;
    const full = path.resolve(toPath(place));
    const above = [...mountPoints(), ...this.wholes.map((whole) => path.resolve(whole))];
    const holding = above.filter((point) => isInside(point, full));
    if (holding.length > 0) return holding.reduce((a, b) => (b.length > a.length ? b : a));
    const folder = path.dirname(full);
    return folder === path.parse(full).root ? null : folder;
  }

  private forget(): void {
    for (const [folder, until] of this.until) {
      if (until <= this.now() || this.until.size > MOST_PLACES) this.until.delete(folder);
    }
  }
}

/** Where disks and shares are mounted, but for the root. The list is memory: it answers whatever the disks do. */
function mountPoints(): string[] {
  if (process.platform !== 'linux') return [];
  try {
    const lines = readFileSync('/proc/self/mountinfo', 'utf8').split('\n');
    const points = lines.map((line) => (line.split(' ')[4] ?? '').replaceAll('\\040', ' '));
    return points.filter((point) => point.length > 1);
  } catch {
    return [];
  }
}

/** The absolute paths that a value of JSON names. */
function placesIn(value: unknown): Set<string> {
  const places = new Set<string>();
  const open: unknown[] = [value];
  for (let next = open.pop(); open.length > 0 || next !== undefined; next = open.pop()) {
    if (Array.isArray(next)) for (const item of next as unknown[]) open.push(item);
    else if (isRecord(next)) for (const item of Object.values(next)) open.push(item);
    else if (typeof next === 'string') {
      const place = pathOf(next);
      if (place !== null) places.add(place);
    }
  }
  return places;
}

function pathOf(text: string): string | null {
  try {
    const place = toPath(text);
    return path.isAbsolute(place) ? path.resolve(place) : null;
  } catch {
    // An address on the network, or no path at all.
    return null;
  }
}
