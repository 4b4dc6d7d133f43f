import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { clearAbandonedRuns, listModels, listVersions, runFolder } from '../../src/models/layout';
import { publishModel } from '../../src/models/publish';
import { resolveModel } from '../../src/models/resolve';
import { readWeights } from '../../src/models/weights';
import { partialPath } from '../../src/storage/partial';
import { placeOfNumbers, writerTag } from '../../src/storage/writer-tag';
import { SavingProcess } from '../storage/processes';
import { cardFields, namedOnnx, scratchFolder } from './support';

describe('model registry', () => {
  const folder = scratchFolder();
  const onnx = namedOnnx('network');
  const resolve = (models: string, query: string) => resolveModel(models, query, [folder()]);
  const publish = (models: string, name = 'nuclei', bytes: Uint8Array = onnx) =>
    publishModel(models, { card: cardFields({ name }), onnx: bytes, metricsCsv: 'epoch,loss\n1,0.5\n' });

  it('publishes v1, v2, ... and resolves the newest or a pinned one', async () => {
    const models = path.join(folder(), 'versions');
    const first = await publish(models, 'nuclei', namedOnnx('one'));
    for (let i = 2; i <= 11; i++) await publish(models, 'nuclei', namedOnnx(`network ${i}`));
    assert.equal(first.reference.version, 'v1');
    const newest = await resolve(models, 'nuclei');
    assert.equal(newest.reference.version, 'v11');
    assert.equal(newest.card.version, 'v11');
    assert.deepEqual(await readFile(newest.network), namedOnnx('network 11'));
    assert.deepEqual(await resolve(models, 'nuclei@v1'), first);
    assert.deepEqual(await resolve(models, 'nuclei@1'), first);
    assert.deepEqual(await resolve(models, first.folder), first);
    assert.deepEqual(await resolve(models, first.reference.uri), first);
    assert.deepEqual((await readdir(first.folder)).sort(), ['checkpoints', 'metrics.csv', 'model.json', 'model.onnx']);
  });

  it('passes over newer versions that are worse than what they were trained from, unless they are asked for', async () => {
    const models = path.join(folder(), 'worse');
    const tuned = (dice: number, isWorse: boolean, name = 'nuclei') => {
      const comparison = { startedFrom: 'nuclei@v1', startDice: 0.992, dice, isWorse };
      const card = cardFields({ name, comparison });
      return publishModel(models, { card, onnx: namedOnnx(`${name} ${dice}`), metricsCsv: '' });
    };
    const found = async (query: string) => {
      const { reference, warnings } = await resolve(models, query);
      return [reference.version, ...warnings];
    };
    await publish(models);
    await tuned(0.995, false);
    assert.deepEqual(await found('nuclei'), ['v2']);
    await tuned(0.336, true);
    const last = await tuned(0.5, true);
    const [version, warning] = await found('nuclei');
    assert.equal(version, 'v2');
    assert.match(
      warning,
      /nuclei@v4 is worse than nuclei@v1.*\(Dice 0\.500, before 0\.992\).* means v2; nuclei@latest/,
    );
    assert.deepEqual(await found('nuclei@latest'), ['v4']);
    assert.deepEqual(await found('nuclei@v3'), ['v3']);
    assert.deepEqual(await found(last.reference.uri), ['v4']);

    await writeFile(path.join(models, 'nuclei', 'v2', 'model.json'), 'damaged');
    assert.deepEqual((await found('nuclei'))[0], 'v1');
    await tuned(0.992, false);
    assert.deepEqual(await found('nuclei'), ['v5']);

    await tuned(0.1, true, 'other');
    const [only, told] = await found('other');
    assert.equal(only, 'v1');
    assert.match(told, /other@v1 is worse than nuclei@v1.*other has no better version/);
  });

  it('gives concurrent publishers a version each', async () => {
    const models = path.join(folder(), 'concurrent');
    const published = await Promise.all(Array.from({ length: 12 }, (_, i) => publish(models, 'n', namedOnnx(`${i}`))));
    const versions = published.map((model) => model.reference.version);
    assert.deepEqual([...versions].sort(), Array.from({ length: 12 }, (_, i) => `v${i + 1}`).sort());
    for (const [i, model] of published.entries()) {
      assert.deepEqual(await readFile(model.network), namedOnnx(`${i}`));
      assert.deepEqual(await resolve(models, `n@${model.reference.version}`), model);
    }
    assert.deepEqual(
      (await readdir(path.join(models, 'n'))).filter((name) => name.startsWith('.')),
      [],
    );
  });

  it('leaves nothing behind when publishing fails', async () => {
    const models = path.join(folder(), 'failing');
    await mkdir(models);
    await writeFile(path.join(models, 'nuclei'), 'a file where the folder of the model belongs');
    await assert.rejects(publish(models), { code: 'not-found', message: /publish a model/ });
    await rm(path.join(models, 'nuclei'));
    assert.deepEqual(await listModels(models), []);
    const bad = { card: cardFields({ divisor: 0 }), onnx, metricsCsv: '' };
    await assert.rejects(publishModel(models, bad), { code: 'invalid-input', message: /card\.divisor/ });
    await assert.rejects(publish(models, '../escape'), { code: 'invalid-input' });
  });

  it('lists models and versions, and neither runs nor unfinished folders', async () => {
    const models = path.join(folder(), 'listing');
    await publish(models, 'beta');
    await publish(models, 'alpha');
    await publish(models, 'alpha');
    await mkdir(runFolder(models, 'alpha', 'deadbeef'), { recursive: true });
    await mkdir(path.join(models, 'alpha', '.publish.partial-crashed'));
    await mkdir(path.join(models, 'alpha', '7'));
    await mkdir(path.join(models, 'empty'));
    assert.deepEqual(await listModels(models), [
      { name: 'alpha', versions: ['v1', 'v2'] },
      { name: 'beta', versions: ['v1'] },
    ]);
    assert.deepEqual(await listVersions(models, 'gamma'), []);
    assert.deepEqual(await listModels(path.join(folder(), 'no-such-folder')), []);
  });

  it('names the models there are when one is unknown', async () => {
    const models = path.join(folder(), 'unknown');
    await assert.rejects(resolve(models, 'nuclei'), { code: 'not-found', message: /there are no models yet/ });
    await publish(models, 'axons');
    await assert.rejects(resolve(models, 'nuclei'), { code: 'not-found', message: /known models: axons/ });
    await assert.rejects(resolve(models, 'axons@v4'), { code: 'not-found', message: /no version v4; it has v1/ });
  });

  it('refuses a network that is not the one of the card, or missing', async () => {
    const models = path.join(folder(), 'hash');
    const model = await publish(models);
    await writeFile(model.network, 'altered');
    await assert.rejects(resolve(models, 'nuclei'), { code: 'corrupt-file', message: /sha256/ });
    const bare = path.join(folder(), 'bare');
    await mkdir(bare);
    await writeFile(path.join(bare, 'model.json'), JSON.stringify(model.card));
    await assert.rejects(resolve(models, bare), { code: 'not-found', message: /network is missing/ });
  });

  it('keeps the weights for fine-tuning, and notices a changed bit of them', async () => {
    const models = path.join(folder(), 'weights');
    const weights = Float32Array.of(0.25, -1, 3e-7);
    await publishModel(models, { card: cardFields(), onnx, metricsCsv: '', weights });
    const model = await resolve(models, 'nuclei');
    assert.deepEqual(await readWeights(model, 3), weights);
    await assert.rejects(readWeights(model, 4), { code: 'corrupt-file', message: /expected 4 weights/ });
    const bytes = await readFile(model.weights);
    for (let byte = 0; byte < bytes.length; byte++) {
      const spoilt = Buffer.from(bytes);
      spoilt[byte] ^= 1;
      await writeFile(model.weights, spoilt);
      await assert.rejects(readWeights(model, 3), { code: 'corrupt-file', message: /best\.bin: sha256 is/ });
    }
    const without = await publish(models);
    await assert.rejects(readWeights(without, 3), { code: 'not-found' });
  });

  it('reads weights whose hash the card of an earlier version does not have', async () => {
    const models = path.join(folder(), 'earlier');
    const weights = Float32Array.of(1, 2);
    const model = await publishModel(models, { card: cardFields(), onnx, metricsCsv: '', weights });
    const { weightsSha256: _, ...card } = model.card;
    assert.deepEqual(await readWeights({ ...model, card }, 2), weights);
  });

  it('follows links within the roots, and none that leads out of them', async () => {
    const models = path.join(folder(), 'linked');
    const model = await publishModel(models, { card: cardFields(), onnx, metricsCsv: '', weights: Float32Array.of(1) });
    const secret = path.join(folder(), 'secret');
    await writeFile(secret, 'the password is 1234');
    for (const file of ['model.json', 'model.onnx', 'checkpoints/best.bin', 'checkpoints']) {
      const place = path.join(model.folder, file);
      const moved = path.join(models, 'moved');
      await rename(place, moved);
      await symlink(moved, place);
      assert.equal((await resolveModel(models, 'nuclei', [models])).card.name, 'nuclei');
      await rm(place);
      await symlink(secret, place);
      for (const query of ['nuclei', model.folder]) {
        await assert.rejects(resolveModel(models, query, [models]), (error: Error & { code?: string }) => {
          assert.equal(error.code, 'not-allowed', file);
          assert.doesNotMatch(error.message, /password/);
          return true;
        });
      }
      await rm(place);
      await rename(moved, place);
    }
  });

  it('keeps run folders inside the models folder', () => {
    assert.equal(runFolder('/models', 'n', 'abcdef01'), path.join('/models', 'n', '.runs', 'abcdef01'));
    assert.throws(() => runFolder('/models', '..', 'abcdef01'), { code: 'invalid-input' });
    assert.throws(() => runFolder('/models', 'n', '../../abcdef01'), { code: 'invalid-input' });
  });

  it('removes runs that nothing was written to for a month, but for the one in hand', async () => {
    const models = path.join(folder(), 'abandoned');
    const runs = ['00000001', '00000002', '00000003'].map((hash) => runFolder(models, 'n', hash));
    for (const run of runs) await mkdir(run, { recursive: true });
    const longAgo = new Date(Date.now() - 31 * 24 * 3600 * 1000);
    for (const run of runs.slice(0, 2)) await utimes(run, longAgo, longAgo);
    await clearAbandonedRuns(models, 'n', runs[1]);
    assert.deepEqual(await readdir(path.dirname(runs[0])), ['00000002', '00000003']);
    await clearAbandonedRuns(models, 'unknown', runs[1]);
  });

  it('removes what a publisher left that was killed, when the next one comes', async () => {
    const models = path.join(folder(), 'killed');
    const writer = { place: await placeOfNumbers(), pid: 0x7fffffff, started: null };
    const dead = path.join(models, 'n', `.publish.partial-${writerTag(writer)}`);
    const living = await partialPath(path.join(models, 'n', '.publish'));
    for (const made of [dead, living]) {
      await mkdir(path.join(made, 'checkpoints'), { recursive: true });
      const files = ['model.onnx', 'metrics.csv', 'checkpoints/best.bin', 'checkpoints/norms.bin'];
      for (const file of files) await writeFile(path.join(made, file), 'half');
    }
    await publish(models, 'n');
    assert.deepEqual((await readdir(path.join(models, 'n'))).sort(), [path.basename(living), 'v1']);
  });

  it('loses no version and shows none that is not whole where publishers are killed at any moment', async function () {
    this.timeout(60_000);
    const models = path.join(folder(), 'kills');
    const begin = (id: string) => {
      const one = new SavingProcess();
      one.give({ kind: 'publish', models, id });
      return one;
    };
    const all = Array.from({ length: 3 }, (_, i) => begin(`first ${i}`));
    const running = [...all];
    const told = () => all.flatMap(({ said }) => said.map(({ published, error }) => published ?? error));
    try {
      while (told().length < 3) await sleep(20);
      for (let kill = 0; kill < 20; kill++) {
        await sleep(30 + Math.random() * 60);
        const at = kill % running.length;
        await running[at].kill();
        running[at] = begin(`kill ${kill}`);
        all.push(running[at]);
      }
      const before = told().length;
      while (told().length < before + 3) await sleep(20);
    } finally {
      for (const one of running) await one.kill();
    }
    const versions = await listVersions(models, 'n');
    const missing = told().filter((version) => !versions.includes(String(version)));
    assert.deepEqual(missing, []);
    assert.equal(new Set(told()).size, told().length);
    assert.deepEqual(
      versions,
      versions.map((_, i) => `v${i + 1}`),
    );
    for (const version of versions) await readWeights(await resolve(models, `n@${version}`), 1000);
    await publish(models, 'n');
    assert.deepEqual(
      (await readdir(path.join(models, 'n'))).filter((name) => name.startsWith('.')),
      [],
    );
  });
});
