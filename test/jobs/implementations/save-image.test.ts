import assert from 'node:assert/strict';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describeImage, readAll, WRITE_FORMATS } from '../../../src/formats';
import type { Shape5 } from '../../../src/image/region';
import { fileName, saveImageJob } from '../../../src/jobs/implementations/save-image';
import type { SaveSettings } from '../../../src/jobs/job-types';
import { pixelsOf, Workbench } from './workbench';

describe('save-image job', () => {
  let bench: Workbench;
  let settings: SaveSettings;
  beforeEach(async () => {
    bench = await Workbench.open();
    const folder = path.join(bench.data, 'out');
    settings = {
      folder,
      filename: null,
      format: 'ome-tiff',
      existing: 'error',
      compression: 'deflate',
      layout: 'auto',
      png: false,
    };
  });
  afterEach(() => bench.close());
  const shape: Shape5 = [2, 2, 2, 2, 3];
  const pixels = Uint16Array.from({ length: 48 }, (_, i) => i * 1000);

  it('copies every plane with pixel size and channel names, under <id>_<image>', async () => {
    const image = await bench.image('a.ome.tiff', shape, pixels, { pixelSize: { z: 2, y: 0.25, x: 0.25 } });
    const saved = await saveImageJob({ image, role: 'probability', id: 'plate 1/a', settings }, bench.context());
    assert.deepEqual(saved, { path: path.join(settings.folder, 'plate 1', 'a_probability.ome.tiff'), skipped: false });
    const copy = await describeImage(saved.path, { id: 'copy' });
    assert.deepEqual(await pixelsOf(copy), [...pixels]);
    assert.deepEqual([copy.shape, copy.pixelSize, copy.channels], [[...shape], image.pixelSize, image.channels]);
  });

  it('saves a selection of channels only', async () => {
    const image = await bench.image('a.ome.tiff', shape, pixels);
    const one = await describeImage(path.join(bench.data, 'a.ome.tiff'), { id: 'a', channels: 'c1', time: [1] });
    const saved = await saveImageJob({ image: one, role: 'raw', id: 'a', settings }, bench.context());
    const copy = await describeImage(saved.path, { id: 'copy' });
    assert.deepEqual(copy.channels, [{ index: 0, name: 'c1' }]);
    assert.deepEqual(await pixelsOf(copy), [...pixels.subarray(36)]);
    assert.equal(image.shape[1], 2);
  });

  it('writes OME-Zarr of either version and reads it again, with all that is known of the image', async () => {
    const image = await bench.image('a.ome.tiff', shape, pixels, { pixelSize: { z: 2, y: 0.25, x: 0.25 } });
    const acquisition = { well: 'B3', field: 1 };
    for (const format of ['ome-zarr', 'ome-zarr-v2'] as const) {
      const save = (existing: SaveSettings['existing']) =>
        saveImageJob(
          { image: { ...image, acquisition }, role: 'raw', id: format, settings: { ...settings, format, existing } },
          bench.context(),
        );
      const saved = await save('error');
      assert.equal(saved.path, path.join(settings.folder, `${format}_raw.ome.zarr`));
      const copy = await describeImage(saved.path, { id: 'copy' });
      assert.deepEqual(await pixelsOf(copy), [...pixels]);
      assert.deepEqual(
        [copy.pixelSize, copy.channels, copy.acquisition],
        [image.pixelSize, image.channels, acquisition],
      );
      await assert.rejects(save('error'), { code: 'exists' });
      assert.equal((await save('skip')).skipped, true);
      assert.equal((await save('replace')).skipped, false);
      const own = {
        image: copy,
        role: 'raw',
        id: format,
        settings: { ...settings, format, existing: 'replace' as const },
      };
      await assert.rejects(saveImageJob(own, bench.context()), { message: /another file than the one/ });
    }
  });

  it('reads an image from a server only where the settings allow it', async () => {
    const source = await bench.image('a.ome.tiff', shape, pixels);
    const image = { ...source, format: 'ome-zarr', uri: 'http://127.0.0.1:9/a.zarr' };
    const saving = saveImageJob({ image, role: 'raw', id: 'a', settings }, bench.context());
    await assert.rejects(saving, { code: 'not-allowed', message: /127\.0\.0\.1:9\/a\.zarr lies on no allowed server/ });
  });

  it('refuses, replaces or skips an existing file', async () => {
    const image = await bench.image('a.tiff', [1, 1, 1, 2, 2], Uint8Array.of(1, 2, 3, 4));
    const target = path.join(settings.folder, 'x.tif');
    await saveImageJob(
      { image, role: 'mask', id: 'a', settings: { ...settings, format: 'tiff', filename: 'x.tif' } },
      bench.context(),
    );
    await writeFile(target, 'old');
    const save = (existing: SaveSettings['existing']) =>
      saveImageJob(
        { image, role: 'mask', id: 'a', settings: { ...settings, format: 'tiff', filename: 'x.tif', existing } },
        bench.context(),
      );
    await assert.rejects(save('error'), { code: 'exists' });
    assert.deepEqual(await save('skip'), { path: target, skipped: true });
    assert.equal(await readFile(target, 'utf8'), 'old');
    assert.deepEqual(await save('replace'), { path: target, skipped: false });
    assert.deepEqual([...(await readAll(await describeImage(target, { id: 'x' }))).data], [1, 2, 3, 4]);
  });

  for (const format of ['ome-tiff', 'tiff', 'ome-zarr', 'ome-zarr-v2', 'png'] as const) {
    it(`replaces its own ${format}, and gives a number to a new one beside another's`, async () => {
      const save = async (name: string, pixels: number[]) => {
        const image = await bench.image(`${name}.tiff`, [1, 1, 1, 2, 2], Uint8Array.from(pixels));
        const own = { ...settings, format, existing: 'own' as const };
        return saveImageJob({ image, role: 'mask', id: 'a', settings: own }, bench.context());
      };
      const first = await save('one', [1, 2, 3, 4]);
      assert.deepEqual(await save('two', [5, 6, 7, 8]), first);
      assert.deepEqual(await pixelsOf(await describeImage(first.path, { id: 'x' })), [5, 6, 7, 8]);
      await rm(first.path, { recursive: true });
      if (WRITE_FORMATS[format].isFolder) await mkdir(first.path);
      const theirs = WRITE_FORMATS[format].isFolder ? path.join(first.path, '.zattrs') : first.path;
      await writeFile(theirs, '{"multiscales": []}');
      for (const pixels of [
        [1, 1, 1, 1],
        [2, 2, 2, 2],
      ]) {
        const { path: second } = await save(`other${pixels[0]}`, pixels);
        assert.equal(path.basename(second), `a_mask_2${WRITE_FORMATS[format].endings[0]}`);
        assert.deepEqual(await pixelsOf(await describeImage(second, { id: 'x' })), pixels);
      }
      assert.equal(await readFile(theirs, 'utf8'), '{"multiscales": []}');
    });
  }

  it('renders a PNG into the scratch store on request: the maximum along z', async () => {
    const image = await bench.image('a.ome.tiff', [1, 1, 2, 2, 2], Uint8Array.of(0, 255, 0, 0, 0, 0, 255, 0));
    const saved = await saveImageJob(
      { image, role: 'mask', id: 'a', settings: { ...settings, png: true } },
      bench.context(),
    );
    const file = saved.png ?? '';
    assert.ok(file.startsWith(path.join(bench.folder, 'cache')), file);
    const png = await describeImage(file, { id: 'png' });
    assert.equal(png.format, 'png');
    assert.deepEqual(await pixelsOf(png), [0, 255, 255, 0]);
  });

  it('renders probabilities from 0 to 1 and raw images between percentiles', async () => {
    const grey = async (role: string, values: Float32Array<ArrayBuffer>) => {
      const image = await bench.image(`${role}.ome.tiff`, [1, 1, 1, 1, values.length], values);
      const saved = await saveImageJob(
        { image, role, id: role, settings: { ...settings, png: true } },
        bench.context(),
      );
      return pixelsOf(await describeImage(saved.png ?? '', { id: 'png' }));
    };
    assert.deepEqual(await grey('probability', Float32Array.of(0, 0.2, 1)), [0, 51, 255]);
    assert.deepEqual(await grey('raw', Float32Array.of(-10, 0, 10, Number.NaN)), [0, 128, 255, 0]);
  });

  it('refuses what leads outside, folders in names, other endings, and the file itself', async () => {
    const image = await bench.image('a.tiff', [1, 1, 1, 2, 2], Uint8Array.of(1, 2, 3, 4));
    const save = (changes: Partial<SaveSettings>, id = 'a') =>
      saveImageJob({ image, role: 'raw', id, settings: { ...settings, ...changes } }, bench.context());
    await assert.rejects(save({ folder: '/etc/segmenter' }), { code: 'not-allowed' });
    await assert.rejects(save({}, '../../../../evil'), { code: 'invalid-input', message: /below a folder/ });
    await assert.rejects(save({ filename: 'b/c' }), { code: 'invalid-input', message: /without folders/ });
    await assert.rejects(save({ filename: 'b.png' }), { code: 'invalid-input', message: /\.ome\.tiff/ });
    await assert.rejects(save({ folder: bench.data, filename: 'a.tiff', format: 'tiff', existing: 'replace' }), {
      code: 'invalid-input',
      message: /another file/,
    });
    const floats = await bench.image('f.tiff', [1, 1, 1, 2, 2], Float32Array.of(1, 2, 3, 4));
    const png = { ...settings, format: 'png' as const };
    await assert.rejects(saveImageJob({ image: floats, role: 'raw', id: 'f', settings: png }, bench.context()), {
      code: 'unsupported',
    });
  });

  it('completes a name that has no ending', () => {
    const name = (filename: string | null, format: SaveSettings['format']) =>
      fileName({ id: 'p/a', role: 'mask', settings: { ...settings, filename, format } });
    assert.equal(name(null, 'png'), 'p/a_mask.png');
    assert.equal(name('x', 'ome-tiff'), 'x.ome.tiff');
    for (const wrong of ['../x', '..', 'a\\x', 'C:x', 'nul.tiff', 'x\0', 'x.', 'x'.repeat(400)]) {
      assert.throws(() => name(wrong, 'ome-tiff'), { code: 'invalid-input', message: /^file name: expected a name/ });
    }
    assert.equal(name('x.v2', 'tiff'), 'x.v2.tiff');
    assert.equal(name('x.ome.tif', 'ome-tiff'), 'x.ome.tif');
  });

  it('stays in the folder whatever the id', async () => {
    const image = await bench.image('a.ome.tiff', shape, pixels);
    const save = (id: string) => saveImageJob({ image, role: 'mask', id, settings }, bench.context());
    for (const id of ['../up', '/up', 'a/../../up', 'a\0']) {
      await assert.rejects(save(id), { code: 'invalid-input', message: /^sample id: expected a path below a folder/ });
    }
    const { path: saved } = await save('..\\up');
    assert.equal(saved, path.join(settings.folder, '..%5Cup_mask.ome.tiff'));
  });
});
