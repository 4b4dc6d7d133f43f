import assert from 'node:assert/strict';
import { checkValidation } from '../../../src/training/data/load-images';

describe('training/load-images', () => {
  it('refuses to validate with an image that memory cannot hold, and says what to do', () => {
    const item = (side: number) => ({
      id: 'slide',
      image: { channels: 1 },
      predicted: { start: [0, 0, 0] as [number, number, number], end: [1, side, side] as [number, number, number] },
    });
    checkValidation([item(2000)], 1);
    assert.throws(() => checkValidation([item(2000), item(100_000)], 2 ** 33), {
      code: 'invalid-input',
      message: /^validation image slide: 1 x 100000 x 100000 pixels need \d+ MB, .* 8192 MB; crop .*validation to 0/,
    });
  });
});
