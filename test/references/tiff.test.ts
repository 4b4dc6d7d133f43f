import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { openImage } from '../../src/formats';
import { type DType, viewAs } from '../../src/image/dtype';
import { type Shape5, wholeRegion } from '../../src/image/region';
import { REFERENCES } from '../support/shared-data';

interface Reference {
  /** [t, c, z, y, x] */
  shape: Shape5;
  dtype: DType;
  /** grey values that decoders of lossy blocks may differ by */
  tolerance: number;
}

const FOLDER = path.join(REFERENCES, 'tiff');
const { files } = JSON.parse(readFileSync(path.join(FOLDER, 'manifest.json'), 'utf8')) as {
  files: Record<string, Reference>;
};

describe('files of tifffile are read as tifffile reads them', () => {
  for (const [name, { shape, dtype, tolerance }] of Object.entries(files)) {
    it(name, async () => {
      const source = await openImage(path.join(FOLDER, name));
      try {
        assert.deepEqual([source.info.levels[0], source.info.dtype], [shape, dtype]);
        const expected = viewAs(dtype, readFileSync(path.join(FOLDER, name.replace(/\.tif$/, '.raw'))));
        const pixels = await source.read(wholeRegion(shape));
        assert.equal(pixels.length, expected.length);
        let far = 0;
        for (const [i, value] of pixels.entries()) far = Math.max(far, Math.abs(value - expected[i]));
        assert.ok(far <= tolerance, `pixels differ by up to ${far}`);
      } finally {
        await source.close();
      }
    });
  }
});
