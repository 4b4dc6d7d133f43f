import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { listInventory } from '../../src/models/inventory';
import { changeModels } from '../../src/models/model-changes';
import { publishModel } from '../../src/models/publish';
import { resolveModel } from '../../src/models/resolve';
import { cardFields, namedOnnx, scratchFolder } from './support';

describe('the version that a name means by choice', () => {
  const folder = scratchFolder();
  const roots = () => [folder()];
  let models = '';
  let count = 0;
  const publish = () =>
    publishModel(models, { card: cardFields(), onnx: namedOnnx(`${Math.random()}`), metricsCsv: 'a,b\n' });
  const means = async () => (await resolveModel(models, 'nuclei', roots())).reference.version;
  const facts = async () => (await listInventory(models, roots())).models[0];
  const change = (what: Parameters<typeof changeModels>[1]) => changeModels(models, what, roots());
  const choose = (version: string | null, insteadOf?: string) =>
    change({ do: 'choose', name: 'nuclei', version, why: 'test', ...(insteadOf ? { insteadOf } : {}) });

  beforeEach(async () => {
    models = path.join(folder(), `m${count++}`);
    await publish();
    await publish();
  });

  it('is kept while versions come, and goes back by one choice', async () => {
    await choose('v1');
    await publish();
    assert.equal(await means(), 'v1');
    assert.equal((await resolveModel(models, 'nuclei@latest', roots())).reference.version, 'v3');
    await choose('v3');
    const { means: now, before, chosen } = await facts();
    assert.deepEqual([now, before, chosen?.version, chosen?.why], ['v3', 'v1', 'v3', 'test']);
    await choose('v1');
    assert.deepEqual([await means(), (await facts()).before], ['v1', 'v3']);
    await choose(null);
    assert.deepEqual([await means(), (await facts()).chosen], ['v3', null]);
  });

  it('is held before a challenger is published', async () => {
    await change({ do: 'hold', name: 'nuclei', why: 'a challenger is trained' });
    await publish();
    assert.equal(await means(), 'v2');
    await change({ do: 'hold', name: 'nuclei', why: 'again' });
    assert.equal((await facts()).chosen?.why, 'a challenger is trained');
    await change({ do: 'hold', name: 'other', why: 'there is none yet' });
  });

  it('changes by a comparison only while it is what was compared', async () => {
    await choose('v1');
    await assert.rejects(choose('v2', 'v2'), /nuclei means v1 by now, not v2, which it was compared with/);
    assert.equal(await means(), 'v1');
    await choose('v2', 'v1');
    assert.equal(await means(), 'v2');
  });

  it('must be there, and falls back to the choice before where it was deleted', async () => {
    await assert.rejects(choose('v9'), /model "nuclei" has no version v9; it has v1, v2/);
    await choose('v1');
    await choose('v2');
    await change({ do: 'delete', name: 'nuclei', version: 'v2' });
    const { reference, warnings } = await resolveModel(models, 'nuclei', roots());
    assert.equal(reference.version, 'v1');
    assert.match(warnings.join(), /nuclei@v2, which was chosen, is gone, so that nuclei means v1/);
    assert.equal((await facts()).means, 'v1');
  });

  it('goes along with a new name', async () => {
    await choose('v1');
    await change({ do: 'rename', name: 'nuclei', to: 'cells' });
    assert.equal((await resolveModel(models, 'cells', roots())).reference.version, 'v1');
  });

  it('is no guess where its file is damaged, and is chosen anew', async () => {
    await choose('v1');
    const file = path.join(models, 'nuclei', 'current.json');
    assert.match(await readFile(file, 'utf8'), /"version": "v1"/);
    await writeFile(file, '{"choices": [{"ver');
    await assert.rejects(means(), /current\.json.*does not say which version is the current one/);
    assert.equal((await resolveModel(models, 'nuclei@v1', roots())).reference.version, 'v1');
    await choose('v2');
    assert.equal(await means(), 'v2');
  });
});
