import path from 'node:path';
import type { NodeAPI } from 'node-red';
import { SegmenterError } from '../../src/base/errors';
import type { HostStats } from '../../src/jobs/host/job-host';
import { softwareOf } from '../../src/reports/software';
import type { ResultRow } from '../../src/results/result-entry';
import { existingJobAccess, jobAccess } from '../job-host-access';
import { resultsLog } from '../results-access';
import { answer, answerOwnSite } from './answer';
import { type Disk, DiskWatch } from './disk-watch';
import { metricsOf } from './metrics';
import { METRICS_TYPE } from './prometheus-text';

const BASE = '/segmenter';
const READ = 'segmenter-health.read';
/** A job that gave no sign for so long counts as stuck, in milliseconds; what hangs in a native call ends long before. */
const STUCK_MS = 30 * 60_000;
/** Disks are looked at this often while there is work, in milliseconds. */
const WATCH_MS = 60_000;
const NO_STATS: HostStats = { lanes: [], jobs: [], running: [], predictsOn: null };

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
 * Serves how this Node-RED's work is, to people and programs that watch it: `GET segmenter/health` as JSON, with status 503
 * where it is not ready, and `GET segmenter/metrics` as Prometheus reads it. Both take the permission `segmenter-health.read`.
 * Has an eye on the disks while there is work.
 */
export function serveHealth(RED: NodeAPI): void {
  const { httpAdmin, auth } = RED;
  const disks = watchDisks(RED);
  const { version } = softwareOf();
  httpAdmin.get(`${BASE}/health`, auth.needsPermission(READ), (_request, response) => {
    answerOwnSite(response);
    return answer(response, async () => {
      const health = await healthOf(RED, version, await disks());
      response.status(health.ready ? 200 : 503);
      return health;
    });
  });
  httpAdmin.get(`${BASE}/metrics`, auth.needsPermission(READ), (_request, response) => {
    answerOwnSite(response);
    return answer(response, async () => {
      const health = await healthOf(RED, version, await disks());
      response.set('content-type', METRICS_TYPE);
      response.end(metricsOf(health, statsNow()));
    });
  });
}

function healthOf(RED: NodeAPI, version: string, disks: readonly Disk[] | SegmenterError): Health {
  const { lanes, running, predictsOn } = statsNow();
  const last = resultsLog(RED).latest();
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

function statsNow(): HostStats {
  return existingJobAccess()?.host.stats() ?? NO_STATS;
}

/**
 * Watches the disks of this Node-RED's folders, while jobs end or run: else nothing writes, and a process would live for it.
 * @returns what looks at them; its answer is an error where `segmenter` in settings.js is wrong
 */
function watchDisks(RED: NodeAPI): () => Promise<readonly Disk[] | SegmenterError> {
  let watch: DiskWatch | null = null;
  const look = async () => {
    try {
      watch ??= diskWatch(RED);
      return await watch.look();
    } catch (error) {
      if (error instanceof SegmenterError) return error;
      throw error;
    }
  };
  let before = 0;
  const timer = setInterval(() => {
    const ended = jobsEnded();
    if (ended === before && statsNow().running.length === 0) return;
    before = ended;
    void look();
  }, WATCH_MS);
  timer.unref();
  return look;
}

/** Of all but looks at disks, so that these do not go on for their own sake. */
function jobsEnded(): number {
  const counts = statsNow().jobs.filter(({ job }) => job !== 'disk-space');
  return counts.flatMap(({ done, failed }) => [done, ...Object.values(failed)]).reduce((sum, count) => sum + count, 0);
}

function diskWatch(RED: NodeAPI): DiskWatch {
  const { settings } = jobAccess(RED);
  const { userDir } = RED.settings as { userDir?: string };
  return new DiskWatch({
    folders: {
      scratch: settings.scratchFolder,
      models: settings.modelsFolder,
      ...(userDir === undefined ? {} : { user: path.resolve(userDir) }),
    },
    ask: async (folder) => (await jobAccess(RED).host.run('disk-space', { folder })).space,
    warn: (message) => RED.log.warn(message),
    info: (message) => RED.log.info(message),
  });
}
