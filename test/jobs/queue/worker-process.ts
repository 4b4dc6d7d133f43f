import { queueAddress } from '../../../src/jobs/queue/address';
import { parseSharedFolders } from '../../../src/jobs/queue/shared-folders';
import { QueueWorker } from '../../../src/jobs/queue/worker/queue-worker';
import type { WorkerProcessOptions } from './lab';

/** A worker in a process of its own, to be killed: says its lines to who started it. */
const {
  address,
  root,
  cache,
  name,
  version,
  times,
  clockJumpMs = 0,
} = JSON.parse(process.argv[2]) as WorkerProcessOptions;
const clock = Date.now;
/** As where a clock is set, or a virtual machine was asleep. */
const jump = () => {
  Date.now = () => clock() + clockJumpMs;
};
const worker = new QueueWorker({
  address: queueAddress(address),
  folders: parseSharedFolders(root),
  ...{ scratchFolder: cache, scratchQuotaMB: 200, name, version, times },
  host: { pixelWorkers: 1 },
  log: (line) => {
    process.send?.(line);
    if (line.includes(' takes ')) setTimeout(jump, 500);
  },
});
process.on('SIGTERM', () => worker.close(true));
process.on('disconnect', () => process.exit(1));
worker.run().then(
  () => process.exit(0),
  (error: unknown) => {
    process.send?.(`failed: ${String(error)}`);
    process.exit(2);
  },
);
