import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { wholeRegion } from '../../src/image/region';
import { openSegmentation } from '../../src/samples/segmentation';
import { openAll, requestOf } from './temporary-files';

/** Inputs that once went wrong, beside the project. */
const FAULTS = path.resolve('..', 'shared', 'faults', 'files');

describe('segmentations that once went wrong', () => {
  before(function () {
    if (!existsSync(FAULTS)) this.skip();
  });

  async function read(name: string, foreground?: 1 | 2) {
    const file = path.join(FAULTS, name);
    const request = requestOf(foreground ? { foreground: { seg1: { kind: 'values', values: [foreground] } } } : {});
    const [{ seg1 }] = await openAll({ id: 'a', raw: file, seg1: file, scene: 0 }, request, [FAULTS]);
    assert.ok(seg1);
    const reader = await openSegmentation(seg1, { name: 'seg1', labels: true });
    try {
      return { pixels: await reader.read(wholeRegion(reader.shape)), notes: seg1.notes ?? [], shape: seg1.shape };
    } finally {
      await reader.close();
    }
  }
  const foreground = (pixels: ArrayLike<number>) => Array.from(pixels).filter((value) => value !== 0).length;

  it('a palette gives its indices, one channel', async () => {
    const { pixels, shape } = await read('mask_palette.png');
    assert.deepEqual(shape, [1, 1, 1, 20, 30]);
    assert.deepEqual(Buffer.from(pixels as Uint8Array), readFileSync(path.join(FAULTS, 'mask_palette.png.raw')));
  });

  it('where white is zero, foreground is what shows as white', async () => {
    const { pixels } = await read('mask_1bit_whiteiszero.tif');
    const want = readFileSync(path.join(FAULTS, 'mask_1bit_whiteiszero.tif.raw'));
    assert.deepEqual(Buffer.from(Uint8Array.from(pixels, (value) => (value === 0 ? 0 : 1))), want);
  });

  it('a lossy mask counts from half on, and said so', async () => {
    const { pixels, notes } = await read('mask.jpg');
    assert.equal(foreground(pixels), 84);
    assert.match(notes.join(), /compressed with losses/);
  });

  it('1 and 2 are refused, or taken as told', async () => {
    await assert.rejects(
      read('mask_1_2.tif'),
      /mask_1_2\.tif\) has no background: its values are 1, 2, .*"foreground"/,
    );
    assert.deepEqual(
      [foreground((await read('mask_1_2.tif', 1)).pixels), foreground((await read('mask_1_2.tif', 2)).pixels)],
      [84, 516],
    );
  });
});
