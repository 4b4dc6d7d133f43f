import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { AtomicFile } from '../../src/storage/atomic-file';
import { fileError } from '../../src/storage/file-error';
import { toUri } from '../../src/storage/paths';
import { Scratch } from '../../src/storage/scratch';
import { isScratchPath, missingFileError } from '../../src/storage/scratch-names';

const MB = 2 ** 20;

describe('Scratch', () => {
  let folder: string;
  let scratch: Scratch;

  beforeEach(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'scratch-'));
    scratch = await Scratch.open({ folder, quotaMB: 4 });
    await scratch.idle();
  });
  afterEach(async () => {
    await scratch.idle();
    await rm(folder, { recursive: true, force: true });
  });

  /** A file of 1 MB, last used so many minutes ago. */
  async function fileOfAge(minutes: number): Promise<string> {
    const file = await scratch.saveBytes(new Uint8Array(MB), `age ${minutes}`, '.bin');
    const then = new Date(Date.now() - minutes * 60_000);
    await utimes(file, then, then);
    return file;
  }

  it('stores bytes under names that tell their origin and never repeat', async () => {
    const a = await scratch.saveBytes(Uint8Array.of(1, 2), 'plate 1/A02', '.ome.tiff');
    const b = await scratch.saveBytes(Uint8Array.of(3), 'plate 1/A02', '.ome.tiff');
    assert.notEqual(a, b);
    assert.match(path.basename(a), /^plate-1-A02_\d+-[0-9a-f]{16}\.ome\.tiff$/);
    assert.deepEqual([...(await readFile(a))], [1, 2]);
    assert.ok(scratch.owns(a) && isScratchPath(a));
    assert.ok(!scratch.owns(path.join(folder, 'a.tif')));
  });

  /** Takes room for a result. */
  const take = (bytes: number, store = scratch) => store.newFile('next', '.bin', bytes);

  it('evicts the least recently used first, down to 90 % of the quota where a result does not fit', async () => {
    const [old, oldest, young] = [await fileOfAge(20), await fileOfAge(30), await fileOfAge(1)];
    await take(MB);
    assert.deepEqual([existsSync(oldest), existsSync(old), existsSync(young)], [true, true, true]);
    await take(0.4 * MB);
    assert.deepEqual([existsSync(oldest), existsSync(old), existsSync(young)], [false, true, true]);
  });

  it('evicts in the background before room is needed, but nothing that was used within five minutes', async () => {
    const [old, young] = [await fileOfAge(20), await fileOfAge(4)];
    for (let i = 0; i < 37; i++) await scratch.saveBytes(new Uint8Array(MB / 20), 'small', '.bin');
    await scratch.idle();
    assert.deepEqual([existsSync(old), existsSync(young)], [false, true]);
    for (let i = 0; i < 18; i++) await scratch.saveBytes(new Uint8Array(MB / 20), 'small', '.bin');
    await scratch.idle();
    assert.ok(existsSync(young));
    await take(MB);
    assert.ok(!existsSync(young));
  });

  it('makes room for a file that grows while it is written, and says when it exceeds the quota', async () => {
    const [old, young] = [await fileOfAge(30), await fileOfAge(1)];
    const { path: file, options } = await scratch.newFile('growing', '.ome.tiff', 1000);
    const growing = await AtomicFile.create(file, options);
    await growing.write(new Uint8Array(0.4 * MB), 0);
    assert.ok(existsSync(old));
    await growing.write(new Uint8Array(1.1 * MB), 0.4 * MB);
    assert.deepEqual([existsSync(old), existsSync(young)], [false, true]);
    await assert.rejects(growing.write(new Uint8Array(MB), 4 * MB), {
      code: 'invalid-input',
      message: /larger than the scratch quota/,
    });
    await growing.abort();
    // What it had taken is given back.
    await take(2.5 * MB);
    assert.ok(existsSync(young));
  });

  it('counts a pinned file as used when it is pinned', async () => {
    const [first, second] = [await fileOfAge(30), await fileOfAge(20)];
    await (await scratch.pin([first]))();
    await take(2.5 * MB);
    assert.deepEqual([existsSync(first), existsSync(second)], [true, false]);
  });

  it('never evicts what is pinned, through another store of the same folder too', async () => {
    const [pinned, free] = [await fileOfAge(30), await fileOfAge(20)];
    const release = await scratch.pin([toUri(pinned), pinned, toUri('/elsewhere/image.tif')]);
    const other = await Scratch.open({ folder, quotaMB: 4 });
    await assert.rejects(take(4 * MB, other), {
      code: 'busy',
      message: /running jobs and waiting messages hold 1 of 4 MB and 4 MB more are needed/,
    });
    assert.deepEqual([existsSync(pinned), existsSync(free)], [true, false]);
    await release();
    await take(4 * MB, other);
    assert.ok(!existsSync(pinned));
    await other.idle();
  });

  it('refuses a single result above the quota', async () => {
    await assert.rejects(scratch.newFile('big', '.bin', 5 * MB), { code: 'invalid-input', message: /5 MB is larger/ });
    await assert.rejects(Scratch.open({ folder, quotaMB: 0 }), /scratch quota: expected megabytes above 0, got 0/);
  });

  it('says of a file that is gone that it was evicted or removed, and what to do', async () => {
    const file = await fileOfAge(10);
    await take(4 * MB);
    const message =
      /no longer in the scratch store: it was removed from outside, or by the store .*\. .*again.*save it/;
    await assert.rejects(scratch.pin([file]), { code: 'not-found', message });
    assert.match(missingFileError(toUri(file)).message, message);
    assert.match(String(fileError(Object.assign(new Error(), { code: 'ENOENT' }), 'read', file)), message);
    assert.match(missingFileError(path.join(folder, 'a.tif')).message, /a\.tif: no such file$/);
    assert.deepEqual(await readdir(path.join(scratch.folder, '.pins')), []);
  });

  it('touches nothing but its own files', async () => {
    const beside = path.join(folder, 'mine_1-0123456789abcdef.tif');
    const within = path.join(scratch.folder, 'notes.txt');
    await writeFile(beside, new Uint8Array(MB));
    await writeFile(within, new Uint8Array(MB));
    const hidden = ['.trash', '.pins'].map((name) => path.join(scratch.folder, name, 'notes.txt'));
    for (const file of hidden) {
      await mkdir(path.dirname(file), { recursive: true });
      await writeFile(file, 'mine');
      await utimes(file, 0, 0);
    }
    await take(4 * MB);
    await (await Scratch.open({ folder, quotaMB: 4 })).idle();
    assert.ok([beside, within, ...hidden].every(existsSync));
  });

  it('clears unfinished files of dead processes at the start, and keeps those being written', async () => {
    const dead = await pidOfDeadProcess();
    const name = (pid: number) => path.join(scratch.folder, `a_${pid}-0123456789abcdef.tif.partial-01ab`);
    await writeFile(name(dead), 'x');
    await writeFile(name(process.pid), 'x');
    const old = path.join(scratch.folder, `b_${process.pid}-0123456789abcdef.tif.partial`);
    await writeFile(old, 'x');
    const yesterday = new Date(Date.now() - 25 * 3600 * 1000);
    await utimes(old, yesterday, yesterday);
    await (await Scratch.open({ folder, quotaMB: 4 })).idle();
    assert.deepEqual([existsSync(name(dead)), existsSync(name(process.pid)), existsSync(old)], [false, true, false]);
  });

  it('lets go of the pins of a killed process', async () => {
    const file = await fileOfAge(10);
    const child = spawn(process.execPath, ['-e', PIN_AND_WAIT, scratchModule(), folder, file], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    await assert.rejects(take(4 * MB), { code: 'busy' });
    child.kill('SIGKILL');
    await once(child, 'exit');
    await take(4 * MB);
    assert.ok(!existsSync(file));
  });

  it('drops the pin of an earlier process with the same number', async function () {
    if (process.platform !== 'linux') this.skip();
    const file = await fileOfAge(10);
    await mkdir(path.join(scratch.folder, '.pins'), { recursive: true });
    const pin = `${JSON.stringify({ pid: process.pid, started: '1' })}\n+${path.basename(file)}\n`;
    await writeFile(path.join(scratch.folder, '.pins', `${process.pid}-${randomUUID()}.pins`), pin);
    await take(4 * MB);
    assert.ok(!existsSync(file));
  });

  it('either pins or reports, never loses a pinned file, while others evict', async () => {
    const other = await Scratch.open({ folder, quotaMB: 4 });
    for (let round = 0; round < 25; round++) {
      const file = await fileOfAge(10);
      const [pin] = await Promise.all([
        scratch.pin([file]).catch((error) => error),
        take(4 * MB, other).catch(() => 0),
      ]);
      if (typeof pin === 'function') {
        assert.ok(existsSync(file), `round ${round}: a pinned file is gone`);
        await pin();
        await rm(file);
      } else assert.equal(pin.code, 'not-found');
    }
    assert.deepEqual(await readdir(path.join(scratch.folder, '.trash')).catch(() => []), []);
    await other.idle();
  });

  it('brings back what a killed eviction had moved aside, where it is pinned', async () => {
    const [pinned, free] = [await fileOfAge(10), await fileOfAge(10)];
    const release = await scratch.pin([pinned]);
    const dead = await pidOfDeadProcess();
    await mkdir(path.join(scratch.folder, '.trash'), { recursive: true });
    const aside = (file: string) => path.join(scratch.folder, '.trash', `${path.basename(file)}.${dead}-0a1b2c3d`);
    for (const file of [pinned, free]) await rename(file, aside(file));
    await (await Scratch.open({ folder, quotaMB: 4 })).idle();
    assert.deepEqual([existsSync(pinned), existsSync(free)], [true, false]);
    assert.deepEqual(await readdir(path.join(scratch.folder, '.trash')), []);
    await release();
  });

  it('is made again where its folder, or what lies in it, was removed', async () => {
    const release = await scratch.pin([await fileOfAge(10)]);
    await scratch.idle();
    await rm(scratch.folder, { recursive: true });
    const file = await scratch.saveBytes(Uint8Array.of(1), 'after', '.bin');
    const again = await scratch.pin([file]);
    await rm(path.join(scratch.folder, '.pins'), { recursive: true });
    const more = await scratch.pin([await fileOfAge(20)]);
    await assert.rejects(take(4 * MB), { code: 'busy' });
    for (const end of [release, again, more]) await end();
    await rm(path.join(scratch.folder, '.trash'), { recursive: true, force: true });
    await take(4 * MB);
    assert.ok(!existsSync(file));
    await scratch.idle();
    await rm(scratch.folder, { recursive: true });
    await scratch.look();
    assert.ok(existsSync(scratch.folder));
    assert.ok(existsSync(await scratch.handOver(Uint8Array.of(1), 'tile', '.bin')));
  });

  it('counts the files of a store that has no ledger, and one from which files were removed by hand', async () => {
    const files = await Promise.all([fileOfAge(30), fileOfAge(20), fileOfAge(10)]);
    await scratch.idle();
    await rm(path.join(scratch.folder, '.ledger'));
    const other = await Scratch.open({ folder, quotaMB: 4 });
    await other.look();
    await other.idle();
    await take(2 * MB, other);
    assert.deepEqual(files.map(existsSync), [false, false, true]);
    // 2 MB were taken and never written, and now the rest goes: nothing has to be evicted for 3.5 MB.
    const last = await scratch.saveBytes(new Uint8Array(MB / 4), 'last', '.bin');
    await rm(files[2]);
    await take(3.5 * MB);
    assert.ok(existsSync(last));
    await other.idle();
  });

  it('looks at no file for a result, a pin or a look-up while there is room', async () => {
    for (let i = 0; i < 50; i++) await scratch.saveBytes(new Uint8Array(10), 'small', '.bin');
    const touched = await fileOfAge(1);
    const before = await lookedAt(scratch.folder);
    await (await scratch.pin([touched]))();
    await scratch.saveBytes(new Uint8Array(10), 'one', '.bin');
    assert.equal(await scratch.find('overview', 'a key', '.bin'), null);
    await scratch.idle();
    assert.equal(await lookedAt(scratch.folder), before);
  });

  it('knows itself by its real path', async function () {
    if (process.platform === 'win32') this.skip();
    await symlink(folder, `${folder}-link`);
    const linked = await Scratch.open({ folder: `${folder}-link`, quotaMB: 4 });
    assert.equal(linked.folder, scratch.folder);
    await rm(`${folder}-link`);
  });

  it('names the folder that cannot be made', async () => {
    const file = path.join(folder, 'file');
    await writeFile(file, '');
    await assert.rejects(Scratch.open({ folder: file, quotaMB: 4 }), {
      code: 'not-allowed',
      message: /cannot be made/,
    });
  });
});

/** How often the files were counted: each count is a line of the ledger. */
async function lookedAt(folder: string): Promise<number> {
  return (await readFile(path.join(folder, '.ledger'), 'utf8')).split('\n').filter((line) => line.startsWith('='))
    .length;
}

const PIN_AND_WAIT = `
  const [module, folder, file] = process.argv.slice(1);
  const { Scratch } = require(module);
  Scratch.open({ folder, quotaMB: 4 }).then((s) => s.pin([file])).then(() => process.stdout.write('pinned'));
  setInterval(() => {}, 1000);
`;

function scratchModule(): string {
  return path.resolve(__dirname, '../../src/storage/scratch.js');
}

async function pidOfDeadProcess(): Promise<number> {
  const child = spawn(process.execPath, ['-e', '']);
  await once(child, 'exit');
  return child.pid ?? 0;
}
