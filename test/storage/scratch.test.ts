import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
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
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

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

  it('evicts the least recently used first, and only as much as is needed', async () => {
    const [old, oldest, young] = [await fileOfAge(20), await fileOfAge(30), await fileOfAge(1)];
    await scratch.newFile('next', '.bin', 2 * MB);
    assert.deepEqual([existsSync(oldest), existsSync(old), existsSync(young)], [false, true, true]);
  });

  it('makes room for a file that grows while it is written, and says when it exceeds the quota', async () => {
    const [old, young] = [await fileOfAge(30), await fileOfAge(1)];
    const file = await scratch.newFile('growing', '.ome.tiff', 1000);
    await scratch.makeRoomForGrowing(file);
    assert.ok(existsSync(old));
    await writeFile(`${file}.partial-abc123`, new Uint8Array(3 * MB));
    await scratch.makeRoomForGrowing(file);
    assert.deepEqual([existsSync(old), existsSync(young)], [false, true]);
    await writeFile(`${file}.partial-abc123`, new Uint8Array(5 * MB));
    await assert.rejects(scratch.makeRoomForGrowing(file), {
      code: 'invalid-input',
      message: /larger than the scratch quota/,
    });
  });

  it('counts a pinned file as used when it is pinned', async () => {
    const [first, second] = [await fileOfAge(30), await fileOfAge(20)];
    await (await scratch.pin([first]))();
    await scratch.makeRoom(3 * MB);
    assert.deepEqual([existsSync(first), existsSync(second)], [true, false]);
  });

  it('never evicts what is pinned, through another store of the same folder too', async () => {
    const [pinned, free] = [await fileOfAge(30), await fileOfAge(20)];
    const release = await scratch.pin([toUri(pinned), pinned, toUri('/elsewhere/image.tif')]);
    const other = await Scratch.open({ folder, quotaMB: 4 });
    await other.makeRoom(3 * MB);
    assert.deepEqual([existsSync(pinned), existsSync(free)], [true, false]);
    await assert.rejects(other.newFile('next', '.bin', 4 * MB), {
      code: 'busy',
      message: /running jobs hold 1 of 4 MB and 4 MB more are needed/,
    });
    await release();
    await other.makeRoom(4 * MB);
    assert.ok(!existsSync(pinned));
  });

  it('refuses a single result above the quota', async () => {
    await assert.rejects(scratch.newFile('big', '.bin', 5 * MB), { code: 'invalid-input', message: /5 MB is larger/ });
    await assert.rejects(Scratch.open({ folder, quotaMB: 0 }), /scratch quota: expected megabytes above 0, got 0/);
  });

  it('says of an evicted file that it was evicted and what to do', async () => {
    const file = await fileOfAge(10);
    await scratch.makeRoom(4 * MB);
    const message = /no longer in the scratch store: it was evicted .*save-image/;
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
    await scratch.makeRoom(4 * MB);
    assert.ok(existsSync(beside) && existsSync(within));
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
    await Scratch.open({ folder, quotaMB: 4 });
    assert.deepEqual([existsSync(name(dead)), existsSync(name(process.pid)), existsSync(old)], [false, true, false]);
  });

  it('lets go of the pins of a killed process', async () => {
    const file = await fileOfAge(10);
    const child = spawn(process.execPath, ['-e', PIN_AND_WAIT, scratchModule(), folder, file], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    await scratch.makeRoom(3 * MB);
    await assert.rejects(scratch.makeRoom(4 * MB), { code: 'busy' });
    child.kill('SIGKILL');
    await once(child, 'exit');
    await scratch.makeRoom(4 * MB);
    assert.ok(!existsSync(file));
  });

  it('drops the pin of an earlier process with the same number', async function () {
    if (process.platform !== 'linux') this.skip();
    const file = await fileOfAge(10);
    await mkdir(path.join(scratch.folder, '.pins'), { recursive: true });
    const pin = { owner: { pid: process.pid, started: '1' }, names: [path.basename(file)] };
    await writeFile(path.join(scratch.folder, '.pins', `${process.pid}-x.json`), JSON.stringify(pin));
    await scratch.makeRoom(4 * MB);
    assert.ok(!existsSync(file));
  });

  it('either pins or reports, never loses a pinned file, while others evict', async () => {
    const other = await Scratch.open({ folder, quotaMB: 4 });
    for (let round = 0; round < 25; round++) {
      const file = await fileOfAge(10);
      const [pin] = await Promise.all([
        scratch.pin([file]).catch((error) => error),
        other.makeRoom(4 * MB).catch(() => 0),
      ]);
      if (typeof pin === 'function') {
        assert.ok(existsSync(file), `round ${round}: a pinned file is gone`);
        await pin();
        await rm(file);
      } else assert.equal(pin.code, 'not-found');
    }
    assert.deepEqual(await readdir(path.join(scratch.folder, '.trash')), []);
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
