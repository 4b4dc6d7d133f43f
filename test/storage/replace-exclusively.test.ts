import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { replaceExclusively } from '../../src/storage/replace-exclusively';
import { placeOfNumbers, writerTag } from '../../src/storage/writer-tag';
import { type TemporaryFolder, temporaryFolder } from '../samples/temporary-files';
import { deadPid, SavingProcess } from './processes';
import { readSaves } from './saving-process';

describe('replacing a file exclusively', () => {
  let folder: TemporaryFolder;
  let file = '';
  let processes: SavingProcess[] = [];
  beforeEach(async () => {
    folder = await temporaryFolder();
    file = await folder.write('x.json', '[]');
    processes = [];
  });
  afterEach(async () => {
    for (const one of processes) await one.kill();
    await folder.remove();
  });
  const start = () => {
    const one = new SavingProcess();
    processes.push(one);
    return one;
  };
  const tagOf = async (pid: number) => writerTag({ place: await placeOfNumbers(), pid, started: null });
  const plantTurn = (tag: string) => {
    mkdirSync(`${file}.saving`, { recursive: true });
    writeFileSync(`${file}.saving/${tag}`, '');
  };
  const impatient = { patience: 40 };
  const add = (text: string, options?: { patience: number }) =>
    replaceExclusively(file, async () => ({ text: (await readFile(file, 'utf8')) + text, value: text }), options);

  it('loses no change of many in one process, and leaves nothing behind', async () => {
    await Promise.all(Array.from({ length: 12 }, (_, i) => add(String.fromCharCode(97 + i))));
    assert.deepEqual([...(await readFile(file, 'utf8')).slice(2)].sort().join(''), 'abcdefghijkl');
    await assert.rejects(
      replaceExclusively(file, () => Promise.reject(new Error('it failed'))),
      /it failed/,
    );
    const kept = await replaceExclusively(file, async () => ({ text: null, value: 7 }));
    assert.deepEqual(kept, { value: 7, written: null });
    assert.deepEqual(readdirSync(folder.path), ['x.json']);
  });

  it('takes the turn of a process that ended at once, and of one that is slow after its patience', async () => {
    plantTurn(await tagOf(await deadPid()));
    await add('a', { patience: 60_000 });
    // Of another machine, as a share has several, nothing is known but that its turn does not end.
    plantTurn('f'.repeat(28));
    const before = performance.now();
    await add('b', impatient);
    assert.ok(performance.now() - before >= impatient.patience);
    assert.equal(await readFile(file, 'utf8'), '[]ab');
  });

  it('who lost the turn saves nothing, and is told', async () => {
    let begun: () => void = () => undefined;
    const inside = new Promise<void>((resolve) => {
      begun = resolve;
    });
    let goOn: () => void = () => undefined;
    const slow = replaceExclusively(file, async () => {
      begun();
      await new Promise<void>((resolve) => {
        goOn = resolve;
      });
      return { text: 'late', value: 0 };
    });
    await inside;
    await add('fast', impatient);
    goOn();
    await assert.rejects(slow, { code: 'busy', message: /took its turn; nothing was saved/ });
    assert.equal(await readFile(file, 'utf8'), '[]fast');
    assert.deepEqual(readdirSync(folder.path), ['x.json']);
  });

  it('leaves what it did not make where it is, and says so', async () => {
    mkdirSync(`${file}.saving`);
    await writeFile(`${file}.saving/notes.txt`, 'mine');
    await assert.rejects(add('a', impatient), { code: 'exists', message: /holds notes\.txt/ });
    assert.deepEqual(readdirSync(`${file}.saving`), ['notes.txt']);
    assert.equal(await readFile(file, 'utf8'), '[]');
  });

  it('of six processes one wins each of 150 revisions, whatever a dead one left', async function () {
    this.timeout(120_000);
    const six = Array.from({ length: 6 }, start);
    const dead = await tagOf(await deadPid());
    for (let revision = 0; revision < 150; revision++) {
      // What is left at each step of a save: nothing, a turn, a turn that was given back half.
      if (revision % 3 === 0) plantTurn(dead);
      if (revision % 3 === 1) mkdirSync(`${file}.saving`, { recursive: true });
      const answers = await Promise.all(
        six.map((one, i) => one.ask({ kind: 'save', file, revision, id: `${revision}-${i}` })),
      );
      const winners = answers.flatMap(({ won }, i) => (won === true ? [`${revision}-${i}`] : []));
      assert.equal(winners.length, 1, `revision ${revision}: ${JSON.stringify(answers)}`);
      const saves = await readSaves(file);
      assert.deepEqual([saves.length, saves.at(-1)], [revision + 1, winners[0]]);
    }
    assert.deepEqual(readdirSync(folder.path), ['x.json']);
  });

  it('loses no revision where processes are killed at any moment', async function () {
    this.timeout(120_000);
    const running = Array.from({ length: 6 }, (_, i) => {
      const one = start();
      one.give({ kind: 'save-on', file, id: `first-${i}` });
      return one;
    });
    for (let kill = 0; kill < 30; kill++) {
      await sleep(40 + Math.random() * 60);
      const at = kill % running.length;
      await running[at].kill();
      running[at] = start();
      running[at].give({ kind: 'save-on', file, id: `kill-${kill}` });
    }
    const savedSoFar = () => processes.flatMap(({ said }) => said.map((message) => message.saved ?? message.error));
    // A loaded machine starts processes slowly.
    while (savedSoFar().length <= 50) await sleep(100);
    for (const one of running) await one.kill();
    await add('', impatient);
    const saves = await readSaves(file);
    const saved = savedSoFar();
    assert.equal(new Set(saves).size, saves.length);
    const lost = saved.filter((id) => !saves.includes(String(id)));
    assert.deepEqual(lost, []);
  });
});
