import assert from 'node:assert/strict';
import { cp, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { findWanted } from '../../src/models/find-wanted';
import { publishModel } from '../../src/models/publish';
import type { ResolvedModel } from '../../src/models/resolve';
import type { WantedModel } from '../../src/models/wanted';
import { cardFields, namedOnnx, scratchFolder } from './support';

describe('finding the model that a reference means', () => {
  const folder = scratchFolder();
  let models = '';
  let v1: ResolvedModel;
  let v2: ResolvedModel;
  const publish = (to: string, name: string, network: string) =>
    publishModel(to, { card: cardFields({ name }), onnx: namedOnnx(network), metricsCsv: '' });
  const find = (wanted: WantedModel) => findWanted(models, wanted, [folder()]);
  const refused = (wanted: WantedModel, message: RegExp) =>
    assert.rejects(find(wanted), { code: 'not-found', message });

  beforeEach(async () => {
    models = path.join(folder(), `models ${Math.random()}`);
    v1 = await publish(models, 'nuclei', 'one');
    v2 = await publish(models, 'nuclei', 'two');
  });

  it('finds what was published, by all of a reference and by parts of it', async () => {
    const { name, version, uri, sha256 } = v1.reference;
    const parts = [
      v1.reference,
      { uri },
      { name, version },
      { sha256 },
      { name, sha256 },
      { version, uri },
      { uri, sha256 },
    ];
    for (const wanted of parts) assert.deepEqual(await find(wanted), v1, JSON.stringify(wanted));
    assert.deepEqual(await find({ name: 'nuclei' }), v2);
  });

  it('finds the same model of another machine by its hash, its place being another', async () => {
    const { name, version, sha256 } = v1.reference;
    for (const uri of ['file:///C:/models/nuclei/v1', 'file://host/models/nuclei/v1', 'file:///elsewhere/nuclei/v1']) {
      assert.deepEqual(await find({ name, version, uri, sha256 }), v1, uri);
      assert.deepEqual(await find({ name, version, uri }), v1, uri);
      // A place alone must hold.
      await assert.rejects(find({ uri }), { code: /not-allowed|invalid-input|not-found/ });
      await assert.rejects(find({ name, uri }), { code: /not-allowed|invalid-input|not-found/ });
    }
  });

  it('takes the place no more where another model lies there', async () => {
    const { sha256, uri } = v1.reference;
    await rename(v1.folder, path.join(models, 'nuclei', 'v9'));
    await cp(v2.folder, v1.folder, { recursive: true });
    const found = await find({ name: 'nuclei', version: 'v1', uri, sha256 });
    assert.equal(found.folder, path.join(models, 'nuclei', 'v9'));
    assert.deepEqual(await readFile(found.network), namedOnnx('one'));
  });

  it('refuses what contradicts itself, saying what is here', async () => {
    const { uri, sha256 } = v2.reference;
    const other = 'f'.repeat(64);
    await refused(
      { name: 'nuclei', version: 'v1', uri, sha256 },
      /model nuclei@v1 with sha256 [0-9a-f]{12}\.\.\. is not in .*: .*v2 is nuclei@v2 with .*; here is nuclei@v1 with sha256/,
    );
    await refused({ name: 'nuclei', version: 'v2', uri, sha256: other }, /with sha256 ffffffffffff\.\.\. is not in/);
    await refused({ name: 'axons', uri, sha256 }, /the model axons with sha256/);
    await refused({ sha256: other }, /here is nuclei@v1 with/);
    // The beginning of a hash is no hash.
    await refused({ name: 'nuclei', sha256: sha256.slice(0, 8) }, /nuclei with sha256 [0-9a-f]{8} is not in/);
    await refused({ name: 'nuclei', version: 'v3' }, /nuclei@v3 is not in .*here is nuclei@v2/);
    await refused({ name: 'Nuclei', version: 'v1' }, /Nuclei@v1 is not in .*models here: nuclei/);
    // Where the number alone was changed the place does not hold it, and what is named is here.
    assert.deepEqual(await find({ name: 'nuclei', version: 'v1', uri }), v1);
  });

  it('knows a model under a folder of another name, by card and hash', async () => {
    const { name, version, sha256 } = v1.reference;
    const renamed = path.join(models, 'from-another-lab', 'v7');
    await mkdir(path.dirname(renamed));
    await rename(v1.folder, renamed);
    assert.equal((await find({ name, version, sha256 })).folder, renamed);
    assert.equal((await find({ name: 'from-another-lab', version: 'v7', sha256 })).folder, renamed);
    await refused({ name: 'axons', version, sha256 }, /axons@v1/);
    await refused({ name, version }, /nuclei@v1 is not in .*here is nuclei@v2/);
  });

  it('takes nothing that is damaged, and lets no other model’s damage stand in the way', async () => {
    await writeFile(path.join(v2.folder, 'model.json'), '{');
    assert.deepEqual(await find({ name: 'nuclei', sha256: v1.reference.sha256 }), v1);
    await assert.rejects(find({ name: 'nuclei', version: 'v2' }), { code: 'corrupt-file', message: /not JSON/ });
    await writeFile(v1.network, 'altered');
    await assert.rejects(find(v1.reference), { code: 'corrupt-file', message: /sha256 is/ });
    await rm(models, { recursive: true });
    await refused({ name: 'nuclei', version: 'v1' }, /models here: none/);
  });

  it('a model from elsewhere keeps the version that its card says', async () => {
    const foreign = path.join(folder(), 'foreign');
    await cp(v1.folder, foreign, { recursive: true });
    const card = { ...v1.card, name: 'unet', version: '2024-05', sha256: v1.card.sha256.toUpperCase() };
    await writeFile(path.join(foreign, 'model.json'), JSON.stringify(card));
    const uri = pathToFileURL(foreign).href;
    const sha256 = v1.card.sha256;
    assert.equal((await find({ name: 'unet', version: '2024-05', uri, sha256 })).folder, foreign);
    await refused({ name: 'unet', version: '2024-06', uri, sha256 }, /unet@2024-06 .*foreign is unet@2024-05/);
  });
});
