import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import type { Change } from '../../src/events/change';
import type { HappenedEvent } from '../../src/events/event';
import { sampleData } from './support/fixture';
import { NodeRedProcess } from './support/node-red-process';

const place = { z: 'tab', x: 0, y: 0 };

describe('the logs of a real Node-RED', function () {
  this.timeout(60_000);
  let folder: string;
  let host: NodeRedProcess;
  let login: Record<string, string>;

  before(async () => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'segmenter-logs-'));
    cpSync(await sampleData(), path.join(folder, 'samples'), { recursive: true });
    const { hashSync } = createRequire(require.resolve('node-red'))('bcryptjs') as {
      hashSync(password: string, rounds: number): string;
    };
    const users = [
      { username: 'anna', password: hashSync('anna', 4), permissions: '*' },
      { username: 'ben', password: hashSync('ben', 4), permissions: ['flows.read'] },
    ];
    const settings = {
      adminAuth: { type: 'credentials', users },
      segmenter: { roots: [folder], scratch: path.join(folder, 'scratch') },
    };
    host = await NodeRedProcess.start(path.join(folder, 'user'), {}, settings);
    login = await loginOf('anna');
  });
  after(async () => {
    await host?.stop();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  async function loginOf(username: string): Promise<Record<string, string>> {
    const parameters = { client_id: 'node-red-admin', grant_type: 'password', scope: '', username, password: username };
    const answer = await fetch(`${host.url}auth/token`, { method: 'POST', body: new URLSearchParams(parameters) });
    return { Authorization: `Bearer ${((await answer.json()) as { access_token: string }).access_token}` };
  }

  async function deploy(threshold: object): Promise<void> {
    host.events = [];
    const flow = [
      { id: 'tab', type: 'tab', label: 'logs' },
      {
        id: 'begin',
        type: 'inject',
        ...place,
        props: [{ p: 'payload' }],
        payload: '',
        payloadType: 'date',
        wires: [['load']],
      },
      { id: 'load', type: 'segmenter-load-image', ...place, ...raw(), wires: [['threshold']] },
      { id: 'threshold', type: 'segmenter-threshold', ...place, name: 'cells', from: 'raw', ...threshold, wires: [[]] },
    ];
    const headers = { ...login, 'Content-Type': 'application/json', 'Node-RED-Deployment-Type': 'full' };
    const answer = await fetch(`${host.url}flows`, { method: 'POST', headers, body: JSON.stringify(flow) });
    assert.ok(answer.ok);
    await host.until('the start of the flows', ({ type }) => type === 'started', { allowErrors: true });
  }
  const raw = () => ({ raw: path.join(folder, 'samples', 'nuclei2d', 'train', 'raw'), settle: '0' });

  async function read<T>(of: string): Promise<Array<T & { at: string }>> {
    const answer = await fetch(`${host.url}segmenter/log?of=${of}`, { headers: login });
    assert.equal(answer.status, 200);
    return ((await answer.json()) as { records: Array<T & { at: string }> }).records;
  }

  it('say who changed what of this package’s nodes with a deploy', async () => {
    await deploy({ method: 'otsu' });
    await deploy({ method: 'value', value: '900', valueType: 'num' });
    const changes = await read<Change>('changes');
    const node = { id: 'threshold', type: 'segmenter-threshold', name: 'cells' };
    const method = changes.find(({ of }) => of === 'method');
    const { at, ...rest } = method ?? { at: '' };
    assert.deepEqual(rest, { who: 'anna', what: 'settings', node, of: 'method', from: 'otsu', to: 'value' });
    assert.ok(Math.abs(Date.parse(at) - Date.now()) < 60_000);
    assert.deepEqual([...new Set(changes.map(({ who }) => who))], ['anna']);
  });

  it('say what became of each sample at each node', async () => {
    await deploy({ method: 'value', value: '900', valueType: 'num' });
    await fetch(`${host.url}inject/begin`, { method: 'POST', headers: login });
    await host.until('masks', ({ type, id }) => type === 'complete' && id === 'threshold', { count: 3 });
    const events = (await read<HappenedEvent>('events')).filter(({ node }) => node.id === 'threshold').reverse();
    const [first, second] = events;
    assert.deepEqual(
      [first, second].map(({ event, sample, job }) => [event, sample, job]),
      ['started', 'done'].map((event) => [event, first.sample, 'threshold']),
    );
    assert.ok(first.sample && (second.seconds ?? 0) > 0);
  });

  it('say why a message failed, and of which sample', async () => {
    await deploy({ from: 'mask', method: 'otsu' });
    await fetch(`${host.url}inject/begin`, { method: 'POST', headers: login });
    await host.until('an error', ({ type, id }) => type === 'error' && id === 'threshold', { allowErrors: true });
    const error = (await read<HappenedEvent>('events')).find(({ event }) => event === 'error');
    assert.deepEqual([error?.node.id, error?.code, typeof error?.sample], ['threshold', 'invalid-input', 'string']);
    assert.match(error?.reason ?? '', /no image/);
  });

  it('are for those who may read them', async () => {
    assert.equal((await fetch(`${host.url}segmenter/log?of=changes`)).status, 401);
    const ben = await loginOf('ben');
    assert.equal((await fetch(`${host.url}segmenter/log?of=changes`, { headers: ben })).status, 401);
    assert.equal((await fetch(`${host.url}segmenter/log?of=all`, { headers: login })).status, 400);
  });
});
