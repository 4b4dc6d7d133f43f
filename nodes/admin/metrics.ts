import { SECONDS_BOUNDS } from '../../src/jobs/host/job-counters';
import type { HostStats } from '../../src/jobs/host/job-host';
import { resultCounts } from '../result-counts';
import type { Health } from './health-state';
import { type Family, prometheusText } from './prometheus-text';

/** Tells a machine's work as Prometheus reads it. */
export function metricsOf(health: Health, stats: HostStats): string {
  return prometheusText([...stateOf(health), ...jobsOf(stats), resultsOf()]);
}

function stateOf({ ready, version, uptimeSeconds, queues, disks, lastResult }: Health): Family[] {
  const known = disks.filter(({ freeBytes }) => freeBytes !== null);
  const ofQueue = (what: 'running' | 'waiting' | 'workers') =>
    queues.map(({ name, ...counts }) => ({ labels: { queue: name }, value: counts[what] }));
  const last = lastResult ? [{ value: Date.parse(lastResult.at) / 1000 }] : [];
  return [
    gauge('segmenter_info', 'Version of the package; always 1.', [{ labels: { version }, value: 1 }]),
    gauge('segmenter_ready', '1: what comes now will be done; 0: segmenter/health says why not.', [
      { value: Number(ready) },
    ]),
    gauge('segmenter_uptime_seconds', 'Age of the Node-RED process.', [{ value: uptimeSeconds }]),
    gauge('segmenter_queue_waiting', 'Jobs that wait for their turn.', ofQueue('waiting')),
    gauge('segmenter_queue_running', 'Jobs that have their turn.', ofQueue('running')),
    gauge('segmenter_workers', 'Worker processes that are alive.', ofQueue('workers')),
    gauge('segmenter_last_result_timestamp_seconds', 'When a result last passed a node.', last),
    gauge(
      'segmenter_disk_free_bytes',
      'Free space of the disk of a folder; absent: not known.',
      known.map(({ place, freeBytes }) => ({ labels: { place }, value: freeBytes ?? 0 })),
    ),
    gauge(
      'segmenter_disk_size_bytes',
      'Size of that disk.',
      known.map(({ place, sizeBytes }) => ({ labels: { place }, value: sizeBytes ?? 0 })),
    ),
    gauge(
      'segmenter_disk_silent',
      '1: the disk of a folder did not answer.',
      disks.map(({ place, level }) => ({ labels: { place }, value: Number(level === 'silent') })),
    ),
  ];
}

function jobsOf({ jobs }: HostStats): Family[] {
  return [
    {
      name: 'segmenter_jobs_done_total',
      help: 'Jobs that gave a result.',
      type: 'counter',
      samples: jobs.map(({ job, done }) => ({ labels: { job }, value: done })),
    },
    {
      name: 'segmenter_jobs_failed_total',
      help: 'Jobs that ended otherwise, by code of the error; cancelled ones among them.',
      type: 'counter',
      samples: jobs.flatMap(({ job, failed }) =>
        Object.entries(failed).map(([code, value]) => ({ labels: { job, code }, value })),
      ),
    },
    {
      name: 'segmenter_job_seconds',
      help: 'Time from a turn of a job to its end, waiting not counted.',
      type: 'histogram',
      samples: jobs.flatMap(({ job, seconds: { count, sum, upTo } }) => [
        ...upTo.map((value, i) => ({ suffix: '_bucket', labels: { job, le: String(SECONDS_BOUNDS[i]) }, value })),
        { suffix: '_bucket', labels: { job, le: '+Inf' }, value: count },
        { suffix: '_sum', labels: { job }, value: sum },
        { suffix: '_count', labels: { job }, value: count },
      ]),
    },
  ];
}

function resultsOf(): Family {
  return {
    name: 'segmenter_results_total',
    help: 'Samples that passed a node, by verdict; none: nobody judged it.',
    type: 'counter',
    samples: resultCounts().map(({ type, outcome, count }) => ({
      labels: { node: type, verdict: outcome },
      value: count,
    })),
  };
}

function gauge(name: string, help: string, samples: Family['samples']): Family {
  return { name, help, type: 'gauge', samples };
}
