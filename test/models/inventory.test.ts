import assert from 'node:assert/strict';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { findModelFile } from '../../src/models/downloads';
import { listInventory } from '../../src/models/inventory';
import { publishModel } from '../../src/models/publish';
import { resolveModel } from '../../src/models/resolve';
import { cardFields, namedOnnx, scratchFolder } from './support';

const EXPECTED = { dice: 0.82, low: 0.7, high: 0.9, level: 0.9, files: 4, images: 6 };

describe('the inventory of a models folder', () => {
  const folder = scratchFolder();
  const roots = () => [folder()];
  const publish = (models: string, changes: Parameters<typeof cardFields>[0] = {}) =>
    publishModel(models, { card: cardFields(changes), onnx: namedOnnx(`${Math.random()}`), metricsCsv: 'a,b\n' });

  it('says of each version what its card says, the newest first', async () => {
    const models = path.join(folder(), 'facts');
    await publish(models);
    const data = ['train', 'val', 'test', 'failed'].map((split, i) => ({ id: `i${i}`, split }));
    const recipe = { startedFrom: 'nuclei@v1' };
    await publish(models, { data, recipe, expected: EXPECTED, metrics: { validationDice: 0.84 }, threshold: 0.4 });
    const { models: found, bin } = await listInventory(models, roots());
    assert.deepEqual(bin, []);
    const [{ name, means, versions }] = found;
    assert.deepEqual([name, means, versions.map(({ version }) => version)], ['nuclei', 'v2', ['v2', 'v1']]);
    const { card, bytes, problem } = versions[0];
    assert.equal(problem, null);
    assert.ok(bytes > 500, `${bytes} bytes`);
    const { created, ...facts } = card ?? assert.fail('no card');
    assert.match(created, /^\d{4}-\d\d-\d\dT/);
    assert.deepEqual(facts, {
      dimensions: 2,
      pixelSize: { z: null, y: 0.5, x: 0.5 },
      threshold: 0.4,
      patch: { z: null, y: 32, x: 32 },
      images: 2,
      channels: ['dna'],
      expected: { dice: 0.82, low: 0.7, high: 0.9 },
      validationDice: 0.84,
      startedFrom: 'nuclei@v1',
      imported: null,
      isWorse: false,
    });
    assert.deepEqual([versions[1].card?.images, versions[1].card?.expected], [null, null]);
  });

  it('takes a name to mean the same version as a prediction does', async () => {
    const models = path.join(folder(), 'worse');
    const worse = { startedFrom: 'nuclei@v1', startDice: 0.9, dice: 0.3, isWorse: true };
    for (const comparison of [worse, undefined, worse, worse]) {
      await publish(models, { comparison });
      const [{ means }] = (await listInventory(models, roots())).models;
      assert.equal(means, (await resolveModel(models, 'nuclei', roots())).reference.version);
    }
  });

  it('names what is damaged, and lists the others', async () => {
    const models = path.join(folder(), 'damaged');
    await publish(models);
    await publish(models, { name: 'other' });
    await writeFile(path.join(models, 'nuclei', 'v1', 'model.json'), '{');
    await mkdir(path.join(models, 'empty', 'v1'), { recursive: true });
    const { models: found } = await listInventory(models, roots());
    const problems = Object.fromEntries(found.map(({ name, versions }) => [name, versions[0].problem]));
    assert.match(problems.nuclei ?? '', /not JSON/);
    assert.match(problems.empty ?? '', /it has no model\.json/);
    assert.equal(problems.other, null);
  });

  it('lists 200 models in a moment, the second time without reading a card', async function () {
    this.timeout(60_000);
    const models = path.join(folder(), 'many');
    const { folder: first } = await publish(models, { name: 'm0' });
    const card = JSON.stringify({ ...(await resolveModel(models, 'm0', roots())).card });
    for (let i = 1; i < 200; i++) {
      await mkdir(path.join(models, `m${i}`, 'v1'), { recursive: true });
      await writeFile(path.join(models, `m${i}`, 'v1', 'model.json'), card);
    }
    assert.equal((await listInventory(models, roots())).models.length, 200);
    const before = performance.now();
    const { models: again } = await listInventory(models, roots());
    const took = performance.now() - before;
    assert.equal(again.length, 200);
    assert.ok(took < 2000, `${Math.round(took)} ms`);
    await rm(first, { recursive: true });
    assert.equal((await listInventory(models, roots())).models.length, 199);
  });

  it('finds the files of a version, and none elsewhere', async () => {
    const models = path.join(folder(), 'files');
    const { network } = await publish(models);
    const find = (name: string, version: string) =>
      findModelFile(models, { name, version, file: 'model.onnx' }, roots());
    assert.equal(await find('nuclei', 'v1'), network);
    await assert.rejects(find('nuclei', 'v2'), { code: 'not-found' });
    await assert.rejects(find('nuclei', '../nuclei/v1'), { code: 'not-found' });
    await assert.rejects(find('../files/nuclei', 'v1'), { code: 'invalid-input' });
  });
});
