import assert from 'node:assert/strict';
import { loadMask } from '../../src/samples/regions-file';
import { numpyFile } from '../formats/numpy/numpy-files';
import { buildTiff, planePage } from '../formats/tiff/tiff-builder';
import { type TemporaryFolder, temporaryFolder } from './temporary-files';

const POLYGON = [
  [0, 0],
  [0, 3],
  [3, 3],
];
const REGIONS = { kind: 'regions', regions: { polygons: [{ polygon: POLYGON }] } };

describe('loadMask', () => {
  let folder: TemporaryFolder;
  beforeEach(async () => {
    folder = await temporaryFolder();
  });
  afterEach(() => folder.remove());

  const load = (value: unknown) => loadMask(value, { name: 'regions', id: 'a', roots: [folder.path] });

  it('takes polygons as they are, as JSON text, and by the path of their file', async () => {
    assert.deepEqual(await load([POLYGON]), REGIONS);
    assert.deepEqual(await load(` ${JSON.stringify([POLYGON])}`), REGIONS);
    assert.deepEqual(await load(await folder.write('m.json', JSON.stringify(POLYGON))), REGIONS);
    const npy = await load(await folder.write('m.npy', numpyFile('object')));
    assert.equal(npy?.kind === 'regions' && npy.regions.polygons.length, 2);
  });

  it('finds a file whose name its disk composes differently', async () => {
    await folder.write('Gr\u00fcn.json'.normalize('NFD'), JSON.stringify(POLYGON));
    assert.deepEqual(await load(folder.at('Gr\u00fcn.json')), REGIONS);
  });

  it('describes an image of one scene in its version, and refuses one of several', async () => {
    const page = (side: number) => planePage(new Uint8Array(side * side), side, side);
    const mask = await load(await folder.write('mask.tif', buildTiff([page(4)])));
    assert.ok(mask?.kind === 'image' && mask.image.file && mask.image.scene === 0);
    const scenes = await folder.write('scenes.tif', buildTiff([page(4), page(5)]));
    await assert.rejects(load(scenes), { code: 'invalid-input', message: /scenes of the mask .*: expected 1, got 2/ });
  });

  it('takes null, undefined and blank for no mask', async () => {
    for (const none of [null, undefined, '', '  ']) assert.equal(await load(none), null);
  });

  it('refuses other values, missing files and paths outside the roots', async () => {
    await assert.rejects(load(false), { code: 'invalid-input', message: /regions: expected .* got false/ });
    await assert.rejects(load(folder.at('no.tif')), { code: 'not-found' });
    await assert.rejects(load(folder.at('..', 'm.npy')), { code: 'not-allowed' });
  });
});
