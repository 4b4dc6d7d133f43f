import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { clearAbandonedRuns, listModels, listVersions, runFolder } from '../../src/models/layout';
import { publishModel } from '../../src/models/publish';
import { resolveModel } from '../../src/models/resolve';
import { unfinishedFolder } from '../../src/models/unfinished';
import { readWeights, writeWeights } from '../../src/models/weights';
import { placeOfNumbers } from '../../src/storage/live-process';
import { writerTag } from '../../src/storage/writer-tag';
import { cardFields, scratchFolder } from './support';

describe('model registry', () => {
  const folder = scratchFolder();
  const onnx = Buffer.from('network');
  const publish = (models: string, name = 'nuclei', bytes: Uint8Array = onnx) =>
    publishModel(models, { card: cardFields({ name }), onnx: bytes, metricsCsv: 'epoch,loss\n1,0.5\n' });

  it('publishes v1, v2, ... and resolves the newest or a pinned one', async () => {
    const models = path.join(folder(), 'versions');
    const first = await publish(models, 'nuclei', Buffer.from('one'));
    for (let i = 2; i <= 11; i++) await publish(models, 'nuclei', Buffer.from(`network ${i}`));
    assert.equal(first.reference.version, 'v1');
    const newest = await resolveModel(models, 'nuclei');
    assert.equal(newest.reference.version, 'v11');
    assert.equal(newest.card.version, 'v11');
    assert.equal(await readFile(newest.network, 'utf8'), 'network 11');
    assert.deepEqual(await resolveModel(models, 'nuclei@v1'), first);
    assert.deepEqual(await resolveModel(models, 'nuclei@1'), first);
    assert.deepEqual(await resolveModel(models, first.folder), first);
    assert.deepEqual(await resolveModel(models, first.reference.uri), first);
    assert.deepEqual((await readdir(first.folder)).sort(), ['checkpoints', 'metrics.csv', 'model.json', 'model.onnx']);
  });

  it('gives concurrent publishers a version each', async () => {
    const models = path.join(folder(), 'concurrent');
    const published = await Promise.all(
      Array.from({ length: 12 }, (_, i) => publish(models, 'n', Buffer.from(`${i}`))),
    );
    const versions = published.map((model) => model.reference.version);
    assert.deepEqual([...versions].sort(), Array.from({ length: 12 }, (_, i) => `v${i + 1}`).sort());
    for (const [i, model] of published.entries()) {
      assert.equal(await readFile(model.network, 'utf8'), `${i}`);
      assert.deepEqual(await resolveModel(models, `n@${model.reference.version}`), model);
    }
    assert.deepEqual(
      (await readdir(path.join(models, 'n'))).filter((name) => name.startsWith('.')),
      [],
    );
  });

  it('leaves nothing behind when publishing fails', async () => {
    const models = path.join(folder(), 'failing');
    const missing = { card: cardFields(), onnx, metricsCsv: '', checkpointsFolder: path.join(folder(), 'none') };
    await assert.rejects(publishModel(models, missing), { code: 'not-found' });
    assert.deepEqual(await readdir(path.join(models, 'nuclei')), []);
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
    await mkdir(path.join(models, 'alpha', '.publish-crashed'));
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
    await assert.rejects(resolveModel(models, 'nuclei'), { code: 'not-found', message: /there are no models yet/ });
    await publish(models, 'axons');
    await assert.rejects(resolveModel(models, 'nuclei'), { code: 'not-found', message: /known models: axons/ });
    await assert.rejects(resolveModel(models, 'axons@v4'), { code: 'not-found', message: /no version v4; it has v1/ });
  });

  it('refuses a network that is not the one of the card, or missing', async () => {
    const models = path.join(folder(), 'hash');
    const model = await publish(models);
    await writeFile(model.network, 'altered');
    await assert.rejects(resolveModel(models, 'nuclei'), { code: 'corrupt-file', message: /sha256/ });
    const bare = path.join(folder(), 'bare');
    await mkdir(bare);
    await writeFile(path.join(bare, 'model.json'), JSON.stringify(model.card));
    await assert.rejects(resolveModel(models, bare), { code: 'not-found', message: /network is missing/ });
  });

  it('keeps the weights for fine-tuning', async () => {
    const models = path.join(folder(), 'weights');
    const checkpointsFolder = path.join(runFolder(models, 'nuclei', '0123456789ab'), 'checkpoints');
    const weights = Float32Array.of(0.25, -1, 3e-7);
    await writeWeights(path.join(checkpointsFolder, 'best.bin'), weights);
    const model = await publishModel(models, { card: cardFields(), onnx, metricsCsv: '', checkpointsFolder });
    assert.deepEqual(await readWeights(model.folder, 3), weights);
    await assert.rejects(readWeights(model.folder, 4), { code: 'corrupt-file', message: /expected 4 weights/ });
    const without = await publish(models);
    await assert.rejects(readWeights(without.folder, 3), { code: 'not-found' });
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
    const [killed, living] = [await unfinishedFolder('n'), await unfinishedFolder('n')].map((name) =>
      path.join(models, name),
    );
    const writer = { place: await placeOfNumbers(), pid: 0x7fffffff, started: null };
    const dead = killed.replace(/[0-9a-f]{28}$/, writerTag(writer));
    for (const made of [dead, living]) {
      await mkdir(path.join(made, 'checkpoints'), { recursive: true });
      await writeFile(path.join(made, 'model.onnx'), 'half');
    }
    await publish(models, 'n');
    assert.deepEqual((await readdir(path.join(models, 'n'))).sort(), [path.basename(living), 'v1']);
  });
});
