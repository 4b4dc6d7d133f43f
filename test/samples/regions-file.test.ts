import assert from 'node:assert/strict';
import { isRegionsFile, readRegionsFile } from '../../src/samples/regions-file';
import { numpyFile } from '../formats/numpy/numpy-files';
import { type TemporaryFolder, temporaryFolder } from './temporary-files';

const POLYGON = [
  [0, 0],
  [0, 9],
  [9, 9],
];

describe('readRegionsFile', () => {
  let folder: TemporaryFolder;
  beforeEach(async () => {
    folder = await temporaryFolder();
  });
  afterEach(() => folder.remove());

  it('reads .npy, .json and .geojson', async () => {
    const npy = await folder.write('a.NPY', numpyFile('object'));
    assert.equal((await readRegionsFile(npy)).polygons.length, 2);
    const json = await folder.write('a.json', `\uFEFF${JSON.stringify([POLYGON])}`);
    assert.deepEqual(await readRegionsFile(json), { polygons: [{ polygon: POLYGON }] });
    const feature = { type: 'Polygon', coordinates: [POLYGON.map(([y, x]) => [x, y])] };
    const geojson = await folder.write('a.geojson', JSON.stringify(feature));
    assert.deepEqual(await readRegionsFile(geojson), { polygons: [{ polygon: POLYGON }] });
    assert.deepEqual(['a.tif', 'a.json', 'b.GeoJSON', 'npy'].map(isRegionsFile), [false, true, true, false]);
  });

  it('names the file and what is wrong with it', async () => {
    await assert.rejects(readRegionsFile(folder.at('no.npy')), { code: 'not-found', message: /no\.npy/ });
    const half = await folder.write('half.npy', numpyFile('object').subarray(0, 200));
    await assert.rejects(readRegionsFile(half), { code: 'corrupt-file', message: /half\.npy: its pickle ends early/ });
    const evil = await folder.write('evil.npy', numpyFile('osSystem'));
    await assert.rejects(readRegionsFile(evil), { code: 'unsupported', message: /evil\.npy: .*system/ });
    const text = await folder.write('bad.json', '{"polygon": [[0, 0], [1, 1]]}');
    await assert.rejects(readRegionsFile(text), {
      code: 'invalid-input',
      message: /bad\.json\.polygon: expected at least 3/,
    });
    const none = await folder.write('none.json', 'no json');
    await assert.rejects(readRegionsFile(none), { code: 'invalid-input', message: /none\.json: expected GeoJSON/ });
  });
});
