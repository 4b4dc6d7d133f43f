import path from 'node:path';
import { createJobHost } from '../../src/jobs/host/job-host';
import { toyList } from './toy-jobs';

/** A host in a process of its own, to be killed: tells its worker's process id once the worker is busy. */
const settings = { roots: ['/'], modelsFolder: '/m', scratchFolder: '/s', scratchQuotaMB: 1 };
const host = createJobHost(settings, { entry: path.join(__dirname, 'toy-worker.js'), pixelWorkers: 1 });
const onProgress = () => process.send?.(host.stats().lanes[0].workers[0].pid);
host.run('list-samples', toyList({ do: 'progress', times: 1000, everyMs: 100 }), { onProgress });
