import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { quick, readExample } from './support/examples';
import { type FlowEvent, NodeRedProcess } from './support/node-red-process';
import { installedOpcua, OpcuaServer, PALETTE } from './support/opcua-server';

const LONG_S = 90;

describe(`the example flow opcua-lads with a server of OPC UA (npm install --no-save ${PALETTE})`, () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'segmenter-opcua-'));
  const opcua = installedOpcua();
  let host: NodeRedProcess;
  let server: OpcuaServer | null = null;
  let port: number;

  before(async function () {
    this.timeout(120_000);
    if (!opcua) return this.skip();
    port = await freePort();
    // The palette and its server keep certificates in the folder of a person's settings.
    host = await NodeRedProcess.start(path.join(folder, 'user'), { XDG_CONFIG_HOME: folder });
  });

  after(async () => {
    await host?.stop();
    await server?.stop();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  const runs = ({ type, id }: FlowEvent) => type === 'sent' && id === 'lads-begins';
  const states = (text: string) => (event: FlowEvent) =>
    event.type === 'sent' && event.id === 'lads-client' && JSON.stringify(event.msg.payload ?? null).includes(text);
  const wait = { allowErrors: true, seconds: LONG_S };

  it('writes what was missed when the server comes, begins runs with the device, and goes on after a restart', async function () {
    this.timeout(300_000);
    assert.ok(opcua);
    const file = path.join(folder, 'none.tiff');
    const place = { z: 'lads', x: 0, y: 0 };
    const work = [
      { id: 'go', type: 'inject', ...place, props: [], wires: [['load']] },
      { id: 'load', type: 'segmenter-load-image', ...place, raw: file, wires: [[]] },
    ];
    const endpoint = `opc.tcp://localhost:${port}`;
    await host.deploy([...quick(readExample('opcua-lads.json'), { 'lads-server': { endpoint } }), ...work]);
    const failed = { Sample: '', Job: 'list-samples', Verdict: '', Reason: `${file}: no such file`, State: 'error' };
    await host.inject('go');
    await host.until('the error', ({ type, id }) => type === 'error' && id === 'load', wait);

    server = await OpcuaServer.start(opcua, port, folder, 'Stopped');
    await host.until('the state', states('Stopped'), wait);
    await written(failed);
    server.enter('Running');
    await host.until('a run', runs, wait);
    server.sleep();
    await host.until(
      'no state',
      (event) => event.type === 'warning' && /BadStateNotActive/.test(event.error ?? ''),
      wait,
    );
    server.enter('Running');
    await host.until('the state once more', states('Running'), { ...wait, count: 2 });
    assert.equal(host.events.filter(runs).length, 1, 'a device that slept begins no run');

    await server.stop();
    const lost = ({ type, id, status }: FlowEvent) =>
      type === 'status' && id === 'lads-client' && status?.text === 'invalid session';
    await host.inject('go');
    await host.until('the loss', lost, wait);
    server = await OpcuaServer.start(opcua, port, folder, 'Running');
    await host.until('the state of the new server', states('Running'), { ...wait, count: 3 });
    await written(failed);
    assert.equal(host.events.filter(runs).length, 1, 'a server that was away begins no run');
    server.enter('Stopped');
    await host.until('the end', states('Stopped'), { ...wait, count: 2 });
    server.enter('Running');
    await host.until('the second run', runs, { ...wait, count: 2 });
  });

  async function written(expected: object): Promise<void> {
    for (const end = Date.now() + LONG_S * 1000; Date.now() < end; await sleep(100))
      if (JSON.stringify(sorted(server?.values())) === JSON.stringify(sorted(expected))) return;
    assert.deepEqual(server?.values(), expected);
  }
});

function sorted(values: object = {}): object {
  return Object.fromEntries(Object.entries(values).sort(([a], [b]) => a.localeCompare(b)));
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
