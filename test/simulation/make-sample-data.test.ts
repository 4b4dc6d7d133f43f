import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync, truncateSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { openImage } from '../../src/formats';
import { wholeRegion } from '../../src/image/region';
import { makeSampleData } from '../../src/simulation/make-sample-data';
import { NUCLEI_3D, simulateSample } from '../../src/simulation/sample-sets';

describe('makeSampleData', () => {
  let folder: string;

  before(async function () {
    this.timeout(60_000);
    folder = mkdtempSync(path.join(os.tmpdir(), 'segmenter-sample-data-'));
    await makeSampleData(folder);
  });

  after(() => rmSync(folder, { recursive: true, force: true }));

  it('writes what was simulated, with pixel size and channel name', async () => {
    const { raw, labels, shape } = simulateSample(NUCLEI_3D, 5);
    for (const [role, expected] of Object.entries({ raw, seg: labels })) {
      const source = await openImage(path.join(folder, 'nuclei3d/test', role, 'nuclei_05.ome.tiff'));
      assert.deepEqual(source.info.levels[0], shape);
      assert.deepEqual(source.info.pixelSize, NUCLEI_3D.pixelSize);
      assert.equal(source.info.channels[0].name, 'nuclei');
      assert.deepEqual(await source.read(wholeRegion(shape)), expected);
      await source.close();
    }
  });

  it('writes a manifest whose files are there', () => {
    const curation = path.join(folder, 'curation');
    const [header, ...rows] = readFileSync(path.join(curation, 'manifest.csv'), 'utf8').trim().split('\n');
    assert.equal(header, 'raw,seg1,seg2,merge_mask,exclude_mask,base_image');
    assert.equal(rows.length, 6);
    for (const row of rows) {
      const cells = row.split(',');
      assert.equal(cells.pop(), 'seg1');
      for (const file of cells) assert.ok(statSync(path.join(curation, file)).size > 0);
    }
  });

  it('leaves what is there and makes what is missing', async () => {
    const kept = path.join(folder, 'nuclei2d/train/raw/nuclei_01.ome.tiff');
    const missing = path.join(folder, 'nuclei2d/test/seg/nuclei_09.ome.tiff');
    truncateSync(kept, 10);
    rmSync(missing);
    await makeSampleData(folder);
    assert.equal(statSync(kept).size, 10);
    assert.ok(statSync(missing).size > 0);
  });
});
