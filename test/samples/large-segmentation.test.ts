import assert from 'node:assert/strict';
import { createImageWriter, describeImage, type WriteInfo } from '../../src/formats';
import type { ImageDescription } from '../../src/image/description';
import type { PixelArray } from '../../src/image/dtype';
import { openSegmentation } from '../../src/samples/segmentation';
import { type TemporaryFolder, temporaryFolder } from './temporary-files';

const SIDE = 4096;
const ROWS = 256;

describe('a segmentation too large to be looked at as a whole', () => {
  let folder: TemporaryFolder;
  before(async () => {
    folder = await temporaryFolder();
  });
  after(() => folder.remove());

  /** Two planes. @param rows the pixels from a row on, rows being counted through both */
  async function image(
    name: string,
    dtype: WriteInfo['dtype'],
    rows: (y: number) => PixelArray,
  ): Promise<ImageDescription> {
    const info: WriteInfo = {
      ...{ shape: [1, 1, 2, SIDE, SIDE], dtype, channels: [{ index: 0, name: 's' }], pixelSize: null },
    };
    const writer = await createImageWriter(folder.at(name), info, 'ome-tiff');
    for (let y = 0; y < 2 * SIDE; y += ROWS) await writer.write(rows(y));
    await writer.finish();
    return describeImage(folder.at(name), { id: 'a' });
  }

  it('NaN that comes late is refused with a remedy that helps, also where somebody said what is foreground', async () => {
    const rows = (y: number) => new Float32Array(ROWS * SIDE).fill(y === 0 ? Number.NaN : 1, 0, 1);
    const stated = {
      ...(await image('late.ome.tiff', 'float32', rows)),
      foreground: { kind: 'above' as const, value: 0 },
    };
    const reader = await openSegmentation(stated, { name: 'truth' });
    try {
      await assert.rejects(
        reader.readRows({ t: 0, c: 0, z: 0, y: 0, rows: 4 }),
        /late\.ome\.tiff\) has pixels that are NaN; save it with a number in their place, such as 0$/,
      );
    } finally {
      await reader.close();
    }
  });

  it('what comes after the parts that were looked at is judged as it passes', async () => {
    // Of these the second is in a part that is looked at.
    const special = new Map([
      [0, -1],
      [1024, 1],
    ]);
    const rows = (y: number) => new Int16Array(ROWS * SIDE).fill(special.get(y) ?? 0, 0, 1);
    const reader = await openSegmentation(await image('large.ome.tiff', 'int16', rows), { name: 'truth' });
    try {
      await reader.readRows({ t: 0, c: 0, z: 1, y: 0, rows: 4 });
      await assert.rejects(
        reader.readRows({ t: 0, c: 0, z: 0, y: 0, rows: 4 }),
        /truth \(.*large\.ome\.tiff\) holds -1/,
      );
    } finally {
      await reader.close();
    }
  });

  describe('values that the parts that were looked at do not show', () => {
    /** The first row of the first plane, which is not looked at, and the row 1024, which is, begin with these. */
    async function firstRow(dtype: 'uint8' | 'uint16', first: number[], looked: number[], labels = true) {
      const row = (values: number[]) => {
        const rows = dtype === 'uint8' ? new Uint8Array(ROWS * SIDE) : new Uint16Array(ROWS * SIDE);
        rows.set(values);
        return rows;
      };
      const rows = (y: number) => row(y === 0 ? first : y === 1024 ? looked : []);
      const reader = await openSegmentation(await image(`${dtype}-${first}.ome.tiff`, dtype, rows), {
        ...{ name: 'truth', labels },
      });
      try {
        return Array.from(await reader.readRows({ t: 0, c: 0, z: 0, y: 0, rows: 1 })).slice(0, first.length);
      } finally {
        await reader.close();
      }
    }

    it('a mark for pixels to be ignored is refused, whichever of it and the labels came first', async () => {
      await assert.rejects(
        firstRow('uint8', [255], [1, 2, 3]),
        /truth \(.*\) holds 255 beside values up to 3, as a mark/,
      );
      await assert.rejects(firstRow('uint8', [1, 2], [255]), /holds 255 beside values up to 2, as a mark/);
      const many = Array.from({ length: 400 }, (_, i) => 1 + (i >> 1));
      await assert.rejects(firstRow('uint16', [65535], many), /holds 65535 beside values up to 200, as a mark/);
    });

    it('more labels are labels', async () => {
      assert.deepEqual(await firstRow('uint8', [7, 0, 2], [1]), [7, 0, 2]);
      assert.deepEqual(await firstRow('uint8', [255, 200], [1]), [255, 200]);
    });

    it('a mask with soft edges elsewhere than where it was looked at is refused, for its foreground is another', async () => {
      const soft = [...Array.from({ length: 8 }, (_, i) => 30 * i), ...new Array(20).fill(254)];
      await assert.rejects(
        firstRow('uint8', soft, [255], false),
        /holds other values in some parts than in others, by which > 127\.5 is foreground, and not non-zero; say what/,
      );
    });
  });

  it('objects are looked for in all of it before it is taken for labels', async () => {
    const map = Uint8Array.from({ length: ROWS * SIDE }, (_, i) => (i * i) % 251);
    const none = new Uint8Array(ROWS * SIDE);
    const sparse = await image('sparse.ome.tiff', 'uint8', (y) => (y === 0 ? map : none));
    await assert.rejects(openSegmentation(sparse, { name: 'truth' }), /looks like a picture or a map/);
  });
});
