import path from 'node:path';
import type { NodeAPI } from 'node-red';
import { SegmenterError } from '../../src/base/errors';
import type { HostStats } from '../../src/jobs/host/job-host';
import { softwareOf } from '../../src/reports/software';
import { existingJobAccess, jobAccess } from '../job-host-access';
import { resultsLog } from '../results-access';
import { answer, answerOwnSite } from './answer';
import { type Disk, DiskWatch } from './disk-watch';
import { healthOf } from './health-state';
import { metricsOf } from './metrics';
import { METRICS_TYPE } from './prometheus-text';

const BASE = '/segmenter';
const READ = 'segmenter-health.read';
/** Disks are looked at this often while there is work, in milliseconds. */
const WATCH_MS = 60_000;
const NO_STATS: HostStats = { lanes: [], jobs: [], running: [], predictsOn: null };

/**
 * Serves how this Node-RED's work is, to people and programs that watch it: `GET segmenter/health` as JSON, with status 503
 * where it is not ready, and `GET segmenter/metrics` as Prometheus reads it. Both take the permission `segmenter-health.read`.
 * Has an eye on the disks while there is work.
 * @param watchMs how often; shorter in tests
 * @returns ends that
 */
export function serveHealth(RED: NodeAPI, watchMs = WATCH_MS): () => void {
  const { httpAdmin, auth } = RED;
  const disks = askDisks(RED);
  const { version } = softwareOf();
  const now = async () => {
    // The look itself is work, and it may take some seconds.
    const known = await disks();
    return healthOf(statsNow(), known, resultsLog(RED).latest(), version);
  };
  httpAdmin.get(`${BASE}/health`, auth.needsPermission(READ), (_request, response) => {
    answerOwnSite(response);
    return answer(response, async () => {
      const health = await now();
      response.status(health.ready ? 200 : 503);
      return health;
    });
  });
  httpAdmin.get(`${BASE}/metrics`, auth.needsPermission(READ), (_request, response) => {
    answerOwnSite(response);
    return answer(response, async () => {
      const health = await now();
      response.set('content-type', METRICS_TYPE);
      response.end(metricsOf(health, statsNow()));
    });
  });
  return whileThereIsWork(disks, watchMs);
}

function statsNow(): HostStats {
  return existingJobAccess()?.host.stats() ?? NO_STATS;
}

/** @returns what looks at the disks of this Node-RED's folders; its answer is an error where `segmenter` in settings.js is wrong */
function askDisks(RED: NodeAPI): () => Promise<readonly Disk[] | SegmenterError> {
  let watch: DiskWatch | null = null;
  return async () => {
    try {
      watch ??= diskWatch(RED);
      return await watch.look();
    } catch (error) {
      if (error instanceof SegmenterError) return error;
      throw error;
    }
  };
}

/** Looks while jobs run or end: else nothing writes, and a process would live for it. @returns ends it */
function whileThereIsWork(look: () => Promise<unknown>, everyMs: number): () => void {
  let before = 0;
  const timer = setInterval(() => {
    const ended = jobsEnded();
    const isIdle = ended === before && statsNow().running.length === 0;
    before = ended;
    if (!isIdle) void look();
  }, everyMs);
  timer.unref();
  return () => clearInterval(timer);
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
