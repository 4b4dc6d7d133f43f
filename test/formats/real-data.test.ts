import assert from 'node:assert/strict';
import { fromFile } from 'geotiff';
import { describeImage, readAll } from '../../src/formats';
import { needShared } from '../support/shared-data';

describe('real microscope images', () => {
  it('a 3D OME-TIFF: shape, voxel size, and the pixels that geotiff reads', async function () {
    const file = needShared(this, 'data/real/nuclei3d-embryo/train/raw/8_cell_stage.ome.tif');
    const description = await describeImage(file, { id: 'embryo' });
    assert.deepEqual(description.shape, [1, 1, 51, 120, 122]);
    assert.equal(description.dtype, 'uint16');
    assert.deepEqual(description.pixelSize, { z: 1.75, y: 0.8, x: 0.8 });
    const { data } = await readAll(description);
    let [least, most] = [data[0], data[0]];
    for (const value of data) {
      least = Math.min(least, value);
      most = Math.max(most, value);
    }
    assert.deepEqual([least, most], [92, 4171]);
    const tiff = await fromFile(file);
    const plane = await (await tiff.getImage(25)).readRasters({ interleave: true });
    await tiff.close();
    assert.deepEqual([...data.subarray(25 * 14640, 26 * 14640)], [...(plane as unknown as Uint16Array)]);
  });

  it('compressed instance labels agree with geotiff', async function () {
    const file = needShared(this, 'data/real/nuclei2d-bbbc039/test/instances/A02_s1.tif');
    const { data, shape } = await readAll(await describeImage(file, { id: 'labels' }));
    assert.deepEqual(shape, [1, 1, 1, 256, 256]);
    const tiff = await fromFile(file);
    const oracle = await (await tiff.getImage()).readRasters({ interleave: true });
    await tiff.close();
    assert.deepEqual([...data], [...(oracle as unknown as Uint16Array)]);
  });
});
