import assert from 'node:assert/strict';
import { Random } from '../../../src/base/random';
import { describeImage, openDescription, openImage } from '../../../src/formats';
import { unionArea } from '../../../src/formats/czi/coverage';
import { describeSource } from '../../../src/formats/describe-image';
import { asLabels } from '../../../src/formats/label-view';
import type { ImageDescription } from '../../../src/image/description';
import { type Shape5, wholeRegion } from '../../../src/image/region';
import { useTempFolder } from '../temp-folder';
import { type BuildBlock, buildCzi } from './czi-builder';

const flat = (at: Record<string, number>, x: number, y: number, width: number, height: number): BuildBlock => ({
  ...{ pixelType: 0, x, y, width, height, at },
  payload: new Uint8Array(width * height).fill(1),
});

describe('what a CZI file covers', () => {
  const folder = useTempFolder();
  const write = (blocks: BuildBlock[]) => folder.write('built.czi', buildCzi(blocks));
  const describe = (blocks: BuildBlock[]) => describeImage(write(blocks), { id: 'a' });

  /** Every pixel of these blocks is 1 where it is stored: coverage and pixels are the same. */
  async function check(image: ImageDescription): Promise<number[] | null> {
    const reader = await openDescription(image);
    try {
      const region = wholeRegion(reader.shape as Shape5);
      const coverage = reader.coverage(region);
      const pixels = [...(await reader.read(region))];
      assert.deepEqual(coverage ? [...coverage] : pixels.map(() => 1), pixels);
      const [, , , height, width] = reader.shape;
      const rows = reader.coverage({ start: [0, 0, 0, height - 1, 1], size: [1, 1, 1, 1, width - 1] });
      assert.deepEqual(
        [...(rows ?? new Array(width - 1).fill(1))],
        pixels.slice(height * width - width + 1, height * width),
      );
      return coverage && [...coverage];
    } finally {
      await reader.close();
    }
  }

  it('is where its tiles are, in every plane, and said with the share that they leave', async () => {
    const image = await describe([flat({ C: 0 }, 0, 0, 4, 4), flat({ C: 0 }, 4, 4, 4, 4), flat({ C: 1 }, 0, 0, 8, 8)]);
    assert.deepEqual(image.notes, ['32 of 128 pixels (25 %) are covered by no tile; they read as 0 and count nowhere']);
    assert.ok(await check(image));
    assert.ok(
      await check({ ...image, shape: [1, 2, 1, 3, 5], region: { start: [0, 0, 0, 2, 2], size: [1, 2, 1, 3, 5] } }),
    );
    assert.ok(await check({ ...image, select: { c: [1, 0] } }));
    const second = { ...image, select: { c: [1] }, shape: [1, 1, 1, 8, 8] as Shape5, channels: [image.channels[1]] };
    assert.equal(await check(second), null);
  });

  it('leaves out planes that are missing', async () => {
    const image = await describe([
      flat({ C: 0, Z: 0 }, 0, 0, 3, 3),
      flat({ C: 0, Z: 1 }, 0, 0, 3, 3),
      flat({ C: 1, Z: 1 }, 0, 0, 3, 3),
    ]);
    assert.match(String(image.notes), /^1 of 4 planes are missing/);
    assert.ok(await check(image));
  });

  it('is that of any colour where colours are read as labels', async () => {
    const tile: BuildBlock = { pixelType: 3, x: 1, y: 0, width: 2, height: 2, payload: new Uint8Array(12).fill(1) };
    const other: BuildBlock = { ...tile, x: 4, y: 2 };
    const file = write([tile, other]);
    const source = asLabels(await openImage(file));
    const image = describeSource(source.info, file, { id: 'a' });
    await source.close();
    assert.deepEqual(image.shape, [1, 1, 1, 4, 5]);
    assert.ok(await check(image));
  });

  it('is nothing to speak of where tiles overlap and leave no pixel', async () => {
    const image = await describe([flat({ M: 0 }, 0, 0, 5, 6), flat({ M: 1 }, 3, 0, 5, 6)]);
    assert.equal(image.notes, undefined);
    assert.equal(await check(image), null);
  });

  it('counts overlaps once, however rectangles lie', () => {
    const random = new Random(5);
    for (let round = 0; round < 200; round++) {
      const rectangles = Array.from({ length: 1 + random.integer(12) }, () => {
        return {
          x: random.integer(20),
          y: random.integer(20),
          width: 1 + random.integer(12),
          height: 1 + random.integer(9),
        };
      });
      const covered = new Set(
        rectangles.flatMap(({ x, y, width, height }) =>
          Array.from({ length: width * height }, (_, i) => `${x + (i % width)},${y + Math.floor(i / width)}`),
        ),
      );
      assert.equal(unionArea(rectangles), covered.size);
    }
  });
});
