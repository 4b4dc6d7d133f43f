import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { binnedVersions, emptyBin, listBin, moveToBin, restore } from '../../src/models/bin';
import { findWanted } from '../../src/models/find-wanted';
import { listInventory } from '../../src/models/inventory';
import { listModels, listVersions, runFolder } from '../../src/models/layout';
import { changeModels } from '../../src/models/model-changes';
import { publishModel } from '../../src/models/publish';
import { renameModel } from '../../src/models/rename';
import { resolveModel } from '../../src/models/resolve';
import { cardFields, namedOnnx, scratchFolder } from './support';

describe('changing the models folder', () => {
  const folder = scratchFolder();
  let models = '';
  let count = 0;
  beforeEach(() => {
    models = path.join(folder(), `models ${++count}`);
  });
  const roots = () => [folder()];
  const publish = (name = 'nuclei', onnx = `network ${Math.random()}`) =>
    publishModel(models, { card: cardFields({ name }), onnx: namedOnnx(onnx), metricsCsv: '' });
  const resolve = (query: string) => resolveModel(models, query, roots());

  describe('the bin', () => {
    it('takes a version, which is not found any more, and gives it back as it was', async () => {
      await publish();
      const second = await publish();
      const { id, version, bytes } = await moveToBin(models, 'nuclei', 'v2');
      assert.match(id, /^nuclei@v2@\d+$/);
      assert.deepEqual([version, bytes > 100], ['v2', true]);
      assert.deepEqual(await listVersions(models, 'nuclei'), ['v1']);
      assert.equal((await resolve('nuclei')).reference.version, 'v1');
      await assert.rejects(resolve('nuclei@v2'), { code: 'not-found' });
      await restore(models, id);
      assert.deepEqual(await resolve('nuclei@v2'), second);
      assert.deepEqual(await listBin(models), []);
    });

    it('takes a model with all its versions and what its training saved, and gives it back', async () => {
      await publish();
      await publish();
      const run = runFolder(models, 'nuclei', '0123456789abcdef');
      await mkdir(run, { recursive: true });
      await writeFile(path.join(run, 'training.ckpt'), 'state');
      await assert.rejects(moveToBin(models, 'nuclei', null), { code: 'busy', message: /saved its state \d+ s ago/ });
      await age(run);
      const { id } = await moveToBin(models, 'nuclei', null);
      assert.deepEqual(await listModels(models), []);
      await restore(models, id);
      assert.deepEqual(await listModels(models), [{ name: 'nuclei', versions: ['v1', 'v2'] }]);
      assert.equal(await readFile(path.join(run, 'training.ckpt'), 'utf8'), 'state');
    });

    it('never overwrites: what has taken the place stays, and so does what lies in the bin', async () => {
      await publish();
      const { id } = await moveToBin(models, 'nuclei', null);
      const newer = await publish();
      await assert.rejects(restore(models, id), { code: 'exists' });
      assert.deepEqual(await resolve('nuclei'), newer);
      assert.deepEqual(
        (await listBin(models)).map((entry) => entry.id),
        [id],
      );
    });

    it('keeps numbers: a version published later gets none of one that can come back', async () => {
      await publish();
      await publish();
      const { id } = await moveToBin(models, 'nuclei', 'v2');
      assert.deepEqual(await binnedVersions(models, 'nuclei'), [2]);
      assert.equal((await publish()).reference.version, 'v3');
      await restore(models, id);
      assert.deepEqual(await listVersions(models, 'nuclei'), ['v1', 'v2', 'v3']);
    });

    it('says what is not there, and takes no name that leads elsewhere', async () => {
      await publish();
      await assert.rejects(moveToBin(models, 'nuclei', 'v7'), { code: 'not-found', message: /nuclei@v7/ });
      await assert.rejects(moveToBin(models, 'other', null), { code: 'not-found' });
      await assert.rejects(moveToBin(models, '../nuclei', null), { code: 'invalid-input' });
      for (const id of ['nuclei@v1@5', '../nuclei', 'nuclei', '.bin', 'nuclei@../v1@5', 'a@all@5/../../x']) {
        await assert.rejects(restore(models, id), { code: 'not-found' }, id);
      }
      for (const id of ['../nuclei', 'nuclei', 'nuclei@v1']) {
        await assert.rejects(emptyBin(models, [id]), { code: 'not-found' }, id);
      }
      assert.deepEqual(await listVersions(models, 'nuclei'), ['v1']);
    });

    it('is emptied of what was deleted, and of nothing else', async () => {
      for (let i = 0; i < 3; i++) await publish();
      const first = await moveToBin(models, 'nuclei', 'v1');
      await moveToBin(models, 'nuclei', 'v2');
      await writeFile(path.join(models, '.bin', 'notes.txt'), 'mine');
      await emptyBin(models, [first.id]);
      assert.deepEqual(
        (await listBin(models)).map(({ version }) => version),
        ['v2'],
      );
      await emptyBin(models, null);
      assert.deepEqual(await readdir(path.join(models, '.bin')), ['notes.txt']);
      assert.deepEqual(await listVersions(models, 'nuclei'), ['v3']);
    });
  });

  describe('renaming', () => {
    it('takes all versions along; what refers to one by its former name and hash still finds it', async () => {
      const first = await publish();
      const second = await publish();
      assert.deepEqual(await renameModel(models, 'nuclei', 'cells', roots()), []);
      assert.deepEqual(await listModels(models), [{ name: 'cells', versions: ['v1', 'v2'] }]);
      const found = await resolve('cells');
      assert.deepEqual([found.card.name, found.card.formerNames], ['cells', ['nuclei']]);
      assert.equal(found.reference.sha256, second.reference.sha256);
      const former = await findWanted(models, first.reference, roots());
      assert.deepEqual([former.reference.name, former.reference.version], ['cells', 'v1']);
      await assert.rejects(resolve('nuclei'), { code: 'not-found' });
      await renameModel(models, 'cells', 'nuclei', roots());
      assert.deepEqual((await resolve('nuclei')).card.formerNames, ['cells']);
    });

    it('refuses a name that is taken, that is none, and one that stays the same', async () => {
      await publish();
      await publish('cells');
      const to = (name: string) => renameModel(models, 'nuclei', name, roots());
      await assert.rejects(to('cells'), { code: 'exists' });
      for (const name of ['', '../cells', '.bin', 'a b', 'x'.repeat(101), 'nuclei']) {
        await assert.rejects(to(name), { code: 'invalid-input' }, name);
      }
      await assert.rejects(renameModel(models, 'nobody', 'somebody', roots()), { code: 'not-found' });
      assert.deepEqual(
        (await listModels(models)).map(({ name }) => name),
        ['cells', 'nuclei'],
      );
    });

    it('takes the name of a model whose versions are all in the bin, unless a training left something there', async () => {
      await publish();
      await publish('cells');
      await moveToBin(models, 'cells', 'v1');
      await mkdir(path.join(models, 'cells', '.runs'));
      await renameModel(models, 'nuclei', 'cells', roots());
      assert.deepEqual(await listModels(models), [{ name: 'cells', versions: ['v1'] }]);
    });

    it('waits for a training that saved its state just now', async () => {
      await publish();
      const run = runFolder(models, 'nuclei', '0123456789abcdef');
      await mkdir(run, { recursive: true });
      await assert.rejects(renameModel(models, 'nuclei', 'cells', roots()), { code: 'busy' });
      await age(run);
      await renameModel(models, 'nuclei', 'cells', roots());
    });

    it('loses no version that is published meanwhile, and leaves none half', async function () {
      this.timeout(60_000);
      const published: string[] = [];
      let isDone = false;
      await publish();
      const publishing = Promise.all(
        [0, 1].map(async (who) => {
          for (let i = 0; i < 12; i++) published.push((await publish('nuclei', `${who} ${i}`)).reference.sha256);
        }),
      ).finally(() => {
        isDone = true;
      });
      let renamed = 0;
      while (!isDone) {
        // Busy while a draft lies there, absent while nothing has been published anew.
        await renameModel(models, 'nuclei', `moved-${renamed}`, roots()).then(
          () => renamed++,
          () => undefined,
        );
        await new Promise((resolved) => setTimeout(resolved, 1));
      }
      await publishing;
      const { models: found } = await listInventory(models, roots());
      const hashes: string[] = [];
      for (const { name, versions } of found) {
        for (const { version, problem } of versions) {
          assert.equal(problem, null);
          hashes.push((await resolve(`${name}@${version}`)).reference.sha256);
        }
      }
      assert.equal(hashes.length, published.length + 1);
      assert.deepEqual(
        published.filter((hash) => !hashes.includes(hash)),
        [],
      );
    });

    it('loses no version that is published while others are deleted and brought back', async function () {
      this.timeout(60_000);
      let isDone = false;
      await publish();
      const publishing = (async () => {
        for (let i = 0; i < 15; i++) await publish();
      })().finally(() => {
        isDone = true;
      });
      while (!isDone) {
        const version = (await listVersions(models, 'nuclei')).at(-1);
        if (!version) continue;
        const entry = await moveToBin(models, 'nuclei', version);
        await new Promise((resolved) => setTimeout(resolved, 2));
        // Another may have its number: then it stays where it is.
        await restore(models, entry.id).catch((error: { code: string }) => assert.equal(error.code, 'exists'));
      }
      await publishing;
      const left = [...(await listVersions(models, 'nuclei')), ...(await listBin(models))];
      assert.equal(left.length, 16);
      for (const version of await listVersions(models, 'nuclei')) await resolve(`nuclei@${version}`);
    });

    it('one of two that rename or delete at once wins, the other is told', async () => {
      await publish();
      const outcomes = await Promise.allSettled([
        changeModels(models, { do: 'rename', name: 'nuclei', to: 'a' }, roots()),
        changeModels(models, { do: 'rename', name: 'nuclei', to: 'b' }, roots()),
        changeModels(models, { do: 'delete', name: 'nuclei', version: null }, roots()),
      ]);
      assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1);
      const left = (await listModels(models)).length + (await listBin(models)).length;
      assert.equal(left, 1);
    });
  });
});

/** Makes a folder look as if nothing was written to it for a while. */
async function age(folder: string): Promise<void> {
  const before = new Date(Date.now() - 10 * 60_000);
  await utimes(folder, before, before);
}
