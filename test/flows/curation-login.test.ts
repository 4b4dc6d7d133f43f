import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import type { Decision } from '../../src/curation/decision';
import type { Queue } from '../../src/curation/page-api';
import { newRecord } from '../../src/curation/record';
import { ReviewFolder } from '../../src/curation/review-folder';
import { createImageWriter, describeImage } from '../../src/formats';
import { NodeRedProcess } from './support/node-red-process';

const USED: Decision = { state: 'used', reason: null, base: 'seg1', merge: [], exclude: [], strokes: [] };
const TILE = 'tile/a?image=raw&view=xy&t=0&c=0&at=0&level=0&row=0&column=0';

/** Who may read, decide, or only see flows. Node-RED comes with the library that hashes passwords. */
function adminAuth(): object {
  const { hashSync } = createRequire(require.resolve('node-red'))('bcryptjs') as {
    hashSync(password: string, rounds: number): string;
  };
  const user = (username: string, permissions: string | string[]) => {
    return { username, password: hashSync(username, 4), permissions };
  };
  return {
    adminAuth: {
      type: 'credentials',
      users: [
        user('anna', '*'),
        user('ben', ['read']),
        user('cora', ['segmenter-curate.read', 'segmenter-curate.write']),
        user('dan', ['flows.read']),
      ],
    },
  };
}

