import assert from 'node:assert/strict';
import { Random } from '../../../src/base/random';
import { overlap, type PlacedSubBlock, PlaneBlocks, type Rectangle } from '../../../src/formats/czi/plane-blocks';
import type { SubBlock } from '../../../src/formats/czi/sub-block';

describe('the blocks of a plane', () => {
  const random = new Random(5);
  const rectangle = (within: number, largest: number): Rectangle => ({
    y: random.integer(within) - 5,
    x: random.integer(within) - 5,
    height: 1 + random.integer(largest),
    width: 1 + random.integer(largest),
  });
  const plane = (count: number, within: number, largest: number): PlacedSubBlock[] =>
    Array.from({ length: count }, (_, order) => ({ ...rectangle(within, largest), order, block: {} as SubBlock }));

  it('are found by where they lie, lowest first', () => {
    const blocks = plane(60, 100, 20);
    const sorted = new PlaneBlocks(blocks);
    for (let i = 0; i < 200; i++) {
      const window = rectangle(120, i % 3 === 0 ? 10_000 : 15);
      assert.deepEqual(
        sorted.touching(window),
        blocks.filter((block) => overlap(block, window)),
        `${i}`,
      );
    }
  });

  it('cover a window where every pixel of it lies in one', () => {
    let covered = 0;
    for (let i = 0; i < 300; i++) {
      const blocks = plane(12, 14, 8);
      const window = rectangle(12, 6);
      const pixels = Array.from({ length: window.height * window.width }, (_, at) => {
        const pixel = { y: window.y + Math.floor(at / window.width), x: window.x + (at % window.width) };
        return blocks.some((block) => overlap(block, { ...pixel, height: 1, width: 1 }));
      });
      const expected = pixels.every(Boolean);
      assert.equal(new PlaneBlocks(blocks).cover(window, { left: 1e6 }), expected, `${i}`);
      if (expected) covered++;
    }
    assert.ok(covered > 20 && covered < 280, `${covered} covered`);
  });
});
