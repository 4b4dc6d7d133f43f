import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { openImage } from '../../../src/formats';
import { completenessOf } from '../../../src/formats/completeness';
import type { OpenOptions } from '../../../src/formats/source';
import { filesOfCompanion, filesOfImages } from '../../../src/formats/tiff/file-sets';
import { bytesOf } from '../../../src/image/dtype';
import { wholeRegion } from '../../../src/image/region';
import { REFERENCES } from '../../support/shared-data';
import { failure } from '../error-matching';
import { useTempFolder } from '../temp-folder';
import { buildNdTiff, type NdOptions, type NdPlane } from './ndtiff-builder';

const [HEIGHT, WIDTH] = [4, 6];
const grey = (value: number) => new Uint16Array(HEIGHT * WIDTH).fill(value);
const plane = (value: number, axes: NdPlane['axes'], more: Partial<NdPlane> = {}): NdPlane => ({
  axes,
  pixels: grey(value),
  ...more,
});

describe('NDTiff data sets', () => {
  const temp = useTempFolder();
  let sets = 0;
  /** Writes a set into a folder of its own. */
  const write = (planes: readonly NdPlane[], options: Partial<NdOptions> = {}) => {
    const folder = temp.file(`set${sets++}`);
    mkdirSync(folder);
    const files = buildNdTiff(planes, { height: HEIGHT, width: WIDTH, ...options });
    for (const [name, bytes] of Object.entries(files)) writeFileSync(path.join(folder, name), bytes);
    return { folder, main: path.join(folder, 'scan_NDTiffStack.tif'), files };
  };
  const read = async (file: string, options: OpenOptions = {}) => {
    const source = await openImage(file, options);
    try {
      const pixels = await source.read(wholeRegion(source.info.levels[0]));
      const [t, c, z] = source.info.levels[0];
      const first = [...pixels].filter((_, i) => i % (HEIGHT * WIDTH) === 0);
      return { ...source.info, shape: [t, c, z], first, pixels };
    } finally {
      await source.close();
    }
  };

  it('of Micro-Manager: pixels, channels and times as an independent reader of the specification finds them', async () => {
    const found = await read(path.join(REFERENCES, 'ndtiff/ndtiffv3.0_test_NDTiffStack.tif'));
    assert.deepEqual([found.format, found.levels, found.dtype], ['ndtiff', [[5, 2, 1, 32, 32]], 'uint16']);
    assert.deepEqual(
      found.channels.map(({ name }) => name),
      ['DAPI', 'FITC'],
    );
    assert.deepEqual(found.pixelSize, { z: null, y: 1, x: 1 });
    // Of the planes [time, channel] by the offsets of the index, in Python's struct.
    const sum = createHash('sha256').update(bytesOf(found.pixels)).digest('hex');
    assert.equal(sum, '56e1dd4337ad9182a2d06d1af19e6bf6a59c7e85c7049a2e91f1e7af891df22f');
  });

  it('are read over all of their files, from whichever is named; planes taken twice count once, missing ones are 0', async () => {
    const { folder, main } = write([
      plane(1, { channel: 'DAPI', z: 0 }, { metadata: { PixelSizeUm: 0.25 } }),
      plane(2, { channel: 'DAPI', z: 1 }),
      plane(3, { channel: 'GFP', z: 0 }, { file: 1 }),
      plane(9, { z: 0, channel: 'DAPI' }, { file: 1 }),
    ]);
    for (const file of [main, path.join(folder, 'scan_NDTiffStack_1.tif')]) {
      const found = await read(file);
      assert.deepEqual(
        [found.shape, found.first],
        [
          [1, 2, 2],
          [9, 2, 3, 0],
        ],
      );
      assert.deepEqual(
        found.channels.map(({ name }) => name),
        ['DAPI', 'GFP'],
      );
      assert.deepEqual(found.notes, ['1 of 4 planes are missing and read as 0']);
      const parts = found.others?.map(({ path: part }) => path.basename(part)) ?? [];
      assert.equal(parts.length, 2, parts.join());
      assert.ok(parts.includes('NDTiff.index'), parts.join());
    }
    const names = ['scan_NDTiffStack.tif', 'scan_NDTiffStack_1.tif'];
    assert.deepEqual(
      (await filesOfImages(main)).map((each) => each.toSorted()),
      [names],
    );
    assert.deepEqual((await filesOfCompanion(path.join(folder, 'NDTiff.index'))).toSorted(), names);
    await assert.rejects(
      openImage(path.join(folder, 'NDTiff.index')),
      failure('unsupported', /scan_NDTiffStack_1\.tif, scan_NDTiffStack\.tif/),
    );
  });

  it('have a scene for each position and tile, under its name, and colours as channels', async () => {
    const { main } = write([
      plane(1, { position: 'Pos2', time: 0 }, { metadata: { PixelSizeUm: 0.5 } }),
      plane(2, { position: 'Pos0', time: 0 }, { metadata: { PixelSizeUm: 0.5 } }),
      plane(3, { position: 'Pos2', time: 1 }),
    ]);
    const [first, second] = [await read(main), await read(main, { scene: 1 })];
    assert.deepEqual([first.scenes, first.sceneName, first.shape, first.first], [2, 'Pos2', [2, 1, 1], [1, 3]]);
    assert.deepEqual([second.sceneName, second.first], ['Pos0', [2]]);
    assert.deepEqual([second.pixelSize], [{ z: 0.5, y: 0.5, x: 0.5 }]);
    assert.equal((await read(write([plane(1, { position: 3 })]).main)).sceneName, 'position 3');
    const tile = {
      axes: { row: 0, column: 3 },
      pixels: Uint8Array.from({ length: 3 * HEIGHT * WIDTH }, (_, i) => i % 3),
    };
    const colour = await read(write([tile]).main);
    assert.deepEqual([colour.sceneName, colour.shape, colour.dtype], ['row 0 column 3', [1, 3, 1], 'uint8']);
    assert.deepEqual(colour.first, [0, 1, 2]);
  });

  it('of 10 to 14 bits are read as 16', async () => {
    for (const pixelType of [3, 4, 5, 6]) {
      const { dtype, first } = await read(write([plane(1000, { z: 0 }, { pixelType })]).main);
      assert.deepEqual([dtype, first], ['uint16', [1000]], `type ${pixelType}`);
    }
  });

  it('without their index, or one that names them, are read by what their pages say', async () => {
    const { folder, main, files } = write([plane(1, { z: 0 }), plane(2, { z: 1 })]);
    rmSync(path.join(folder, 'NDTiff.index'));
    assert.deepEqual(await filesOfImages(main), []);
    const found = await read(main);
    assert.deepEqual([found.format, found.first], ['tiff', [1, 2]]);
    const renamed = path.join(folder, 'renamed.tif');
    writeFileSync(renamed, files['scan_NDTiffStack.tif']);
    writeFileSync(path.join(folder, 'NDTiff.index'), files['NDTiff.index']);
    assert.deepEqual((await read(renamed)).format, 'tiff');
  });

  it('are refused with the entry that is wrong', async () => {
    const two = [plane(1, { z: 0 }), plane(2, { z: 1 })];
    const { folder, main, files } = write(two);
    const index = path.join(folder, 'NDTiff.index');
    const bytes = Buffer.from(files['NDTiff.index']);
    const refuse = async (
      damage: (copy: Buffer) => Uint8Array,
      code: 'corrupt-file' | 'unsupported',
      message: RegExp,
    ) => {
      writeFileSync(index, damage(Buffer.from(bytes)));
      await assert.rejects(openImage(main), failure(code, message));
    };
    const length = bytes.length / 2;
    await refuse((copy) => copy.subarray(0, -3), 'corrupt-file', /NDTiff\.index: entry 1 goes beyond the end/);
    await refuse((copy) => copy.fill(0x20, 4, 11), 'corrupt-file', /entry 0 has no axes/);
    const put = (place: number, value: number) => (copy: Buffer) => {
      copy.writeUInt32LE(value, length - 32 + 4 * place);
      return copy;
    };
    await refuse(put(0, 2 ** 31), 'corrupt-file', /the pixels of the plane {"z":0} should be at bytes 2147483648/);
    await refuse(put(1, 0), 'corrupt-file', /plane {"z":0} states a size of 4 x 0/);
    await refuse(put(3, 9), 'unsupported', /pixel type 9; expected one of 0, 1, 2, 3, 4, 5, 6/);
    await refuse(put(4, 1), 'unsupported', /entry 0 at byte 0 is compressed/);
    await refuse(put(1, 5), 'unsupported', /is an NDTiff file whose planes do not fit together.*set "Pages"/);
    const angles = write([plane(1, { angle: 0 }), plane(2, { angle: 1 })]).main;
    await assert.rejects(openImage(angles), failure('unsupported', /axes that are none of t, c and z/));
    assert.deepEqual((await read(angles, { pages: 't' })).shape, [2, 1, 1]);
  });

  it('of which a file is missing say which', async () => {
    const { folder, main } = write([plane(1, { z: 0 }), plane(2, { z: 1 }, { file: 1 })]);
    rmSync(path.join(folder, 'scan_NDTiffStack_1.tif'));
    await assert.rejects(openImage(main), failure('not-found', /the part "scan_NDTiffStack_1\.tif" is missing/));
  });

  it('are complete when their writer has given back what it reserved, in index and files', async () => {
    const planes = [plane(1, { z: 0 }), plane(2, { z: 1 })];
    const { folder, main, files } = write(planes);
    assert.equal(await completenessOf(main), 'so-far');
    const writing = write(planes, { reserved: 4096 });
    assert.equal(await completenessOf(writing.main), 'unknown');
    assert.match(String((await read(writing.main)).notes), /did not come to its end/);
    // The file is at its end, the index not yet.
    writeFileSync(writing.main, files['scan_NDTiffStack.tif']);
    assert.equal(await completenessOf(writing.main), 'unknown');
    // Pixels that the index names are not there yet.
    writeFileSync(main, files['scan_NDTiffStack.tif'].subarray(0, -40));
    assert.equal(await completenessOf(main), 'unknown');
    writeFileSync(main, files['scan_NDTiffStack.tif']);
    writeFileSync(path.join(folder, 'NDTiff.index'), files['NDTiff.index'].subarray(0, -5));
    assert.equal(await completenessOf(main), 'unknown');
  });
});
