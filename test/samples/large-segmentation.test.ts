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

  it('objects are looked for in all of it before it is taken for labels', async () => {
    const map = Uint8Array.from({ length: ROWS * SIDE }, (_, i) => (i * i) % 251);
    const none = new Uint8Array(ROWS * SIDE);
    const sparse = await image('sparse.ome.tiff', 'uint8', (y) => (y === 0 ? map : none));
    await assert.rejects(openSegmentation(sparse, { name: 'truth' }), /looks like a picture or a map/);
  });
});
