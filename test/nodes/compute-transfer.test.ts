import assert from 'node:assert/strict';
import os from 'node:os';
import path from 'node:path';
import helper from 'node-red-node-test-helper';

import compute = require('../../nodes/compute/compute');

import { transferOf } from '../../nodes/transfer';
import { bundleKey } from '../../src/jobs/io/bundle';
import { ReceivedFiles } from '../../src/jobs/queue/transfer/received-files';
import { DeskJob } from '../../src/jobs/queue/transfer/transfer-desk';

const SETTINGS = { scratchFolder: '/cache' };

describe('a compute node whose files are sent', () => {
  after(() => helper.unload());

  it('is reached by the name of its machine, or as somebody says', () => {
    const host = os.hostname();
    const addressOf = (server: object, address = '') => transferOf(server, address, SETTINGS, []).address;
    assert.equal(addressOf({}), `http://${host}:1880`);
    assert.equal(addressOf({ uiPort: 80, https: {}, httpAdminRoot: '/red/' }), `https://${host}:80/red`);
    assert.equal(addressOf({}, 'http://192.168.0.12:1880/'), 'http://192.168.0.12:1880');
    assert.throws(() => addressOf({}, 'http://me:secret@lab'), /expected http:\/\/HOST:PORT.*got "\*\*\*"/);
    assert.throws(() => addressOf({ httpAdminRoot: false }), /httpAdminRoot, which is false/);
  });

  it('has results where the first shared folder is, else where the scratch store is', () => {
    const resultsOf = (folders: Array<{ name: string; folder: string }>) =>
      transferOf({}, '', SETTINGS, folders).results;
    const below = path.join('segmenter-queue', 'results');
    assert.equal(resultsOf([{ name: 'lab', folder: '/mnt/lab' }]), path.join('/mnt/lab', below));
    assert.equal(resultsOf([]), path.join('/cache', 'segmenter-scratch', below));
  });

  it('answers who has the token of a job, and nobody else, whoever may use the editor', async () => {
    await helper.load([compute], []);
    const { desk } = transferOf({}, '', SETTINGS, []);
    const bundle = { name: 'a', files: [{ name: 'a', size: 1, modified: 0, sha256: 'a'.repeat(64) }] };
    const id = 'b'.repeat(32);
    const job = desk.admit(id, () => new DeskJob([{ bundle, place: '/a', paths: ['/a'] }], new ReceivedFiles('/r', 1)));
    const address = `/segmenter/transfer/${id}/bundles/${bundleKey(bundle)}`;
    const refused = await helper.request().get(address).set('authorization', 'Bearer wrong');
    assert.equal(refused.status, 403);
    assert.match(
      String((refused.body as { message?: unknown }).message),
      /no job at work here has this number and token/,
    );
    const given = await helper.request().get(address).set('authorization', `Bearer ${job.token}`);
    assert.deepEqual(given.body, bundle);
    assert.equal(given.headers['cache-control'], 'no-store');
    const large = helper.request().put(`/segmenter/transfer/${id}/run`).set('authorization', `Bearer ${job.token}`);
    const answer = await large.set('content-type', 'application/octet-stream').send(Buffer.alloc(5 * 2 ** 20));
    assert.equal(answer.status, 400);
    desk.dismiss(id);
  });
});
