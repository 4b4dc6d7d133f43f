import assert from 'node:assert/strict';
import { DiskWatch } from '../../../nodes/admin/disk-watch';
import { SegmenterError } from '../../../src/base/errors';
import type { DiskSpace } from '../../../src/storage/file-error';

const GIB = 2 ** 30;
const room = (free: number): DiskSpace => ({ free: free * GIB, size: 1000 * GIB });

describe('the watch of disks', () => {
  let time = 0;
  let told: string[] = [];
  let answer: () => Promise<DiskSpace | null>;
  let asked = 0;
  beforeEach(() => {
    time = 0;
    told = [];
    asked = 0;
    answer = async () => room(100);
  });

  function watch(folders: Record<string, string> = { scratch: '/s' }, waitMs = 1000) {
    return new DiskWatch({
      folders,
      ask: () => {
        asked++;
        return answer();
      },
      warn: (message) => told.push(`warn ${message}`),
      info: (message) => told.push(`info ${message}`),
      now: () => time,
      waitMs,
    });
  }

  it('asks once in ten seconds, for however many', async () => {
    const disks = watch();
    await Promise.all([disks.look(), disks.look()]);
    await disks.look();
    assert.equal(asked, 1);
    time = 10_000;
    assert.deepEqual(await disks.look(), [
      { place: 'scratch', path: '/s', freeBytes: 100 * GIB, sizeBytes: 1000 * GIB, level: 'enough', problem: null },
    ]);
    assert.equal(asked, 2);
  });

  it('warns once of a disk that fills, again where it becomes worse, and after it recovered', async () => {
    const disks = watch();
    for (const free of [100, 4, 3, 5.5, 0.5, 0.4, 1.1, 3, 100, 4]) {
      answer = async () => room(free);
      time += 10_000;
      await disks.look();
    }
    const left = (free: string) => `warn segmenter: the disk of the scratch folder /s has ${free} GB left: `;
    assert.deepEqual(told, [
      `${left('4.3')}make room before it is full`,
      `${left('0.5')}results are refused, or soon will be`,
      'info segmenter: the disk of the scratch folder /s answers and has room again',
      `${left('4.3')}make room before it is full`,
    ]);
  });

  it('tells of a disk that does not answer, beside others that do', async () => {
    const disks = watch({ scratch: '/s', models: '/share/m' });
    const dead = () => Promise.reject(new SegmenterError('timeout', '/share/m: asking took longer than 10 s'));
    let n = 0;
    answer = () => (n++ % 2 === 0 ? Promise.resolve(room(50)) : dead());
    for (let i = 0; i < 2; i++, time += 10_000) {
      const [scratch, models] = await disks.look();
      assert.equal(scratch.level, 'enough');
      assert.deepEqual([models.level, models.problem], ['silent', '/share/m: asking took longer than 10 s']);
    }
    assert.deepEqual(told, ['warn segmenter: /share/m: asking took longer than 10 s']);
    answer = async () => room(50);
    assert.equal((await disks.look())[1].level, 'enough');
    assert.deepEqual(told.slice(1), [
      'info segmenter: the disk of the models folder /share/m answers and has room again',
    ]);
  });

  it('waits for no disk longer than it says, and then tells what was known', async () => {
    const disks = watch({ scratch: '/s' }, 20);
    answer = () => new Promise(() => undefined);
    const before = performance.now();
    const [disk] = await disks.look();
    assert.ok(performance.now() - before < 900);
    assert.deepEqual([disk.level, disk.freeBytes], ['unknown', null]);
    time = 60_000;
    await disks.look();
    assert.equal(asked, 1, 'a look that goes on is not doubled');
  });

  it('asks one disk at a time while they answer, and beside one that does not', async () => {
    const disks = watch({ scratch: '/s', models: '/m', user: '/u' }, 20);
    let [atOnce, most] = [0, 0];
    answer = async () => {
      most = Math.max(most, ++atOnce);
      await new Promise((resolve) => setImmediate(resolve));
      atOnce--;
      return room(50);
    };
    await disks.look();
    assert.deepEqual([asked, most], [3, 1]);
    time = 10_000;
    answer = () => (asked === 4 ? new Promise(() => undefined) : Promise.resolve(room(60)));
    const isKnown = async () => (await disks.look()).slice(1).every(({ freeBytes }) => freeBytes === 60 * GIB);
    for (let i = 0; i < 250 && !(await isKnown()); i++) await new Promise((resolve) => setTimeout(resolve, 1));
    assert.ok(await isKnown());
  });
});
