// A stand-in for the routes of results (src/results/page-api.ts), for tests of the page alone.
import { readFileSync } from 'node:fs';
import http from 'node:http';
import sharp from 'sharp';
import { inRoot } from '../../../scripts/paths.mjs';
import { madeImage, madeTile } from './made-image.mjs';

const PREFIX = '/red/segmenter/results/';
const TYPES = { html: 'text/html; charset=utf-8', js: 'text/javascript', css: 'text/css' };
/** Of a stored probability. */
const WHOLE = 65535;

/**
 * An image with the probabilities of a model that sees light, the mask at a threshold, and its truth.
 * @param shape [t, c, z, y, x]
 * @param roles what there is beside the raw image
 */
export function madeResult(
  sample,
  shape,
  { roles = ['probability', 'mask', 'seg1'], threshold = 0.5, ...options } = {},
) {
  const made = madeImage(sample, shape, { segmentations: ['seg1'], ...options });
  const { raw, seg1 } = made.pictures;
  const probability = (x, y, z) =>
    Math.min(WHOLE, Math.max(0, Math.round(((made.pixels.raw(x, y, z, 0) - 130) / 1500) * WHOLE)));
  const mask = (x, y, z) => Number(probability(x, y, z) > threshold * WHOLE);
  const all = {
    probability: { ...seg1, dtype: 'uint16', scale: 1 / WHOLE },
    mask: { ...seg1, scale: 1 },
    seg1: { ...seg1, scale: 1 },
  };
  const pictures = { raw: { ...raw, scale: 1 }, ...Object.fromEntries(roles.map((role) => [role, all[role]])) };
  return { ...made, pictures, pixels: { ...made.pixels, probability, mask }, threshold };
}

/**
 * @param runs each `{ run, node, rows }`; a row is `{ sample, metrics, failed, image, gone }` with an image of
 *   {@link madeResult}, or `gone`, what the server says of one that is not there
 * @param drift charts of a gate as `GET drift/<id>` gives them
 * @param users tokens of those who may read; null: everyone
 */
export async function startResultsServer({ runs, drift = [], users = null }) {
  const rows = runs.flatMap(({ run, rows }) =>
    rows.map((row, i) => ({ metrics: {}, failed: null, ...row, id: `${run}-${i}` })),
  );
  const byId = new Map(rows.map((row) => [row.id, row]));
  const state = { requests: [], runs };
  const server = http.createServer((request, response) => {
    answer(request, response).catch((error) => send(response, 500, fault('internal', error.message)));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${server.address().port}${PREFIX}`;
  const stop = () => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  };
  return { url, state, stop };

  async function answer(request, response) {
    const { pathname, searchParams } = new URL(request.url, url);
    if (!pathname.startsWith(PREFIX))
      return response.writeHead(200, { 'content-type': TYPES.html }).end('<p>editor</p>');
    const [route, encoded] = pathname.slice(PREFIX.length).split('/');
    if (route === '' || route.includes('.')) return sendFile(response, route || 'index.html');
    state.requests.push(`${request.method} ${pathname.slice(PREFIX.length)}`);
    const token = request.headers.authorization?.replace('Bearer ', '');
    if (users && !users.includes(token)) return send(response, 401, fault('not-allowed', 'no token'));
    const id = encoded === undefined ? null : decodeURIComponent(encoded);
    if (route === 'drift' && id === null) return send(response, 200, { charts: drift.map(({ chart }) => chart) });
    if (route === 'drift') {
      const view = drift.find(({ chart }) => chart.id === id);
      return view ? send(response, 200, view) : send(response, 404, fault('not-found', `chart ${id}: nobody has it`));
    }
    if (route === 'runs') return send(response, 200, { runs: runs.map(summaryOf) });
    if (route === 'run') return sendRun(response, id);
    if (route === 'files') return send(response, 404, fault('not-found', `${id}: no such file`));
    const row = byId.get(id);
    if (!row || row.gone || (row.failed && !row.image))
      return send(response, 404, fault('not-found', row?.gone ?? `result ${id} is gone`));
    if (route === 'thumbnail') return sendThumbnail(response, row);
    if (route === 'tile') return sendTile(response, row.image, searchParams);
    const { sample, metrics, image } = row;
    return send(response, 200, {
      id,
      sample,
      metrics,
      pictures: image.pictures,
      missing: row.missing ?? [],
      compared: null,
    });
  }

  function sendRun(response, run) {
    const found = runs.find((each) => each.run === run);
    if (!found) return send(response, 404, fault('not-found', `run ${run} is gone`));
    const listed = rows.filter(({ id }) => id.startsWith(`${run}-`));
    return send(response, 200, {
      node: found.node,
      rows: listed.map(({ id, sample, metrics, failed, model = null }) => ({ id, sample, metrics, failed, model })),
      problems: [],
      report: found.report ?? null,
    });
  }
}

function summaryOf({ run, node, rows, last = Date.UTC(2026, 10, 26, 9) }) {
  const dice = rows.flatMap(({ metrics }) => metrics?.dice ?? []);
  const meanDice = dice.length > 0 ? dice.reduce((sum, value) => sum + value, 0) / dice.length : null;
  const failed = rows.filter((row) => row.failed).length;
  const models = [...new Set(rows.flatMap(({ model }) => model ?? []))];
  return { run, node, first: last, last, samples: rows.length, failed, meanDice, models };
}

/** Small and quick: what counts is that there is one. */
async function sendThumbnail(response, { image }) {
  const size = 64;
  const data = Buffer.alloc(size * size);
  for (let i = 0; i < data.length; i++)
    data[i] = Math.min(255, image.pixels.raw(4 * (i % size), 4 * Math.floor(i / size), 0, 0) / 8);
  const png = await sharp(data, { raw: { width: size, height: size, channels: 1 } })
    .png()
    .toBuffer();
  response.writeHead(200, { 'content-type': 'image/png' }).end(png);
}

function sendTile(response, image, query) {
  const numbers = Object.fromEntries(
    ['t', 'c', 'at', 'level', 'row', 'column'].map((name) => [name, Number(query.get(name))]),
  );
  const made = madeTile(image, { image: query.get('image'), view: query.get('view'), ...numbers });
  const headers = { 'content-type': 'application/octet-stream', 'x-dtype': made.dtype, 'x-shape': made.size.join(',') };
  response.writeHead(200, headers).end(made.bytes);
}

function sendFile(response, name) {
  const type = TYPES[name.split('.').pop()];
  response.writeHead(200, { 'content-type': type }).end(readFileSync(inRoot('dist', 'pages', 'results', name)));
}

function send(response, status, value) {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}

function fault(code, message) {
  return { error: { code, message } };
}
