// For tests: Node-RED in a process of its own that tells its parent what happens in its flows.
// `fork('scripts/flow-host.mjs', [userDir, port, settings as JSON])`; flows are deployed through the admin API. The
// parent's message "longest delay" is answered with how long the event loop was held at most since the last answer, "stop" ends it.
import { EventEmitter } from 'node:events';
import { plainJson } from '../dist/src/base/plain-json.js';
import { show } from '../dist/src/base/show.js';
import { startNodeRed } from './node-red.mjs';

const [userDir, port, settings = '{}'] = process.argv.slice(2);
const { RED, url, started, stop } = await startNodeRed({
  userDir,
  port: Number(port),
  settings: { disableEditor: true, ...JSON.parse(settings) },
});

// A parent that has gone needs no answer.
const tell = (event) => process.connected && process.send(event, () => undefined);
const about = (node) => ({ id: node.id, node: node.type, name: node.name ?? '' });

RED.hooks.add('onSend.flow-host', (events) => {
  for (const { msg, source } of events)
    tell({ type: 'sent', ...about(source.node), port: source.port, msg: plain(msg) });
});
RED.hooks.add('onComplete.flow-host', ({ msg, error, node: { node } }) => {
  if (error)
    tell({ type: 'error', ...about(node), error: String(error.message ?? error), code: error.code, msg: plain(msg) });
  else tell({ type: 'complete', ...about(node), msg: plain(msg) });
});
RED.events.on('node-status', ({ id, status }) => {
  const node = RED.nodes.getNode(id);
  if (node) tell({ type: 'status', ...about(node), status });
});
const end = () => stop().finally(() => process.exit(0));
// On a busy machine a process waits for its turn, so what counts is the time in which it computed between two turns of the loop.
let held = 0;
let before = process.cpuUsage();
setInterval(() => {
  const { user, system } = process.cpuUsage(before);
  before = process.cpuUsage();
  held = Math.max(held, (user + system) / 1000);
}, 2);
process.on('message', (message) => {
  if (message !== 'longest delay') return end();
  tell({ type: 'delay', id: '', ms: held });
  held = 0;
});
process.once('disconnect', end);
await started;
const log = new EventEmitter();
log.on('log', ({ level, type, msg }) => {
  if (level === RED.log.WARN) tell({ type: 'warning', id: '', node: type, error: String(msg?.message ?? msg) });
});
RED.log.addHandler(log);
RED.events.on('flows:started', () => tell({ type: 'started' }));
tell({ type: 'ready', url });

/** A message as JSON, without the connection of an HTTP request; bytes as their number, what is no JSON as short text. */
function plain({ req, res, ...msg }) {
  const properties = Object.entries(msg).filter(([, value]) => value !== undefined);
  return Object.fromEntries(properties.map(([key, value]) => [key, jsonOf(value)]));
}

function jsonOf(value) {
  if (Buffer.isBuffer(value)) return { bytes: value.length };
  try {
    return plainJson(value, 'message', { depth: 50, values: 30_000, text: 4_000_000 });
  } catch {
    return show(value);
  }
}
