import assert from 'node:assert/strict';
import { type BandPlace, cutBlock, RowBands } from '../../src/formats/row-bands';
import type { PixelArray } from '../../src/image/dtype';

describe('RowBands', () => {
  /** Two planes of 7 rows of 3 pixels, in bands of 4 rows. */
  const layout = { width: 3, height: 7, blockHeight: 4 };
  const pixels = Uint8Array.from({ length: 42 }, (_, i) => i);

  async function gather(pieces: PixelArray[]) {
    const bands: Array<{ band: number[]; place: BandPlace }> = [];
    const passed: number[] = [];
    const rows = new RowBands(
      layout,
      'uint8',
      async (band, place) => {
        bands.push({ band: [...band], place });
      },
      async (piece) => {
        passed.push(...piece);
      },
    );
    for (const piece of pieces) await rows.write(piece);
    return { bands, passed };
  }

  const expected = [
    { band: [...pixels.subarray(0, 12)], place: { plane: 0, row: 0 } },
    { band: [...pixels.subarray(12, 21)], place: { plane: 0, row: 4 } },
    { band: [...pixels.subarray(21, 33)], place: { plane: 1, row: 0 } },
    { band: [...pixels.subarray(33, 42)], place: { plane: 1, row: 4 } },
  ];

  for (const rows of [1, 2, 3, 5, 7, 14]) {
    it(`gives the same bands when ${rows} rows come at a time, from plane to plane`, async () => {
      const pieces: PixelArray[] = [];
      for (let at = 0; at < 42; at += rows * 3) pieces.push(pixels.slice(at, at + rows * 3));
      const { bands, passed } = await gather(pieces);
      assert.deepEqual(bands, expected);
      assert.deepEqual(passed, [...pixels]);
    });
  }

  it('goes on after rows that someone else stores', async () => {
    const places: BandPlace[] = [];
    const rows = new RowBands(
      layout,
      'uint8',
      async (_, place) => {
        places.push(place);
      },
      async () => undefined,
    );
    await rows.skip(pixels.subarray(0, 21));
    await rows.write(pixels.subarray(21));
    assert.deepEqual(places, [
      { plane: 1, row: 0 },
      { plane: 1, row: 4 },
    ]);
  });
});

describe('cutBlock', () => {
  const band = Uint8Array.of(1, 2, 3, 4, 5, 6);

  it('fills up with 0 beyond the right and lower border', () => {
    const block = cutBlock(band, 'uint8', { width: 3, left: 2, blockWidth: 2, blockHeight: 3 });
    assert.deepEqual([...block], [3, 0, 6, 0, 0, 0]);
  });

  it('takes a band as wide as a block as it is', () => {
    const block = cutBlock(band, 'uint8', { width: 3, left: 0, blockWidth: 3, blockHeight: 2 });
    assert.deepEqual([...block], [...band]);
  });
});
