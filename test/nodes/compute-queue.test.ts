import assert from 'node:assert/strict';
import path from 'node:path';
import type { Node } from 'node-red';
import helper from 'node-red-node-test-helper';

import compute = require('../../nodes/compute/compute');

import { serveMachines } from '../../nodes/admin/machines';
import type { MachinesAnswer } from '../../nodes/admin/tab-api';
import { type ComputeNode, injectJobAccess } from '../../nodes/job-host-access';
import { queueOf } from '../../nodes/queues';
import { createJobHost, type JobHost } from '../../src/jobs/host/job-host';
import { Bench } from '../jobs/queue/queue-under-test';
import { type QueueServer, serverProgram, startServer } from '../support/queue-servers';

const SECRET = 'sehr geheim';

describe('a compute node with a queue', function () {
  this.timeout(60_000);
  let server: QueueServer;
  let bench: Bench;
  let host: JobHost;
  before(async function () {
    if (serverProgram('redis') === null) return this.skip();
    server = await startServer('redis', { password: SECRET });
    bench = new Bench(server.address.replace('//', `//:${encodeURIComponent(SECRET)}@`));
    const settings = {
      ...{ roots: [bench.shared], modelsFolder: path.join(bench.shared, 'models') },
      ...{ scratchFolder: path.join(bench.folder, 'n'), scratchQuotaMB: 10 },
    };
    host = createJobHost(settings, { entry: path.join(__dirname, '../jobs/toy-worker.js'), elsewhere: queueOf });
    injectJobAccess({ host, settings, storeUpload: async () => '' });
  });
  after(async () => {
    await helper.unload();
    injectJobAccess(null);
    await bench?.end();
    await host?.shutdown();
    await server?.remove();
  });

  const load = async (address: string): Promise<ComputeNode> => {
    const node = { id: 'place', type: 'segmenter-compute', name: 'gpus', address, priority: 'high' };
    await helper.load([compute, serveMachines], [node], { place: { user: '', password: SECRET } });
    return helper.getNode('place') as Node as ComputeNode;
  };

  it('has the work done elsewhere, with a password that nobody sees', async () => {
    const { compute: settings } = await load(server.address);
    assert.equal(settings?.through, 'place');
    await bench.worker({ name: 'pc-1', folders: [{ name: 'shared', folder: bench.shared }], version: ownVersion() });
    const input = { ...bench.input({ do: 'echo', text: 'done' }), compute: settings };
    const asker = { node: 'n', subject: 'cells', cancel: () => undefined };
    const output = await host.run('predict', input, { asker });
    assert.equal(output.model.name, 'done');
    assert.match(String(output.metrics.chosen), /worker pc-1/);
    assert.deepEqual(
      host
        .stats()
        .jobs.map(({ job, done }) => ({ job, done }))
        .filter(({ job }) => job === 'predict'),
      [{ job: 'predict', done: 1 }],
    );
    const { body, text } = await helper.request().get('/segmenter/machines');
    const { queues } = body as MachinesAnswer;
    assert.equal(queues.length, 1);
    assert.deepEqual([queues[0].name, queues[0].problem, queues[0].waiting], ['gpus', null, 0]);
    assert.deepEqual(
      queues[0].workers.map(({ name, isAlive, devices }) => [name, isAlive, devices[0].name]),
      [['pc-1', true, 'cpu']],
    );
    assert.ok(!decodeURIComponent(text).includes(SECRET));
  });

  it('says so where its address holds a password, and does not repeat it', async () => {
    await helper.unload();
    const errors: string[] = [];
    const node = await load('redis://lab:geheim@queue.lab');
    assert.equal(node.compute, null);
    for (const [{ level, msg }] of helper.log().args as Array<[{ level: number; msg: unknown }]>)
      if (level === 20) errors.push(String(msg));
    assert.ok(
      errors.some((error) => /without user and password/.test(error)),
      errors.join('\n'),
    );
    assert.ok(!errors.some((error) => error.includes('geheim@') || error.includes('lab:geheim')));
  });
});

function ownVersion(): string {
  return (require('../../../package.json') as { version: string }).version;
}
