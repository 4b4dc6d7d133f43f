import http from 'node:http';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { inRoot, root } from './paths.mjs';

const PORTS_TO_TRY = 50;

/**
 * Starts Node-RED in this process with the nodes of this folder, on 127.0.0.1 and the first free port from `port` on.
 * `settings` go before what is set here, but for where things lie and what is served.
 * Everything it writes lies below `userDir`; it asks no server on the internet for anything: telemetry, tours and the palette's catalogue are off.
 * @returns the runtime, the address of the editor, a promise of the flows' start and a function that stops it all
 */
export async function startNodeRed({ userDir, port = 1880, editor = true, settings = {} }) {
  const RED = createRequire(inRoot('package.json'))('node-red');
  const server = http.createServer();
  const { uiHost = '127.0.0.1', segmenter = {}, editorTheme = {} } = settings;
  const uiPort = await listen(server, port, uiHost);
  RED.init(server, {
    credentialSecret: false,
    telemetry: { enabled: false },
    logging: { console: { level: 'off' }, terminal: { level: 'warn', handler: () => logLine } },
    paletteCategories: ['subflows', 'segmentation', 'common', 'function', 'network', 'sequence', 'parser', 'storage'],
    apiMaxLength: '100mb',
    ...settings,
    editorTheme: { tours: false, palette: { catalogues: [] }, page: { title: 'Segmenter' }, ...editorTheme },
    uiHost,
    uiPort,
    userDir,
    flowFile: 'flows.json',
    nodesDir: [root],
    httpNodeRoot: '/',
    httpAdminRoot: editor ? '/' : false,
    segmenter: segmenterSettings(userDir, segmenter),
  });
  server.on('request', (request, response) => {
    const toFlows = () => RED.httpNode(request, response);
    if (editor) RED.httpAdmin(request, response, toFlows);
    else toFlows();
  });
  const started = new Promise((resolve) => RED.events.once('flows:started', resolve));
  await RED.start();
  const stop = async () => {
    await RED.stop();
    server.closeAllConnections();
    server.close();
  };
  return {
    RED,
    url: `http://${uiHost === '0.0.0.0' || uiHost === '::' ? '127.0.0.1' : uiHost}:${uiPort}/`,
    started,
    stop,
  };
}

/** Warnings of nodes and all errors; Node-RED's own warnings are about settings made here. */
function logLine({ level, type, name, id, msg }) {
  const isError = level <= 20;
  if (isError || id)
    console.log([isError ? 'error:' : 'warning:', name || type, msg?.message ?? msg].filter(Boolean).join(' '));
}

/** Models and intermediate images stay in the user folder; this folder may be read and written, wherever it lies. */
function segmenterSettings(userDir, { roots = [os.homedir(), os.tmpdir()], ...given }) {
  return {
    models: path.join(userDir, 'models'),
    scratch: path.join(userDir, 'scratch'),
    ...given,
    roots: [root, userDir, ...roots],
  };
}

async function listen(server, first, host) {
  for (let port = first; port < first + PORTS_TO_TRY; port++) {
    const error = await new Promise((resolve) => {
      server.once('error', resolve);
      server.listen(port, host, () => resolve(null));
    });
    server.removeAllListeners('error');
    if (!error) return server.address().port;
    if (error.code !== 'EADDRINUSE') throw error;
  }
  throw new Error(`no free port between ${first} and ${first + PORTS_TO_TRY - 1} on ${host}`);
}
