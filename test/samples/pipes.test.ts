import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { ReviewFolder } from '../../src/curation/review-folder';
import { describeImage } from '../../src/formats';
import type { ModelCard } from '../../src/models/card';
import { resolveModel } from '../../src/models/resolve';
import { readWeights } from '../../src/models/weights';
import { findFiles } from '../../src/samples/listing/find-files';
import { inspectFile } from '../../src/samples/listing/inspect-file';
import { readManifest } from '../../src/samples/manifest';
import { loadMask, readRegionsFile } from '../../src/samples/regions-file';

/** Opening a pipe waits for someone who writes into it: no reader may. */
describe('named pipes in place of files', function () {
  this.timeout(10_000);
  let folder: string;
  before(function () {
    if (process.platform === 'win32') this.skip();
    folder = realpathSync(mkdtempSync(path.join(os.tmpdir(), 'pipes-')));
  });
  after(() => folder && rmSync(folder, { recursive: true, force: true }));

  const pipe = (...names: string[]) => {
    const place = path.join(folder, ...names);
    mkdirSync(path.dirname(place), { recursive: true });
    execFileSync('mkfifo', [place]);
    return place;
  };
  const refused = (reading: Promise<unknown>, code = 'invalid-input') =>
    assert.rejects(reading, (error: Error & { code: string }) => {
      assert.equal(error.code, code);
      assert.match(error.message, /is a named pipe, expected a file/);
      return true;
    });

  it('are refused as images of every format, and through links', async () => {
    for (const name of ['a.tif', 'a.ome.tiff', 'a.png', 'a.jpg', 'a.czi', 'a']) {
      await refused(describeImage(pipe('images', name), { id: 'a' }));
    }
    symlinkSync(path.join(folder, 'images', 'a.tif'), path.join(folder, 'link.tif'));
    await refused(describeImage(path.join(folder, 'link.tif'), { id: 'a' }));
    await refused(inspectFile(path.join(folder, 'images', 'a.tif'), [folder]));
  });

  it('are refused as polygons, masks and tables', async () => {
    for (const name of ['m.npy', 'm.json', 'm.geojson']) await refused(readRegionsFile(pipe(name)));
    await refused(loadMask(path.join(folder, 'm.json'), { name: 'mask', id: 'a', roots: [folder] }));
    await refused(readManifest(pipe('table.csv'), [folder]));
  });

  it('are no parts of a Zarr image', async () => {
    pipe('cells.ome.zarr', 'zarr.json');
    pipe('cells.ome.zarr', '.zattrs');
    await assert.rejects(
      describeImage(path.join(folder, 'cells.ome.zarr'), { id: 'a' }),
      (error: Error & { code: string }) => {
        assert.ok(['corrupt-file', 'not-found', 'unsupported'].includes(error.code), error.message);
        return true;
      },
    );
  });

  it('are refused as parts of a model', async () => {
    pipe('model', 'model.json');
    await refused(resolveModel(folder, path.join(folder, 'model'), [folder]));
    const weights = pipe('weights', 'checkpoints', 'best.bin');
    await refused(readWeights({ folder, weights, card: {} as ModelCard }, 4));
  });

  it('are refused as records of a review, which goes on without them', async () => {
    await ReviewFolder.open(path.join(folder, 'review'));
    pipe('review', 'a.json');
    const review = await ReviewFolder.open(path.join(folder, 'review'));
    assert.deepEqual(review.list(), []);
    assert.match(review.problems.get('a.json') ?? '', /is a named pipe, expected a file/);
  });

  it('a link is no record of a review: what it leads to is quoted in no error', async () => {
    const review = path.join(folder, 'linked');
    await ReviewFolder.open(review);
    writeFileSync(path.join(folder, 'secret.json'), 'secret');
    symlinkSync(path.join(folder, 'secret.json'), path.join(review, 'a.json'));
    const { problems } = await ReviewFolder.open(review);
    assert.match(problems.get('a.json') ?? '', /a\.json is a link, expected a file/);
    assert.doesNotMatch(problems.get('a.json') ?? '', /secret/);
  });

  it('are not found in a folder of images', async () => {
    pipe('mixed', 'a.tif');
    writeFileSync(path.join(folder, 'mixed', 'b.tif'), '');
    for (const source of [path.join(folder, 'mixed'), path.join(folder, 'mixed', '*')]) {
      const { files } = await findFiles(source, 'raw', [folder]);
      assert.deepEqual(
        files.map(({ relative }) => relative),
        ['b.tif'],
      );
    }
  });
});
