// Installs, builds, makes sample data and starts Node-RED with the quick start. `npm start`
//   -- --once            runs the quick start without an editor and ends with a summary
//   -- --port 1880       first port to try
//   -- --timeout 600     seconds after which --once gives up
//   -- --data FOLDER     lets the nodes read and write there, too; may be given again
import { copyFileSync, existsSync, mkdirSync, mkdtempSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { build } from './build.mjs';
import { startFirstRun } from './first-run.mjs';
import { follow } from './follow.mjs';
import { startNodeRed } from './node-red.mjs';
import { inRoot } from './paths.mjs';
import { stop } from './run.mjs';
import { setup } from './setup.mjs';
import { allowFolders, laySettings, readSettings } from './user-settings.mjs';

const QUICK_START = inRoot('examples', 'flows', 'quick-start-2d.json');
const SAMPLES = inRoot('sample-data');
const PORT = 1880;

const { values: options } = parseArgs({
  options: {
    once: { type: 'boolean', default: false },
    port: { type: 'string' },
    data: { type: 'string', multiple: true, default: [] },
    timeout: { type: 'string', default: '600' },
  },
});

allow(options.data);
await setup();
console.log('start: build');
await build();
console.log(`start: sample data in ${SAMPLES}`);
await makeSampleData();
process.env.SEGMENTER_SAMPLES = SAMPLES;
if (options.once) await runOnce();
else await serve();

async function makeSampleData() {
  const require = createRequire(import.meta.url);
  await require(inRoot('dist', 'src', 'simulation', 'make-sample-data.js')).makeSampleData(SAMPLES);
}

function allow(folders) {
  try {
    for (const folder of allowFolders(folders)) console.log(`start: ${folder} may be read and written`);
  } catch (error) {
    stop(error.message);
  }
}

/** Node-RED with the editor until Ctrl+C. Flow and settings of the user folder are the user's own: made once, never replaced. */
async function serve() {
  const userDir = inRoot('.user');
  layFlow(userDir);
  const settings = settingsOf(laySettings(userDir));
  const port = Number(options.port ?? settings.uiPort ?? PORT);
  const { RED, url, started, stop: end } = await startNodeRed({ userDir, port, settings });
  console.log(
    `\nNode-RED is at ${url} (Ctrl+C ends it), without telemetry: nothing leaves this machine\nSettings, such as folders of your own data: ${path.join(userDir, 'settings.js')}`,
  );
  const lookAt = `The editor stays open at ${url}\nThe results with their pictures: ${url}segmenter/results/`;
  follow(RED).then(
    (outcome) => console.log(`\n${summary(outcome)}\n${lookAt}`),
    (error) => console.error(`\nThe flow reported an error: ${error.message}\n${lookAt}`),
  );
  await started;
  const runs = startFirstRun(RED, modelsFolder(RED));
  console.log(runs ? 'The quick start runs now, this first time by itself; what its nodes say:\n' : lookAt);
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.once(signal, async () => {
      await end();
      process.exit(0);
    });
  }
}

/** The quick start without an editor in a folder of its own: a summary and exit code 0, or the reason and 1. */
async function runOnce() {
  const userDir = mkdtempSync(path.join(os.tmpdir(), 'segmenter-once-'));
  layFlow(userDir);
  const port = Number(options.port ?? PORT);
  const { RED, started, stop: end } = await startNodeRed({ userDir, port, editor: false });
  try {
    const outcome = follow(RED);
    await started;
    startFirstRun(RED, modelsFolder(RED));
    console.log(summary(await Promise.race([outcome, deadline(Number(options.timeout))])));
    await end();
    process.exit(0);
  } catch (error) {
    await end();
    stop(`The quick start failed. ${error.message}`);
  }
}

function modelsFolder(RED) {
  const { hostSettings } = createRequire(import.meta.url)(inRoot('dist', 'src', 'jobs', 'host', 'host-settings.js'));
  return hostSettings(RED.settings).modelsFolder;
}

function settingsOf(file) {
  try {
    return readSettings(file);
  } catch (error) {
    return stop(error.message);
  }
}

function layFlow(userDir) {
  mkdirSync(userDir, { recursive: true });
  const flow = path.join(userDir, 'flows.json');
  if (!existsSync(flow)) copyFileSync(QUICK_START, flow);
}

function deadline(seconds) {
  return new Promise((_, reject) => {
    setTimeout(() => reject(new Error(`It was not done after ${seconds} s.`)), seconds * 1000).unref();
  });
}

function summary({ model, scores, saved }) {
  return [
    `Mean Dice on ${scores.count} images the training never saw: ${scores.mean.dice.toFixed(3)}`,
    `Model: ${model.name}@${model.version}, ${model.uri}`,
    ...saved.map((file) => `Mask:  ${file}`),
  ].join('\n');
}
