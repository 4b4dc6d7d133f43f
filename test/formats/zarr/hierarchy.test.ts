import assert from 'node:assert/strict';
import { readFileSync, rmSync, symlinkSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import zlib from 'node:zlib';
import { describeImage, fileVersion, openImage, readAll } from '../../../src/formats';
import { wholeRegion } from '../../../src/image/region';
import { failure } from '../error-matching';
import { useTempFolder } from '../temp-folder';
import { multiscales, writeGroup, writeJson, writeV2, writeV3 } from './hand-made';

let number = 0;

describe('the groups of OME-Zarr', () => {
  const folder = useTempFolder();
  const newFolder = () => folder.file(`group ${number++}.ome.zarr`);
  const ome = (attributes: object) => ({ ome: { version: '0.5', ...attributes } });

  /** An image of 4 x 6 pixels of one value, packed by gzip. */
  async function image(file: string, value = 1, attributes: object = multiscales('yx')): Promise<string> {
    writeGroup(file, 3, ome(attributes));
    await array(`${file}/0`, value);
    return file;
  }
  const array = (file: string, value: number, names?: string[]) =>
    writeV3(file, {
      shape: [4, 6],
      chunks: [4, 4],
      dtype: 'uint8',
      bytes: new Uint8Array(24).fill(value),
      codecs: [{ name: 'gzip' }],
      encode: (bytes) => zlib.gzipSync(bytes),
      names,
    });
  const firstPixel = async (file: string, scene = 0) => {
    const source = await openImage(file, { scene });
    const { scenes, acquisition } = source.info;
    const pixels = await source.read(wholeRegion(source.info.levels[0]));
    return { value: pixels[0], scenes, acquisition };
  };

  it('pixel size and time from scales and units, names from omero', async () => {
    const file = newFolder();
    const axes = [
      { name: 't', type: 'time', unit: 'millisecond' },
      { name: 'c', type: 'channel' },
      { name: 'z', type: 'space' },
      { name: 'y', type: 'space', unit: 'nanometer' },
      { name: 'x', type: 'space', unit: 'micrometer' },
    ];
    const scale = (values: number[]) => [{ type: 'scale', scale: values }];
    const datasets = [0, 1].map((i) => ({ path: `level${i}`, coordinateTransformations: scale([1, 1, 3, 250, 0.5]) }));
    const channels = [{ label: 'DAPI' }, { color: 'FF0000' }];
    writeGroup(file, 2, {
      multiscales: [{ version: '0.4', axes, datasets, coordinateTransformations: scale([250, 1, 1, 2, 1]) }],
      omero: { channels },
      'node-red-segmenter': { scale: 0.25, acquisition: { well: 'B3', stage: { z: null, y: 1, x: 2 } } },
    });
    const shape = [2, 2, 1, 4, 6];
    await writeV2(`${file}/level0`, { shape, chunks: [1, 1, 1, 512, 512], dtype: 'uint8', bytes: new Uint8Array(96) });
    const half = [2, 2, 1, 2, 3];
    await writeV2(`${file}/level1`, {
      shape: half,
      chunks: [1, 2, 1, 2, 2],
      dtype: 'uint8',
      bytes: new Uint8Array(24),
    });
    const { others = [], ...info } = (await openImage(file)).info;
    const metadata = ['.zattrs', 'level0/.zarray', 'level1/.zarray'].map((name) => path.join(file, name));
    assert.deepEqual(
      others.map((other) => other.path),
      metadata,
    );
    assert.deepEqual(info, {
      format: 'ome-zarr',
      scenes: 1,
      scene: 0,
      levels: [shape, half],
      blocks: [
        [1, 1, 1, 4, 6],
        [1, 2, 1, 2, 2],
      ],
      dtype: 'uint8',
      channels: [
        { index: 0, name: 'DAPI' },
        { index: 1, name: 'Channel 1' },
      ],
      // The z axis has a scale but no unit: that is no length.
      pixelSize: { z: null, y: 0.5, x: 0.5 },
      scale: 0.25,
      acquisition: { well: 'B3', stage: { z: null, y: 1, x: 2 }, timeIncrement: 0.25 },
    });
  });

  it('a field of a plate that is written anew is told of, though the metadata of the plate stay', async () => {
    const plate = newFolder();
    writeGroup(plate, 3, ome({ plate: { name: 'P7', rows: [], columns: [], wells: [{ path: 'A/1' }] } }));
    writeGroup(path.join(plate, 'A/1'), 3, ome({ well: { images: [{ path: '0' }, { path: '1' }] } }));
    for (const field of ['0', '1']) await image(path.join(plate, 'A/1', field), 5);
    const describe = async (scene: number) =>
      describeImage(plate, { id: `f${scene}`, scene, version: await fileVersion(plate) });
    const [first, second] = [await describe(0), await describe(1)];
    await image(path.join(plate, 'A/1/1'), 9);
    const metadata = path.join(plate, 'A/1/1/0/zarr.json');
    utimesSync(metadata, new Date(), new Date(Date.now() + 60_000));
    assert.equal((await readAll(first)).data[0], 5);
    await assert.rejects(
      readAll(second),
      failure('changed', /has changed since it was loaded as f1; .*A.1.1.0.zarr\.json/),
    );
    assert.equal((await readAll(await describe(1))).data[0], 9);
  });

  it('each field of each well of a plate is a scene; wells, fields and labels open by their paths', async () => {
    const plate = newFolder();
    const wells = ['A/1', 'B/12'].map((well) => ({ path: well, rowIndex: 0, columnIndex: 0 }));
    writeGroup(plate, 3, ome({ plate: { name: 'P7', rows: [], columns: [], wells: [...wells, { path: 'C/1' }] } }));
    let value = 1;
    for (const { path: well } of wells) {
      writeGroup(path.join(plate, well), 3, ome({ well: { images: [{ path: '0' }, { path: 'f2' }] } }));
      for (const field of ['0', 'f2']) await image(path.join(plate, well, field), value++);
    }
    const at = (well: string, field: number) => ({ plate: 'P7', well, field });
    assert.deepEqual(await firstPixel(plate, 0), { value: 1, scenes: 4, acquisition: at('A1', 0) });
    assert.deepEqual(await firstPixel(plate, 3), { value: 4, scenes: 4, acquisition: at('B12', 1) });
    assert.deepEqual(await firstPixel(path.join(plate, 'B/12'), 1), { value: 4, scenes: 2, acquisition: { field: 1 } });
    assert.deepEqual(await firstPixel(path.join(plate, 'B/12/f2')), { value: 4, scenes: 1, acquisition: undefined });
    await assert.rejects(
      openImage(plate, { scene: 4 }),
      failure('invalid-input', /scene: expected an integer from 0 to 3/),
    );

    const field = path.join(plate, 'A/1/0');
    writeGroup(path.join(field, 'labels'), 3, ome({ labels: ['cells', 'nuclei'] }));
    await image(path.join(field, 'labels/cells'), 70);
    await image(path.join(field, 'labels/nuclei'), 71);
    assert.equal((await firstPixel(field)).scenes, 1);
    assert.deepEqual(await firstPixel(path.join(field, 'labels'), 1), { value: 71, scenes: 2, acquisition: undefined });
    assert.equal((await firstPixel(path.join(field, 'labels/cells'))).value, 70);
  });

  it('collections of bioformats2raw: as OME/series lists them, else numbered', async () => {
    const file = newFolder();
    writeGroup(file, 2, { 'bioformats2raw.layout': 3 });
    for (const name of ['0', '1', '3']) await image(path.join(file, name), 10 + Number(name));
    assert.deepEqual(await firstPixel(file, 1), { value: 11, scenes: 2, acquisition: undefined });
    writeGroup(path.join(file, 'OME'), 2, { series: ['3', '0', '1'] });
    assert.deepEqual(await firstPixel(file, 0), { value: 13, scenes: 3, acquisition: undefined });
  });

  it('an array that names its dimensions opens, another is refused', async () => {
    const file = newFolder();
    await array(file, 5, ['y', 'x']);
    assert.equal((await firstPixel(file)).value, 5);
    await array(file, 5);
    await assert.rejects(openImage(file), failure('unsupported', /dimensions are not named t, c, z, y, x/));
  });

  it('damaged chunks and metadata are told of by their files', async () => {
    const file = await image(newFolder());
    const chunk = path.join(file, '0/c/0/1');
    const whole = readFileSync(chunk);
    const refused = (message: RegExp) => assert.rejects(firstPixel(file), failure('corrupt-file', message));
    truncateSync(chunk, 9);
    await refused(/0\/c\/0\/1: the chunk 0, 1 cannot be decoded: gzip: unexpected end of file/);
    writeFileSync(chunk, zlib.gzipSync(new Uint8Array(15)));
    await refused(/0\/c\/0\/1: .*holds 15 pixels, expected 16 of a chunk \[4,4\]/);
    writeFileSync(chunk, zlib.gzipSync(new Uint8Array(10_000_000)));
    await refused(/0\/c\/0\/1: .*cannot be decoded: gzip: Cannot create a Buffer larger than/);
    writeFileSync(chunk, new Uint8Array(1_000_000));
    await refused(/0\/c\/0\/1: has 1000000 bytes, expected at most 65554/);
    writeFileSync(chunk, whole);
    truncateSync(path.join(file, '0/zarr.json'), 20);
    await refused(/0\/zarr\.json: is no JSON/);
    rmSync(path.join(file, '0/zarr.json'));
    await refused(/ome\.zarr\/0: expected the array of a resolution here/);
    writeFileSync(path.join(file, 'zarr.json'), '[]');
    await refused(/zarr\.json: expected an object in JSON/);
  });

  it('what is not read, or leads out of the image, is refused by name before anything is made of it', async () => {
    const refused = async (attributes: object, code: 'corrupt-file' | 'unsupported', message: RegExp) =>
      assert.rejects(openImage(await image(newFolder(), 1, attributes)), failure(code, message));
    await refused({ version: '0.6', ...multiscales('yx') }, 'unsupported', /NGFF version "0\.6" is not read/);
    await refused(
      multiscales('yx', 1, { datasets: [{ path: '../other' }] }),
      'corrupt-file',
      /"\.\.\/other" leads out/,
    );
    await refused(multiscales('yx', 1, { datasets: [{ path: '/etc' }] }), 'corrupt-file', /"\/etc" leads out/);
    await refused(multiscales('zyx'), 'corrupt-file', /shape: expected 3 dimensions \(z, y, x\), got \[4,6\]/);
    await refused(multiscales('zx'), 'corrupt-file', /axes: expected axes y and x/);
    await refused(
      multiscales('yx', 1, { axes: 'yx' }),
      'corrupt-file',
      /multiscales\[0\]\.axes: expected a list, got "yx"/,
    );
    await refused({ other: 1 }, 'unsupported', /is a Zarr group without an image/);
    await assert.rejects(openImage(folder.file('none.zarr')), failure('not-found', /none\.zarr/));

    const changed = async (change: object, code: 'corrupt-file' | 'unsupported', message: RegExp) => {
      const file = await image(newFolder());
      const json = JSON.parse(readFileSync(path.join(file, '0/zarr.json'), 'utf8'));
      writeJson(path.join(file, '0/zarr.json'), { ...json, ...change });
      await assert.rejects(openImage(file), failure(code, message));
    };
    const grid = (shape: number[]) => ({ chunk_grid: { name: 'regular', configuration: { chunk_shape: shape } } });
    await changed(
      grid([2 ** 20, 2 ** 20]),
      'unsupported',
      /chunks of \[1048576,1048576\] uint8 pixels .* at most 512 MiB/,
    );
    await changed(grid([0, 4]), 'corrupt-file', /chunk_shape\[0\]: expected an integer from 1/);
    await changed({ shape: [2 ** 39, 6] }, 'unsupported', /the axis y has 549755813888 pixels/);
    await changed({ data_type: 'complex64' }, 'unsupported', /pixels of type "complex64"/);
    await changed({ fill_value: 256 }, 'corrupt-file', /fill_value: expected a value of type uint8, got 256/);
    await changed({ codecs: [{ name: 'bytes' }, { name: 'jpegxl' }] }, 'unsupported', /the codec "jpegxl" is not read/);
  });

  it('links may lead about in the image, not out of it', async () => {
    const other = await image(newFolder());
    const file = await image(newFolder());
    rmSync(path.join(file, '0'), { recursive: true });
    symlinkSync(path.join(other, '0'), path.join(file, '0'));
    await assert.rejects(openImage(file), failure('not-allowed', /is a link that leads out of the Zarr image/));
    rmSync(path.join(file, '0'));
    await array(path.join(file, 'real'), 9);
    symlinkSync('real', path.join(file, '0'));
    assert.equal((await firstPixel(file)).value, 9);
  });
});
