import assert from 'node:assert/strict';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SegmenterError } from '../../src/base/errors';
import { DeadPlaces } from '../../src/jobs/host/dead-places';
import { createJobHost } from '../../src/jobs/host/job-host';
import { toyList } from './toy-jobs';

const dies = (place = '/share/a.tif') => Promise.reject(new SegmenterError('timeout', 'no answer', { path: place }));
const answers = async () => 'there';

describe('places whose disk is dead', function () {
  this.timeout(20_000);

  it('are not asked again for half a minute; others are', async () => {
    let now = 0;
    const places = new DeadPlaces([], () => now);
    assert.equal(await places.ask('/share/a.tif', answers), 'there');
    await assert.rejects(
      places.ask('/share/a.tif', () => dies()),
      { message: 'no answer' },
    );
    await assert.rejects(places.ask('/share/b.tif', answers), {
      code: 'timeout',
      message: /^\/share\/b\.tif: its disk or network share did not answer a short while ago/,
    });
    await assert.rejects(places.ask('/share/plate/c.tif', answers), { code: 'timeout' });
    assert.equal(await places.ask('/shared/a.tif', answers), 'there');
    now = 31_000;
    assert.equal(await places.ask('/share/b.tif', answers), 'there');
  });

  it('are found among all that a job needs, however they are written', async () => {
    const places = new DeadPlaces();
    const sample = { id: 'a', raw: { uri: 'file:///share/a.tif' }, mask: [{ polygon: [[1, 2]] }, null] };
    assert.equal(await places.ask([sample, '/scratch'], answers), 'there');
    await assert.rejects(
      places.ask([sample, '/scratch'], () => dies()),
      { message: 'no answer' },
    );
    await assert.rejects(places.ask([sample, '/scratch'], answers), { code: 'timeout' });
    assert.equal(await places.ask([{ raw: 'https://share/a.zarr', folder: 'share' }, '/scratch'], answers), 'there');
    await assert.rejects(
      places.ask([], () => dies('/scratch/segmenter-scratch')),
      { message: 'no answer' },
    );
    await assert.rejects(places.ask([{}, '/scratch'], answers), { code: 'timeout', message: /^\/scratch: its disk/ });
  });

  it('are the scratch and models folders as wholes', async () => {
    const places = new DeadPlaces(['/models']);
    await assert.rejects(
      places.ask('/models', () => dies('/models/nuclei/v1/model.json')),
      { message: 'no answer' },
    );
    await assert.rejects(places.ask(['a', '/models'], answers), { code: 'timeout' });
  });

  it('are never everything, and whole shares where they are mounted', async () => {
    const places = new DeadPlaces();
    await assert.rejects(
      places.ask('/share', () => dies('/share')),
      { message: 'no answer' },
    );
    assert.equal(await places.ask('/other/a.tif', answers), 'there');
    // a server is no folder below the working one
    const address = 'https://data.example/a.zarr';
    await assert.rejects(
      places.ask(address, () => dies(address)),
      { message: 'no answer' },
    );
    assert.equal(await places.ask(path.resolve('https:/data.example/b.zarr'), answers), 'there');
    if (process.platform !== 'linux') return;
    await assert.rejects(
      places.ask('x', () => dies('/proc/some/where/a.tif')),
      { message: 'no answer' },
    );
    await assert.rejects(places.ask('/proc/else/b.tif', answers), { code: 'timeout' });
  });

  it('are only those that did not answer', async () => {
    const places = new DeadPlaces();
    const missing = () => Promise.reject(new SegmenterError('not-found', 'nothing there'));
    await assert.rejects(places.ask('/share/a.tif', missing), { code: 'not-found' });
    assert.equal(await places.ask('/share/a.tif', answers), 'there');
  });

  it('keep a look at a healthy one waiting for one of theirs at most, and pixel work not at all', async () => {
    const settings = { roots: ['/'], modelsFolder: '/m', scratchFolder: '/s', scratchQuotaMB: 1 };
    const patience = { cancelMs: 200, killMs: 200, stopMs: 200 };
    const host = createJobHost(settings, { entry: path.join(__dirname, 'toy-worker.js'), patience });
    try {
      const look = (place: string) => host.run('inspect-path', { path: place });
      const dead = Array.from({ length: 6 }, (_, i) => assert.rejects(look(`/dead/${i}.tif`), { code: 'timeout' }));
      await sleep(100);
      const start = performance.now();
      assert.equal((await look('/healthy/a.tif')).kind, 'file');
      await Promise.all(dead);
      const seconds = (performance.now() - start) / 1000;
      assert.ok(seconds < 5, `${seconds} s: six looks that wait for 2 s each, two at a time, would take 6`);
    } finally {
      await host.shutdown();
    }
  });
  it('are not in the way of who asks for the room of another disk, though no other job works without scratch', async () => {
    const settings = { roots: ['/'], modelsFolder: '/m', scratchFolder: '/dead/scratch', scratchQuotaMB: 1 };
    const host = createJobHost(settings, { entry: path.join(__dirname, 'toy-worker.js') });
    try {
      await assert.rejects(host.run('inspect-path', { path: '/dead/scratch/a' }), { code: 'timeout' });
      await assert.rejects(host.run('list-samples', toyList({ do: 'pid' })), { code: 'timeout' });
      assert.deepEqual(await host.run('disk-space', { folder: '/models' }), { space: { free: 1, size: 2 } });
      await assert.rejects(host.run('disk-space', { folder: '/dead/scratch' }), { code: 'timeout' });
    } finally {
      await host.shutdown();
    }
  });
});
