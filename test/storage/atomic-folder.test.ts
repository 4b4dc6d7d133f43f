import assert from 'node:assert/strict';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { AtomicFolder } from '../../src/storage/atomic-folder';
import { clearPartial } from '../../src/storage/partial';
import { SavingProcess } from './processes';
import { readFolder } from './saving-process';

describe('atomic folders', () => {
  let place = '';
  beforeEach(() => {
    place = mkdtempSync(path.join(tmpdir(), 'segmenter-atomic-folder-'));
  });
  afterEach(() => rmSync(place, { recursive: true, force: true }));
  const always = { existing: 'replace' as const, mayReplace: async () => true, mayHold: () => true };

  it('appears whole on commit, with the folders in it', async () => {
    const folder = await AtomicFolder.create(path.join(place, 'new', 'a'), always);
    await folder.write('x/y/1.bin', Uint8Array.of(1, 2));
    await folder.write('x/y/2.bin', Uint8Array.of(3));
    const [partial] = readdirSync(path.join(place, 'new'));
    assert.match(partial, /^a\.partial-[0-9a-f]+$/);
    await folder.commit();
    await folder.abort();
    assert.deepEqual(readdirSync(path.join(place, 'new')), ['a']);
    assert.deepEqual([...readFileSync(path.join(place, 'new/a/x/y/1.bin'))], [1, 2]);
  });

  it('replaces what may be replaced and leaves what may not', async () => {
    const target = path.join(place, 'a');
    mkdirSync(target);
    writeFileSync(path.join(target, 'old'), 'old');
    await assert.rejects(AtomicFolder.create(target, { mayReplace: async () => true, mayHold: () => true }), {
      code: 'exists',
    });
    const mayReplace = async () => false;
    await assert.rejects(AtomicFolder.create(target, { existing: 'replace', mayReplace, mayHold: () => true }), {
      code: 'exists',
    });
    const folder = await AtomicFolder.create(target, always);
    await folder.write('new', Uint8Array.of(1));
    assert.deepEqual(readdirSync(target), ['old']);
    await folder.commit();
    assert.deepEqual([readdirSync(place), readdirSync(target)], [['a'], ['new']]);
  });

  it('replaces no folder with files or links that do not belong into it', async () => {
    const mayHold = (name: string) => /^(kind|levels\/\d+)$/.test(name);
    const options = { ...always, mayHold };
    const target = path.join(place, 'a');
    mkdirSync(path.join(target, 'levels'), { recursive: true });
    writeFileSync(path.join(target, 'levels', '1'), '');
    writeFileSync(path.join(target, '.DS_Store'), '');
    const folder = await AtomicFolder.create(target, options);
    writeFileSync(path.join(target, 'levels', 'notes.txt'), 'mine');
    await assert.rejects(AtomicFolder.create(target, options), { code: 'exists', message: /holds levels\/notes\.txt/ });
    await assert.rejects(folder.commit(), { code: 'exists' });
    assert.deepEqual(readdirSync(place), ['a']);
    assert.equal(readFileSync(path.join(target, 'levels', 'notes.txt'), 'utf8'), 'mine');
    rmSync(path.join(target, 'levels', 'notes.txt'));
    symlinkSync(place, path.join(target, 'levels', '2'));
    await assert.rejects(AtomicFolder.create(target, options), { code: 'exists', message: /holds levels\/2/ });
  });

  it('puts the old folder back where the new one cannot take its name', async () => {
    const target = path.join(place, 'a');
    mkdirSync(target);
    writeFileSync(path.join(target, 'old'), 'old');
    const folder = await AtomicFolder.create(target, always);
    await folder.write('new', Uint8Array.of(1));
    // What was written is taken away behind its back.
    const partial = readdirSync(place).find((name) => name.includes('partial'));
    assert.ok(partial);
    rmSync(path.join(place, partial), { recursive: true });
    await assert.rejects(folder.commit(), { code: 'not-found' });
    assert.deepEqual([readdirSync(place), readdirSync(target)], [['a'], ['old']]);
  });

  it('says where it may not write', async function () {
    // Root may write everywhere.
    if (process.getuid?.() === 0) this.skip();
    chmodSync(place, 0o500);
    await assert.rejects(AtomicFolder.create(path.join(place, 'a'), always), { code: 'not-allowed' });
  });

  describe('of several processes', function () {
    this.timeout(60_000);
    let processes: SavingProcess[] = [];
    const start = () => {
      const one = new SavingProcess();
      processes.push(one);
      return one;
    };
    afterEach(async () => {
      for (const one of processes) await one.kill();
      processes = [];
    });

    it('is always that of one of them, and none leaves anything behind', async () => {
      const folder = path.join(place, 'a');
      const four = Array.from({ length: 4 }, start);
      const answers = await Promise.all(
        four.map((one, i) => one.ask({ kind: 'replace', folder, id: `${i}`, times: 40 })),
      );
      assert.deepEqual(
        answers.map(({ error }) => error),
        [undefined, undefined, undefined, undefined],
      );
      const won = answers.flatMap((answer) => answer.won as string[]);
      assert.ok(won.includes(readFolder(folder)));
      assert.ok(won.length >= 40, `${won.length} of 160`);
      assert.deepEqual(readdirSync(place), ['a']);
    });

    it('is whole, the old or a new one, whenever one of them is killed', async () => {
      const folder = path.join(place, 'a');
      for (let kill = 0; kill < 25; kill++) {
        const one = start();
        one.give({ kind: 'replace', folder, id: `${kill}`, times: 1e6 });
        while (kill === 0 && !existsSync(folder)) await sleep(10);
        await sleep(60 + Math.random() * 80);
        await one.kill();
        await clearPartial(place);
        readFolder(folder);
        assert.deepEqual(readdirSync(place), ['a']);
      }
    });
  });
});
