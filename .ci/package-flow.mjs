// Runs the example quick-start-2d of the installed package in this folder's Node-RED, and checks its scores and files.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { createRequire } from 'node:module';
import path from 'node:path';

const LEAST_DICE = 0.8;
const folder = process.cwd();
const require = createRequire(path.join(folder, 'package.json'));
const installed = path.join(folder, 'node_modules/@segmenter/node-red-segmenter');
const samples = path.join(folder, 'samples');
process.env.SEGMENTER_SAMPLES = samples;
await require(path.join(installed, 'dist/src/simulation/make-sample-data.js')).makeSampleData(samples);

const changes = { 'segmenter-train': { modelSize: 'small', epochs: 4 } };
const flow = JSON.parse(readFileSync(path.join(installed, 'examples/flows/quick-start-2d.json'), 'utf8'));
const userDir = path.join(folder, 'user');
mkdirSync(userDir);
writeFileSync(
  path.join(userDir, 'flows.json'),
  JSON.stringify(flow.map((node) => ({ ...node, ...changes[node.type] }))),
);
// As npm in the user folder would have it: Node-RED finds the package by its name.
symlinkSync(path.join(folder, 'node_modules'), path.join(userDir, 'node_modules'));
writeFileSync(
  path.join(userDir, 'package.json'),
  JSON.stringify({ dependencies: { '@segmenter/node-red-segmenter': '*' } }),
);

const RED = require('node-red');
RED.init(http.createServer(), {
  userDir,
  flowFile: 'flows.json',
  httpAdminRoot: false,
  credentialSecret: false,
  telemetry: { enabled: false },
  segmenter: { roots: [folder] },
});
const outcome = new Promise((resolve, reject) => {
  const saved = [];
  let [scores, unsaved] = [null, null];
  RED.hooks.add('onComplete.check', ({ msg, error, node: { node } }) => {
    if (error) reject(new Error(`${node.type}: ${error.message ?? error}`));
    if (node.type !== 'segmenter-save-image') return;
    saved.push(...Object.values(msg.payload?.saved ?? {}));
    unsaved = (unsaved ?? msg.parts.count) - 1;
    if (unsaved === 0 && scores) resolve({ scores, saved });
  });
  RED.hooks.add('onSend.check', (events) => {
    for (const { msg, source } of events) {
      if (source.node.type === 'segmenter-evaluate' && source.port === 1) scores = msg.payload;
    }
    if (unsaved === 0 && scores) resolve({ scores, saved });
  });
  setTimeout(() => reject(new Error('the flow did not end within 180 s')), 180_000).unref();
});
outcome.catch(() => undefined);
const started = new Promise((resolve) => RED.events.once('flows:started', resolve));
await RED.start();
await started;
RED.nodes.getNode('quick2d-start').receive({});
try {
  const { scores, saved } = await outcome;
  const { dice } = scores.mean;
  console.log(`mean Dice ${dice.toFixed(3)}, ${saved.length} masks saved`);
  assert.equal(saved.length, scores.count);
  assert.ok(dice > LEAST_DICE, `Dice ${dice}, expected more than ${LEAST_DICE}`);
  const { openImage } = require(path.join(installed, 'dist/src/formats/index.js'));
  for (const file of saved) await (await openImage(file.path ?? file)).close();
} finally {
  await RED.stop();
}
process.exit(0);
