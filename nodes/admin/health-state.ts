import { SegmenterError } from '../../src/base/errors';
import type { HostStats } from '../../src/jobs/host/job-host';
import type { ResultRow } from '../../src/results/result-entry';
import type { Disk } from './disk-watch';

/** A job that gave no sign for so long counts as stuck, in milliseconds; what hangs in a native call is ended by then. */
const STUCK_MS = 30 * 60_000;

/** What `segmenter/health` answers. */
export interface Health {
  /** whether what comes now will be done; else `reasons` say why not */
  ready: boolean;
  reasons: string[];
  /** what will be a reason soon */
  warnings: string[];
  version: string;
  uptimeSeconds: number;
  /** lanes that had work; `workers`: processes that are alive */
  queues: Array<{ name: string; running: number; waiting: number; workers: number }>;
  /** null: none since Node-RED began, nor in its log */
  lastResult: { at: string; sample: string; node: ResultRow['node']; failed: string | null } | null;
  disks: readonly Disk[];
  /** null: nothing was predicted since Node-RED began */
  predictsOn: HostStats['predictsOn'];
}

/**
 * Judges how the work is.
 * @param disks an error where `segmenter` in settings.js is wrong
 * @param last the newest result; null: none is known
 */
export function healthOf(
  { lanes, running, predictsOn }: HostStats,
  disks: readonly Disk[] | SegmenterError,
  last: ResultRow | null,
  version: string,
): Health {
  const known = disks instanceof SegmenterError ? [] : disks;
  const reasons = [
    ...(disks instanceof SegmenterError ? [disks.message] : []),
    ...known.filter(({ level }) => level === 'full' || level === 'silent').map(({ problem }) => problem ?? ''),
    ...running
      .filter(({ silentFor }) => silentFor > STUCK_MS)
      .map(
        ({ lane, job, silentFor }) => `${lane} queue: ${job} gave no sign for ${Math.round(silentFor / 60_000)} min`,
      ),
  ];
  return {
    ready: reasons.length === 0,
    reasons,
    warnings: known.flatMap(({ level, problem }) => (level === 'low' || level === 'unknown' ? (problem ?? []) : [])),
    version,
    uptimeSeconds: Math.round(process.uptime()),
    queues: lanes.map(({ name, workers, ...counts }) => ({ name, ...counts, workers: workers.length })),
    lastResult: last && {
      at: new Date(last.at).toISOString(),
      ...{ sample: last.sample, node: last.node, failed: last.failed },
    },
    disks: known,
    predictsOn,
  };
}
