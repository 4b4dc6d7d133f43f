import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Random } from '../../../src/base/random';
import { createImageWriter, openImage, type WriteInfo } from '../../../src/formats';
import { RowHalver } from '../../../src/formats/pyramid';
import { DTYPES, type PixelArray } from '../../../src/image/dtype';
import { count, type Shape5, wholeRegion } from '../../../src/image/region';
import type { ExistingRule } from '../../../src/storage/atomic-file';
import { failure } from '../error-matching';
import { pattern } from '../pixel-patterns';
import { useTempFolder } from '../temp-folder';

const FORMATS = ['ome-zarr', 'ome-zarr-v2'] as const;
type Format = (typeof FORMATS)[number];

describe('writing OME-Zarr', () => {
  const folder = useTempFolder();
  const channels = (n: number) => Array.from({ length: n }, (_, index) => ({ index, name: `µ${index}` }));

  /** Writes rows in pieces of random length. */
  async function write(
    file: string,
    info: Partial<WriteInfo> & Pick<WriteInfo, 'shape' | 'dtype'>,
    pixels: PixelArray,
    format: Format = 'ome-zarr',
    existing: ExistingRule = 'error',
  ): Promise<void> {
    const full = { channels: channels(info.shape[1]), pixelSize: null, ...info };
    const writer = await createImageWriter(file, full, format, { existing });
    const width = info.shape[4];
    const random = new Random(1);
    for (let at = 0; at < pixels.length; ) {
      const piece = pixels.slice(at, at + (1 + random.integer(9)) * width);
      await writer.write(piece);
      at += piece.length;
      piece.fill(99);
    }
    await writer.finish();
  }

  async function read(file: string, level = 0): Promise<PixelArray> {
    const source = await openImage(file);
    return source.read(wholeRegion(source.info.levels[level]), { level });
  }

  for (const format of FORMATS) {
    it(`${format}: every type comes back as it was, packed or not, in chunks with ragged borders`, async () => {
      const shape: Shape5 = [2, 2, 2, 19, 37];
      for (const dtype of DTYPES) {
        for (const compression of ['none', 'deflate'] as const) {
          const file = folder.file(`${format}-${dtype}-${compression}.ome.zarr`);
          const pixels = pattern(dtype, count(shape));
          await write(file, { shape, dtype, compression, tile: 16 }, pixels, format);
          assert.deepEqual(await read(file), pixels);
          assert.deepEqual((await openImage(file)).info.blocks, [[1, 1, 1, 16, 16]]);
        }
      }
    });

    it(`${format}: metadata come back as they were`, async () => {
      const file = folder.file(`${format}-metadata.zarr`);
      const info = {
        shape: [3, 2, 1, 4, 4] as Shape5,
        dtype: 'uint16' as const,
        channels: channels(2),
        pixelSize: { z: 2, y: 0.5, x: 0.25 },
        scale: 1 / 65535,
        acquisition: { date: '2026-01-02T03:04:05Z', timeIncrement: 1.5, well: 'B3', field: 0, plate: 'P' },
      };
      await write(file, info, pattern('uint16', 96), format);
      const { channels: named, pixelSize, scale, acquisition } = (await openImage(file)).info;
      const { shape: _, dtype: __, ...wanted } = info;
      assert.deepEqual({ channels: named, pixelSize, scale, acquisition }, wanted);
      // zarr-python 2 reads metadata as ASCII.
      const metadata = path.join(file, format === 'ome-zarr' ? 'zarr.json' : '.zattrs');
      assert.doesNotMatch(readFileSync(metadata, 'latin1'), /[\u007f-\uffff]/);
    });
  }

  it('follows NGFF 0.5: axes, scales and shifts of each level, how channels are shown', async () => {
    const file = folder.file('ngff.ome.zarr');
    const pixels = Uint16Array.from({ length: 2 * 600 * 4 }, (_, i) => 5 + (i % 7));
    const info = {
      shape: [1, 1, 2, 600, 4] as Shape5,
      dtype: 'uint16' as const,
      pixelSize: { z: null, y: 0.5, x: 0.5 },
    };
    await write(file, { ...info, pyramid: 'mean' }, pixels);
    const group = JSON.parse(readFileSync(path.join(file, 'zarr.json'), 'utf8'));
    const { version, multiscales, omero } = group.attributes.ome;
    assert.deepEqual([group.zarr_format, group.node_type, version], [3, 'group', '0.5']);
    assert.deepEqual(multiscales[0].axes, [
      { name: 't', type: 'time' },
      { name: 'c', type: 'channel' },
      { name: 'z', type: 'space' },
      { name: 'y', type: 'space', unit: 'micrometer' },
      { name: 'x', type: 'space', unit: 'micrometer' },
    ]);
    assert.deepEqual(multiscales[0].datasets, [
      { path: '0', coordinateTransformations: [{ type: 'scale', scale: [1, 1, 1, 0.5, 0.5] }] },
      {
        path: '1',
        coordinateTransformations: [
          { type: 'scale', scale: [1, 1, 1, 1, 1] },
          { type: 'translation', translation: [0, 0, 0, 0.25, 0.25] },
        ],
      },
    ]);
    assert.deepEqual(omero.channels[0].window, { min: 0, max: 65535, start: 5, end: 11 });
    const array = JSON.parse(readFileSync(path.join(file, '1', 'zarr.json'), 'utf8'));
    assert.deepEqual(array.shape, [1, 1, 2, 300, 2]);
    assert.deepEqual(array.dimension_names, ['t', 'c', 'z', 'y', 'x']);
  });

  it('smaller levels are the mean or the nearest of the one before', async () => {
    const shape: Shape5 = [1, 2, 1, 33, 1100];
    const pixels = pattern('uint16', count(shape));
    for (const pyramid of ['mean', 'nearest'] as const) {
      const file = folder.file(`${pyramid}.ome.zarr`);
      await write(file, { shape, dtype: 'uint16', pyramid }, pixels);
      const { levels } = (await openImage(file)).info;
      assert.deepEqual(levels, [shape, [1, 2, 1, 17, 550], [1, 2, 1, 9, 275]]);
      const half = new RowHalver(1100, 33, 'uint16', pyramid).add(pixels);
      assert.deepEqual(await read(file, 1), half);
      assert.deepEqual(await read(file, 2), new RowHalver(550, 17, 'uint16', pyramid).add(half));
    }
  });

  it('chunks of zeros get no file, those of negative zeros do', async () => {
    const file = folder.file('sparse.ome.zarr');
    const pixels = new Float32Array(3 * 16 * 16);
    pixels[256] = -0;
    pixels[512] = 1;
    await write(file, { shape: [1, 1, 3, 16, 16], dtype: 'float32', tile: 16 }, pixels);
    assert.deepEqual(readdirSync(path.join(file, '0/c/0/0')).sort(), ['1', '2']);
    assert.deepEqual(await read(file), pixels);
  });

  it('appears whole or not at all, and replaces only a Zarr image', async () => {
    const info = { shape: [1, 1, 1, 2, 2] as Shape5, dtype: 'uint8' as const };
    const file = folder.file('atomic/a.ome.zarr');
    const names = () => readdirSync(path.dirname(file));
    const full = { ...info, channels: channels(1), pixelSize: null };
    const writer = await createImageWriter(file, full, 'ome-zarr');
    await writer.write(Uint8Array.of(1, 2));
    assert.equal(existsSync(file), false);
    await assert.rejects(writer.finish(), failure('invalid-input', /1 of 2 rows were written/));
    assert.deepEqual(names(), []);

    await write(file, info, Uint8Array.of(1, 2, 3, 4));
    await assert.rejects(write(file, info, Uint8Array.of(5, 6, 7, 8)), failure('exists', /exists already/));
    const second = await createImageWriter(file, full, 'ome-zarr', { existing: 'replace' });
    await assert.rejects(second.write(Uint16Array.of(1, 2)), failure('invalid-input', /rows: expected uint8/));
    assert.deepEqual([names(), [...(await read(file))]], [['a.ome.zarr'], [1, 2, 3, 4]]);
    await write(file, info, Uint8Array.of(5, 6, 7, 8), 'ome-zarr-v2', 'replace');
    assert.deepEqual([names(), [...(await read(file))]], [['a.ome.zarr'], [5, 6, 7, 8]]);

    const inside = path.join(file, 'b.ome.zarr');
    await assert.rejects(write(inside, info, Uint8Array.of(1)), failure('invalid-input', /outside the Zarr image/));
    for (const format of FORMATS) {
      writeFileSync(folder.file('a file.zarr'), 'x');
      const over = write(folder.file('a file.zarr'), info, Uint8Array.of(1, 2, 3, 4), format, 'replace');
      await assert.rejects(over, failure('exists', /is not of the kind that is written/));
    }
    assert.equal(readFileSync(folder.file('a file.zarr'), 'utf8'), 'x');
  });

  it('two writers at once: the second to finish is told', async () => {
    const file = folder.file('race.ome.zarr');
    mkdirSync(path.dirname(file), { recursive: true });
    const info = { shape: [1, 1, 1, 1, 1] as Shape5, dtype: 'uint8' as const, channels: channels(1), pixelSize: null };
    const [a, b] = [await createImageWriter(file, info, 'ome-zarr'), await createImageWriter(file, info, 'ome-zarr')];
    await a.write(Uint8Array.of(1));
    await b.write(Uint8Array.of(2));
    await a.finish();
    await assert.rejects(b.finish(), failure('exists', /race\.ome\.zarr: exists already/));
    assert.deepEqual([...(await read(file))], [1]);
  });
});
