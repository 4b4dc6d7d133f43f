// Does the predictions and trainings of other machines: takes them from a queue, works with this machine's own processes.
// `npx @segmenter/node-red-segmenter worker --queue redis://queue.lab:6379 [--root lab=/mnt/lab]`
//   --queue ADDRESS      redis://, rediss:// or postgres://; else the variable SEGMENTER_QUEUE. User and password are taken
//                        from SEGMENTER_QUEUE_USER and SEGMENTER_QUEUE_PASSWORD: what a command line holds many can read
//   --root NAME=FOLDER   a folder that the askers share by this name; once for each. What lies in none is fetched from the
//                        askers over HTTP, where their compute node says that it is sent
//   --jobs predict,train what this machine does; default: both
//   --name NAME          how it is called; default: the name of the machine
//   --cache FOLDER       where it works; default: the system's cache folder
//   --cache-mb NUMBER    megabytes that results may take there, and as many again what was fetched; default: 20000
//   --once               ends after one job
//   --drain              ends when nothing waits any more
// Ends on SIGTERM and SIGINT: what is at work goes back to the queue; on SIGUSR2 it is finished first. Exit code 0.
import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { inRoot } from './paths.mjs';
import { ready } from './ready.mjs';
import { stop } from './run.mjs';

const { values: options } = parseArgs({
  options: {
    queue: { type: 'string', default: process.env.SEGMENTER_QUEUE },
    root: { type: 'string', multiple: true, default: [] },
    jobs: { type: 'string', default: 'predict,train' },
    name: { type: 'string' },
    cache: { type: 'string' },
    'cache-mb': { type: 'string', default: '20000' },
    once: { type: 'boolean', default: false },
    drain: { type: 'boolean', default: false },
  },
});
if (!options.queue) stop('worker: expected --queue ADDRESS, such as --queue redis://queue.lab:6379');
await ready();
const load = (module) => createRequire(import.meta.url)(inRoot('dist', 'src', module));
const { queueAddress, redacted } = load('jobs/queue/address.js');
const { parseSharedFolders } = load('jobs/queue/shared-folders.js');
const { ownPackage } = load('base/own-package.js');
const { COMPUTING_JOBS } = load('jobs/job-types.js');
const { QueueWorker } = load('jobs/queue/worker/queue-worker.js');
const { defaultCacheFolder } = load('storage/paths.js');

const say = (line) => console.log(`${new Date().toISOString()} ${line}`);
let address;
let worker;
try {
  const { SEGMENTER_QUEUE_USER: user, SEGMENTER_QUEUE_PASSWORD: password } = process.env;
  address = queueAddress(options.queue, { user, password });
  const jobs = options.jobs.split(',').map((job) => job.trim());
  const unknown = jobs.find((job) => !COMPUTING_JOBS.includes(job));
  if (unknown !== undefined) stop(`worker: --jobs: expected some of ${COMPUTING_JOBS.join(', ')}, got ${unknown}`);
  const scratchFolder = options.cache ? path.resolve(options.cache) : defaultCacheFolder();
  const scratchQuotaMB = Number(options['cache-mb']);
  if (!(scratchQuotaMB > 0)) stop(`worker: --cache-mb: expected a number above 0, got ${options['cache-mb']}`);
  mkdirSync(scratchFolder, { recursive: true });
  const { name, once, drain } = options;
  const folders = parseSharedFolders(options.root.join(';'));
  worker = new QueueWorker({
    ...{ address, folders, scratchFolder, scratchQuotaMB, version: ownPackage().version },
    ...{ name, jobs, once, drain, log: say },
  });
  let isEnding = false;
  for (const [signal, giveBack] of [
    ['SIGTERM', true],
    ['SIGINT', true],
    ...(process.platform === 'win32' ? [] : [['SIGUSR2', false]]),
  ]) {
    process.on(signal, () => {
      // Who asks twice does not want to wait.
      if (isEnding && giveBack) process.exit(1);
      isEnding = true;
      say(giveBack ? 'ending: what is at work goes back to the queue' : 'ending: what is at work is finished first');
      worker.close(giveBack);
    });
  }
  say(`worker of ${address.shown}: trying the devices of this machine, which takes up to a minute`);
  await worker.run();
  say('ended');
} catch (error) {
  stop(`worker: ${address ? redacted(error.message, address) : error.message}`);
}
process.exit(0);
