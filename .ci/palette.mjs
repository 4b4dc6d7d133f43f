// Installs a packed package into an empty user folder of Node-RED as its palette does, imports every example and runs the quick
// start. `node palette.mjs NODE_RED_FOLDER HOME TARBALL`; HOME is an empty folder that stands for a person's home.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { createRequire } from 'node:module';
import path from 'node:path';

const LEAST_DICE = 0.8;
/** Millions of bytes on disk, without what is needless; and MiB with it. */
const MOST_MB = 350;
const MOST_MIB = 350;
/** npm 10 installs it on every system, npm 11 where it is of use only. */
const NEEDLESS = '@img/sharp-wasm32';
const NAME = '@segmenter/node-red-segmenter';
const [nodeRed, home, tarball] = process.argv.slice(2);
process.env.HOME = home;
const userDir = path.join(home, '.node-red');
mkdirSync(userDir, { recursive: true });
// The line of docs/install.md.
writeFileSync(path.join(userDir, '.npmrc'), 'onnxruntime-node-install=skip\n');

const RED = createRequire(path.join(nodeRed, 'package.json'))('node-red');
const server = http.createServer();
// A machine with other work is slow to ask again, and a connection that was closed meanwhile is an error.
server.keepAliveTimeout = 120_000;
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const { port } = server.address();
const settings = { userDir, uiHost: '127.0.0.1', uiPort: port, httpAdminRoot: '/', httpNodeRoot: '/' };
RED.init(server, { ...settings, flowFile: 'flows.json', credentialSecret: false, telemetry: { enabled: false } });
server.on('request', (request, response) => RED.httpAdmin(request, response));
await RED.start();
process.exitCode = 1;
try {
  await install();
  const examples = await importExamples();
  await runQuickStart(examples.get('quick-start-2d'));
  process.exitCode = 0;
} finally {
  await RED.stop();
  setTimeout(() => process.exit(), 1000).unref();
  server.closeAllConnections();
  server.close();
}

async function ask(address, options = {}) {
  const response = await fetch(`http://127.0.0.1:${port}/${address}`, options);
  const text = await response.text();
  assert.ok(response.ok, `${options.method ?? 'GET'} ${address}: ${response.status} ${text.slice(0, 2000)}`);
  return text === '' ? null : JSON.parse(text);
}

/** As the dialog "Manage palette" does with a file. */
async function install() {
  const form = new FormData();
  form.append('tarball', new Blob([readFileSync(tarball)]), path.basename(tarball));
  const begun = Date.now();
  const { name, nodes } = await ask('nodes', { method: 'POST', body: form });
  assert.equal(name, NAME);
  const wrong = nodes.filter(({ enabled, err }) => !enabled || err);
  assert.deepEqual(wrong, []);
  const installed = path.join(userDir, 'node_modules');
  const bytes = sizeOf(installed);
  const needless = existsSync(path.join(installed, NEEDLESS)) ? sizeOf(path.join(installed, NEEDLESS)) : 0;
  const seconds = Math.round((Date.now() - begun) / 1000);
  const [all, needed, mebibytes] = [bytes / 1e6, (bytes - needless) / 1e6, bytes / 2 ** 20].map((size) =>
    size.toFixed(1),
  );
  console.log(
    `Node-RED ${RED.version()}: ${nodes.length} node sets installed in ${seconds} s, ${all} MB (${mebibytes} MiB), ${needed} MB without ${NEEDLESS}`,
  );
  assert.ok(needed <= MOST_MB, `${needed} MB are installed without ${NEEDLESS}, expected at most ${MOST_MB}`);
  assert.ok(mebibytes <= MOST_MIB, `${mebibytes} MiB are installed, expected at most ${MOST_MIB}`);
  assert.ok(!existsSync(path.join(installed, '@tensorflow')), 'TensorFlow is installed, which nobody asked for');
}

/** Bytes on disk. */
function sizeOf(folder) {
  return 1024 * Number(execFileSync('du', ['-sk', folder], { encoding: 'utf8' }).split('\t')[0]);
}

/** Every example as the dialog "Import" reads it, deployed with nothing that starts by itself. @returns flows by name */
async function importExamples() {
  const folder = `library/examples/flows/${NAME}/flows/`;
  const names = (await ask(folder)).map(({ fn }) => fn);
  const files = readdirSync(path.join(userDir, 'node_modules', NAME, 'examples', 'flows'));
  assert.deepEqual(names.map(String).sort(), files.map((file) => file.replace(/\.json$/, '')).sort());
  const examples = new Map();
  for (const name of names) {
    // Widgets of a dashboard and clients of OPC UA are of other packages, without which Node-RED would start no flow.
    const flow = (await ask(`${folder}${name}`)).filter(({ type }) => !/^(ui-|OpcUa-)/.test(type));
    await deploy(flow.map((node) => (node.type === 'inject' ? { ...node, once: false, repeat: '' } : node)));
    for (const { id, type } of flow) {
      if (type.startsWith('segmenter-')) assert.ok(RED.nodes.getNode(id), `${name}: ${type} ${id} does not run`);
    }
    examples.set(name, flow);
  }
  console.log(`imported ${names.join(', ')}`);
  return examples;
}

async function deploy(flows) {
  const headers = { 'content-type': 'application/json', 'node-red-deployment-type': 'full' };
  const started = new Promise((resolve) => RED.events.once('flows:started', resolve));
  await ask('flows', { method: 'POST', headers, body: JSON.stringify(flows) });
  await started;
}

/** With a shorter training; the masks must be written and fit the truth. */
async function runQuickStart(flow) {
  const installed = createRequire(path.join(userDir, 'node_modules', NAME, 'package.json'));
  // The folder in which the examples look for them.
  await installed('./dist/src/simulation/make-sample-data.js').makeSampleData(path.join(home, 'segmenter-samples'));
  const outcome = watch();
  outcome.catch(() => undefined);
  const shorter = { 'segmenter-train': { modelSize: 'small', epochs: 4 } };
  await deploy(flow.map((node) => ({ ...node, ...shorter[node.type] })));
  RED.nodes.getNode('quick2d-start').receive({});
  const { scores, saved } = await outcome;
  console.log(`mean Dice ${scores.mean.dice.toFixed(3)}, ${saved.length} masks saved`);
  assert.equal(saved.length, scores.count);
  assert.ok(scores.mean.dice > LEAST_DICE, `Dice ${scores.mean.dice}, expected more than ${LEAST_DICE}`);
  const { openImage } = installed('./dist/src/formats/index.js');
  for (const file of saved) await (await openImage(file.path ?? file)).close();
}

function watch() {
  return new Promise((resolve, reject) => {
    const saved = [];
    let [scores, unsaved] = [null, null];
    const check = () => unsaved === 0 && scores && resolve({ scores, saved });
    RED.hooks.add('onComplete.check', ({ msg, error, node: { node } }) => {
      if (error) reject(new Error(`${node.type}: ${error}`));
      if (node.type !== 'segmenter-save-image') return;
      saved.push(...Object.values(msg.payload?.saved ?? {}));
      unsaved = (unsaved ?? msg.parts.count) - 1;
      check();
    });
    RED.hooks.add('onSend.check', (events) => {
      for (const { msg, source } of events) {
        if (source.node.type === 'segmenter-evaluate' && source.port === 1) scores = msg.payload;
      }
      check();
    });
    setTimeout(() => reject(new Error('the flow did not end within 180 s')), 180_000).unref();
  });
}
