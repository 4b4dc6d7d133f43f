import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { fromFile } from 'geotiff';
import { createImageWriter, openImage, type WriteInfo } from '../../../src/formats';
import { RowHalver } from '../../../src/formats/pyramid';
import { planLayout } from '../../../src/formats/tiff/writing/level';
import { bytesOf, type PixelArray } from '../../../src/image/dtype';
import { count, type Shape5, wholeRegion } from '../../../src/image/region';
import { failure } from '../error-matching';
import { pattern } from '../pixel-patterns';
import { useTempFolder } from '../temp-folder';

function infoOf(shape: Shape5, extra: Partial<WriteInfo> = {}): WriteInfo {
  const channels = Array.from({ length: shape[1] }, (_, index) => ({ index, name: `Channel ${index}` }));
  return { shape, dtype: 'uint16', channels, pixelSize: null, ...extra };
}

describe('writing tiles and pyramids', () => {
  const folder = useTempFolder();

  async function write(name: string, info: WriteInfo, pixels: PixelArray, rows = 37): Promise<string> {
    const file = folder.file(name);
    const writer = await createImageWriter(file, info, 'ome-tiff', { existing: 'replace' });
    const group = rows * info.shape[4];
    for (let at = 0; at < pixels.length; at += group) await writer.write(pixels.slice(at, at + group));
    await writer.finish();
    return file;
  }

  it('tiles come back, whatever the image’s size', async () => {
    for (const [height, width] of [
      [32, 48],
      [45, 70],
      [5, 3],
    ]) {
      const shape: Shape5 = [1, 2, 2, height, width];
      const pixels = pattern('uint16', count(shape));
      for (const compression of ['none', 'deflate'] as const) {
        const source = await openImage(await write('tiles.ome.tif', infoOf(shape, { tile: 16, compression }), pixels));
        assert.deepEqual(source.info.blocks, [[1, 1, 1, 16, 16]]);
        assert.deepEqual(await source.read(wholeRegion(shape)), pixels);
        await source.close();
      }
    }
  });

  it('each level of a pyramid is half the one before, computed as rows come', async () => {
    const shape: Shape5 = [1, 1, 2, 1301, 999];
    const pixels = pattern('uint16', count(shape));
    for (const pyramid of ['mean', 'nearest'] as const) {
      for (const layout of [
        { tile: 256 },
        { tile: 64, compression: 'none' as const },
        { compression: 'none' as const },
      ]) {
        const source = await openImage(await write('pyramid.ome.tif', infoOf(shape, { pyramid, ...layout }), pixels));
        assert.deepEqual(source.info.levels, [shape, [1, 1, 2, 651, 500], [1, 1, 2, 326, 250]]);
        let expected = pixels;
        for (const [level, size] of source.info.levels.entries()) {
          const read = await source.read(wholeRegion(size), { level });
          assert.ok(Buffer.from(bytesOf(read)).equals(bytesOf(expected)), `${pyramid} level ${level}`);
          expected = new RowHalver(size[4], size[3], 'uint16', pyramid).add(expected);
        }
        await source.close();
      }
    }
  });

  it('a pyramid’s smaller levels lie in SubIFDs, outside the chain of pages', async () => {
    const shape: Shape5 = [1, 1, 3, 600, 40];
    const file = await write(
      'sub.ome.tif',
      infoOf(shape, { tile: 32, pyramid: 'mean' }),
      pattern('uint16', count(shape)),
    );
    const tiff = await fromFile(file);
    assert.equal(await tiff.getImageCount(), 3);
    const directory = (await tiff.getImage(2)).fileDirectory;
    assert.equal((await directory.loadValue('SubIFDs'))?.length, 1);
    await tiff.close();
  });

  it('blocks of zeros are left out where that is asked for, and read as zeros', async () => {
    const shape: Shape5 = [1, 1, 1, 400, 1000];
    const pixels = new Uint16Array(count(shape));
    pixels[90 * 1000 + 70] = 5;
    for (const tile of [16, undefined]) {
      for (const compression of ['none', 'deflate'] as const) {
        const info = infoOf(shape, { tile, compression });
        const sparse = await write('sparse.ome.tif', { ...info, sparse: true }, pixels);
        const dense = await write('dense.ome.tif', info, pixels);
        assert.ok(statSync(sparse).size < statSync(dense).size / 2, `tile ${tile} ${compression}`);
        const source = await openImage(sparse);
        assert.deepEqual(await source.read(wholeRegion(shape)), pixels);
        await source.close();
      }
    }
  });

  it('BigTIFF is chosen by the uncompressed size, padding and smaller levels counted', () => {
    const big = (shape: Shape5, extra: Partial<WriteInfo> = {}) => planLayout(infoOf(shape, extra)).big;
    assert.equal(big([1, 1, 1, 40000, 40000]), false);
    assert.equal(big([1, 1, 1, 50000, 40000]), true);
    assert.equal(big([1, 1, 1, 40000, 40000], { pyramid: 'mean', tile: 256 }), true);
    assert.equal(big([1, 1, 40000, 200, 200], { tile: 256 }), true);
  });

  it('refuses tiles that TIFF does not have, and tiles for ImageJ', async () => {
    const start = (extra: Partial<WriteInfo>, format: 'ome-tiff' | 'tiff') =>
      createImageWriter(folder.file('no.tif'), infoOf([1, 1, 1, 9, 9], extra), format);
    await assert.rejects(
      start({ tile: 100 }, 'ome-tiff'),
      failure('invalid-input', /tile: expected a multiple of 16, got 100/),
    );
    await assert.rejects(start({ tile: 0 }, 'ome-tiff'), failure('invalid-input', /tile/));
    await assert.rejects(start({ tile: 16 }, 'tiff'), failure('unsupported', /ImageJ/));
    await assert.rejects(start({ pyramid: 'mean' }, 'tiff'), failure('unsupported', /ImageJ/));
  });
});