describe('the curation page behind a login', () => {
  let folder: string;
  let host: NodeRedProcess;

  before(async function () {
    this.timeout(60_000);
    folder = mkdtempSync(path.join(os.tmpdir(), 'segmenter-login-'));
    const file = path.join(folder, 'a.ome.tiff');
    const info = { shape: [1, 1, 1, 2, 3], channels: [{ index: 0, name: 'c' }], pixelSize: null } as const;
    const writer = await createImageWriter(
      file,
      { ...info, shape: [...info.shape], channels: [...info.channels], dtype: 'uint8' },
      'ome-tiff',
    );
    await writer.write(Uint8Array.of(1, 2, 3, 4, 5, 6));
    await writer.finish();
    const raw = await describeImage(file, { id: 'a' });
    const review = await ReviewFolder.open(path.join(folder, 'review'));
    await review.add(newRecord({ id: 'a', raw, seg1: raw }, new Date(0)).sample);
    const flow = [
      { id: 'tab', type: 'tab', label: 'curate' },
      {
        id: 'curate',
        type: 'segmenter-curate',
        z: 'tab',
        x: 0,
        y: 0,
        folder: review.folder,
        folderType: 'str',
        wires: [[], []],
      },
    ];
    mkdirSync(path.join(folder, 'user'));
    writeFileSync(path.join(folder, 'user', 'flows.json'), JSON.stringify(flow));
    host = await NodeRedProcess.start(
      path.join(folder, 'user'),
      {},
      {
        ...adminAuth(),
        // what Node-RED 4 does by itself
        httpAdminCors: { origin: '*', methods: 'GET,PUT,POST,DELETE' },
      },
    );
  });

  after(async function () {
    this.timeout(30_000);
    await host?.stop();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  async function tokenOf(username: string): Promise<string> {
    const parameters = {
      client_id: 'node-red-admin',
      grant_type: 'password',
      scope: '',
      username,
      password: username,
    };
    const answer = await fetch(`${host.url}auth/token`, { method: 'POST', body: new URLSearchParams(parameters) });
    assert.equal(answer.status, 200, `login of ${username}`);
    return ((await answer.json()) as { access_token: string }).access_token;
  }

  async function asking(username: string | null) {
    const login = username ? { Authorization: `Bearer ${await tokenOf(username)}` } : undefined;
    return async (address: string, method = 'GET', body?: object) => {
      const headers = { ...login, ...(await host.changeHeader()), 'content-type': 'application/json' };
      const url = `${host.url}segmenter/curate/curate/${address}`;
      return fetch(url, { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) });
    };
  }

  it('without a login only the page itself is served', async () => {
    const ask = await asking(null);
    for (const address of ['queue', 'image/a', TILE, 'report']) {
      assert.equal((await ask(address)).status, 401, address);
      assert.equal((await ask(`${address}${address.includes('?') ? '&' : '?'}access_token=x`)).status, 401);
    }
    assert.equal((await ask('image/a', 'PUT', { revision: 0, decision: USED })).status, 401);
    assert.equal((await ask('finish', 'POST')).status, 401);
  });

  it('a user who may only see flows sees no image', async () => {
    const ask = await asking('dan');
    for (const address of ['queue', 'image/a', TILE, 'report']) assert.equal((await ask(address)).status, 401, address);
  });

  it('a user who may read looks, but does not decide', async () => {
    const ask = await asking('ben');
    const queue = (await (await ask('queue')).json()) as Queue;
    assert.deepEqual([queue.user, queue.canWrite, queue.items.length], ['ben', false, 1]);
    const tile = await ask(TILE);
    assert.deepEqual([...new Uint8Array(await tile.arrayBuffer())], [1, 2, 3, 4, 5, 6]);
    assert.equal((await ask('image/a', 'PUT', { revision: 0, decision: USED })).status, 401);
    assert.equal((await ask('finish', 'POST')).status, 401);
  });

  it('what reaches no route is answered in JSON, without stack and paths', async () => {
    const send = (address: string, body: string, type = 'application/json') =>
      fetch(`${host.url}segmenter/${address}`, { method: 'POST', headers: { 'content-type': type }, body });
    const answers = await Promise.all([
      send('compute/devices', '{'),
      send('load-image/contents', '{"a":'),
      send('curate/curate/finish', '[1,'),
      send('unknown', '{'),
      send('unknown', 'a=1', 'application/x-www-form-urlencoded; charset=nonsense'),
      fetch(`${host.url}segmenter/load-image/%E0%A4%A`),
    ]);
    for (const answer of answers) {
      const text = await answer.text();
      if (answer.status === 404) continue;
      assert.match(answer.headers.get('content-type') ?? '', /^application\/json/, text);
      assert.doesNotMatch(text, /node_modules|\.js\b|\n\s*at /);
    }
    assert.deepEqual(
      answers.slice(0, 4).map(({ status }) => status),
      [400, 400, 400, 400],
    );
    const token = await tokenOf('anna');
    const headers = { Authorization: `Bearer ${token}` };
    const plain = await fetch(`${host.url}segmenter/compute/devices`, { method: 'POST', headers });
    assert.equal(plain.status, 403);
  });

  it('lets no page of another site read data or the token, though Node-RED allows them all', async () => {
    const origin = 'https://elsewhere.example';
    const login = { Authorization: `Bearer ${await tokenOf('anna')}` };
    const preflight = {
      Origin: origin,
      'Access-Control-Request-Method': 'POST',
      'Access-Control-Request-Headers': 'x',
    };
    const allowed = await fetch(`${host.url}flows`, { method: 'OPTIONS', headers: preflight });
    assert.equal(allowed.headers.get('access-control-allow-origin'), '*', 'Node-RED would allow it');
    for (const address of ['token', 'curate/curate/queue', `curate/curate/${TILE}`, 'load-image/contents?raw=x']) {
      const answer = await fetch(`${host.url}segmenter/${address}`, { headers: { ...login, Origin: origin } });
      assert.equal(answer.headers.get('access-control-allow-origin'), null, address);
      assert.equal(answer.headers.get('cache-control'), 'no-store', address);
    }
  });

  it('who decides is recorded, and a conflict names them', async () => {
    const [anna, cora] = [await asking('anna'), await asking('cora')];
    const { canWrite, user } = (await (await cora('queue')).json()) as Queue;
    assert.deepEqual([user, canWrite], ['cora', true]);
    assert.equal((await anna('image/a', 'PUT', { revision: 0, decision: USED })).status, 200);
    const late = await cora('image/a', 'PUT', { revision: 0, decision: { ...USED, state: 'rejected' } });
    assert.equal(late.status, 409);
    const { by, decision } = (await late.json()) as { by: string; decision: Decision };
    assert.deepEqual([by, decision], ['anna', USED]);
    const { items } = (await (await cora('queue')).json()) as Queue;
    assert.deepEqual([items[0].by, items[0].state, items[0].revision], ['anna', 'used', 1]);
  });
});
