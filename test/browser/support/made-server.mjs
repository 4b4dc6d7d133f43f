// A stand-in for the node's routes (src/curation/page-api.ts), for tests of the page alone.
import { readFileSync } from 'node:fs';
import http from 'node:http';
import { inRoot } from '../../../scripts/paths.mjs';
import { madeTile } from './made-image.mjs';

const PREFIX = '/red/segmenter/curate/node1/';
const TYPES = { html: 'text/html; charset=utf-8', js: 'text/javascript', css: 'text/css' };
const EMPTY = { state: 'undecided', reason: null, merge: [], exclude: [], strokes: [] };

/**
 * @param images of made-image.mjs
 * @param findings of the checks
 * @param users by token: `{ name, canWrite }`; null: no login is asked for
 */
export async function startMadeServer({ images, findings = [], users = null, title = 'Nuclei, plate 7' }) {
  const records = new Map(
    images.map(({ id, pictures }) => {
      const base = ['seg1', 'seg2'].find((role) => pictures[role]) ?? 'none';
      return [id, { revision: 0, decision: { ...EMPTY, base }, by: null }];
    }),
  );
  const byId = new Map(images.map((image) => [image.id, image]));
  const run = { token: 'first', finished: false, isWired: true, isDown: false, requests: [], images };
  const server = http.createServer((request, response) => {
    if (run.isDown) return request.socket.destroy();
    answer(request, response).catch((error) => {
      response.writeHead(500).end(JSON.stringify({ error: { code: 'internal', message: error.message } }));
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${server.address().port}${PREFIX}`;
  const stop = () => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  };
  return { url, records, run, stop };

  async function answer(request, response) {
    const { pathname, searchParams } = new URL(request.url, url);
    if (!pathname.startsWith(PREFIX))
      return response.writeHead(200, { 'content-type': TYPES.html }).end('<p>editor</p>');
    const [route, encoded] = pathname.slice(PREFIX.length).split('/');
    if (request.method === 'GET' && (route === '' || route.includes('.')))
      return sendFile(response, route || 'index.html');
    response.setHeader('x-segmenter', run.token);
    run.requests.push(`${request.method} ${pathname.slice(PREFIX.length)}`);
    const token = request.headers.authorization?.replace('Bearer ', '');
    const user = users ? users[token] : { name: null, canWrite: true };
    if (!user) return send(response, 401, fault('not-allowed', 'no token'));
    const id = encoded === undefined ? null : decodeURIComponent(encoded);
    const known = id === null || byId.has(id);
    if (!known) return send(response, 404, fault('not-found', `no sample ${id}`));
    if (request.method !== 'GET' && request.headers['x-segmenter'] !== run.token) {
      return send(response, 403, fault('not-allowed', 'a change without the token'));
    }
    if (request.method !== 'GET' && !user.canWrite) return send(response, 403, fault('not-allowed', 'read only'));
    if (route === 'queue') return send(response, 200, queue(user));
    if (route === 'report')
      return send(response, 200, { samples: images.length, findings, made: '2026-11-26T09:00:00Z' });
    if (route === 'finish') return send(response, 200, finish());
    if (route === 'tile') return sendTile(response, byId.get(id), searchParams);
    if (request.method === 'PUT') return save(response, id, JSON.parse(await body(request)), user);
    return send(response, 200, view(id));
  }

  function queue({ name, canWrite }) {
    const items = images.map(({ id }) => {
      const { revision, decision, by } = records.get(id);
      const about = findings.filter(({ samples }) => samples.includes(id));
      const count = (severity) => about.filter((finding) => finding.severity === severity).length;
      const { state, reason } = decision;
      return { id, state, reason, by, revision, errors: count('error'), warnings: count('warning') };
    });
    return { title, items, user: name, canWrite, finished: run.finished, isWired: run.isWired };
  }

  function view(id) {
    const { revision, decision } = records.get(id);
    const { pictures } = byId.get(id);
    const about = findings.filter(({ samples }) => samples.includes(id));
    return { id, revision, decision, pictures, findings: about };
  }

  function save(response, id, { revision, decision }, { name }) {
    const record = records.get(id);
    if (revision !== record.revision) {
      return send(response, 409, { ...fault('exists', 'someone else saved'), ...record });
    }
    records.set(id, { revision: revision + 1, decision, by: name });
    return send(response, 200, { revision: revision + 1 });
  }

  function finish() {
    run.finished = true;
    const count = (state) => [...records.values()].filter(({ decision }) => decision.state === state).length;
    return { used: count('used'), rejected: count('rejected'), undecided: count('undecided') };
  }
}

function sendTile(response, image, query) {
  const number = (name) => Number(query.get(name));
  const [c, at, level, row, column] = ['c', 'at', 'level', 'row', 'column'].map(number);
  const { dtype, size, bytes } = madeTile(image, {
    image: query.get('image'),
    view: query.get('view'),
    c,
    at,
    level,
    row,
    column,
  });
  const headers = { 'content-type': 'application/octet-stream', 'x-dtype': dtype, 'x-shape': size.join(',') };
  response.writeHead(200, headers).end(bytes);
}

function sendFile(response, name) {
  const type = TYPES[name.split('.').pop()];
  response.writeHead(200, { 'content-type': type }).end(readFileSync(inRoot('dist', 'pages', 'curate', name)));
}

function send(response, status, value) {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}

function fault(code, message) {
  return { error: { code, message } };
}

async function body(request) {
  const parts = [];
  for await (const part of request) parts.push(part);
  return Buffer.concat(parts).toString('utf8');
}
