import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { AtomicFile, writeFileAtomic } from '../../src/storage/atomic-file';
import { AtomicFolder } from '../../src/storage/atomic-folder';
import { clearPartial, isPartialName, partialPath, pathOfBefore } from '../../src/storage/partial';
import { placeOfNumbers, writerTag } from '../../src/storage/writer-tag';
import { type TemporaryFolder, temporaryFolder } from '../samples/temporary-files';
import { deadPid, SavingProcess } from './processes';

const DAY = 24 * 3600 * 1000;

describe('what writers leave that are killed', () => {
  let folder: TemporaryFolder;
  beforeEach(async () => {
    folder = await temporaryFolder();
  });
  afterEach(() => folder.remove());

  const tagOf = async (pid: number, place?: string) =>
    writerTag({ place: place ?? (await placeOfNumbers()), pid, started: null });
  const age = (name: string, days: number) => {
    const time = new Date(Date.now() - days * DAY);
    utimesSync(folder.at(name), time, time);
  };

  it('goes with the next save into the folder, and nothing else does', async () => {
    const killed = new SavingProcess();
    const living = new SavingProcess();
    assert.deepEqual(await killed.ask({ kind: 'begin', file: folder.at('a.tiff') }), { began: true });
    assert.deepEqual(await living.ask({ kind: 'begin', file: folder.at('b.tiff') }), { began: true });
    await killed.kill();
    const names = ['notes.txt', '.hidden', 'a.tiff.partial', 'a.tiff.partial-0123456789ab', 'x.partial-1.txt'];
    await folder.touch(...names);
    for (const name of names) age(name, 100);
    await writeFileAtomic(folder.at('c.tiff'), 'new');
    for (let wait = 0; wait < 200 && readdirSync(folder.path).length > names.length + 2; wait++) await sleep(10);
    const left = readdirSync(folder.path);
    await living.kill();
    assert.deepEqual(
      left.filter((name) => !isPartialName(name)),
      [...names, 'c.tiff'].sort(),
    );
    assert.deepEqual(
      left.filter(isPartialName).map((name) => name.slice(0, 6)),
      ['b.tiff'],
    );
  });

  it('is known by its name: of a dead process at once, of one elsewhere when it is old', async () => {
    const pid = await deadPid();
    const [dead, elsewhere] = [await tagOf(pid), await tagOf(pid, 'ffffff')];
    // Nobody who gives such a name by hand gives the digits that fit.
    const like = `${dead.slice(0, 27)}${dead.endsWith('0') ? '1' : '0'}`;
    await folder.touch(
      `dead.tif.partial-${dead}`,
      `alive.tif.partial-${await tagOf(process.pid)}`,
      `elsewhere.tif.partial-${elsewhere}`,
      `elsewhere-old.tif.partial-${elsewhere}`,
      `folder.zarr.partial-${dead}/0/0/0`,
      `like-ours.tif.partial-${like}`,
    );
    age(`elsewhere-old.tif.partial-${elsewhere}`, 4);
    age(`like-ours.tif.partial-${like}`, 400);
    await folder.write('outside/mine.txt', 'mine');
    const link = `link.tif.partial-${dead}`;
    symlinkSync(folder.at('outside'), folder.at(link));
    symlinkSync(folder.at('outside'), folder.at(`folder.zarr.partial-${dead}`, 'link'));
    const cleared = await clearPartial(folder.path);
    assert.deepEqual(cleared.map((name) => name.split('.')[0]).sort(), ['dead', 'elsewhere-old', 'folder']);
    assert.deepEqual(
      readdirSync(folder.path).map((name) => name.split('.')[0]),
      ['alive', 'elsewhere', 'like-ours', 'link', 'outside'],
    );
    assert.equal(await readFile(folder.at('outside/mine.txt'), 'utf8'), 'mine');
    assert.deepEqual(await clearPartial(folder.path), []);
  });

  it('an older folder comes back whose place is empty, and goes where the new one stands', async () => {
    const dead = await tagOf(await deadPid());
    for (const name of ['a.zarr', 'b.zarr']) {
      const before = path.basename(await pathOfBefore(name)).replace(/[0-9a-f]{28}$/, dead);
      await folder.write(`${before}/zarr.json`, 'old');
    }
    await folder.write('b.zarr/zarr.json', 'new');
    await clearPartial(folder.path);
    assert.deepEqual(readdirSync(folder.path), ['a.zarr', 'b.zarr']);
    assert.equal(await readFile(folder.at('a.zarr/zarr.json'), 'utf8'), 'old');
    assert.equal(await readFile(folder.at('b.zarr/zarr.json'), 'utf8'), 'new');
  });

  it('is never what this process is writing, file or folder', async () => {
    const file = await AtomicFile.create(folder.at('a.bin'));
    const zarr = await AtomicFolder.create(folder.at('a.zarr'), { mayReplace: async () => false, mayHold: () => true });
    await zarr.write('zarr.json', Uint8Array.of(1));
    for (const name of readdirSync(folder.path)) age(name, 400);
    assert.deepEqual(await clearPartial(folder.path), []);
    await file.commit();
    await zarr.commit();
    assert.deepEqual(readdirSync(folder.path), ['a.bin', 'a.zarr']);
  });

  it('a folder that cannot be read is no reason to fail', async () => {
    await assert.rejects(clearPartial(folder.at('missing')), { code: 'ENOENT' });
    mkdirSync(folder.at('there'));
    writeFileSync(await partialPath(folder.at('there', 'x')), '');
    await writeFileAtomic(folder.at('there', 'y'), 'y');
    assert.ok(existsSync(folder.at('there', 'y')));
  });
});
