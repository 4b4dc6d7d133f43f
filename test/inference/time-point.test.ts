import assert from 'node:assert/strict';
import type { Region, Shape5 } from '../../src/image/region';
import { measureNormalisations, TimePoint } from '../../src/inference/time-point';
import { TrainingImage } from '../../src/training/data/training-image';

describe('inference/time-point', () => {
  it('goes through a large image in the pieces of training, so that both measure one scale', async function () {
    this.timeout(60_000);
    // a plane of more than one band, in a type whose sums depend on their order
    const shape: Shape5 = [1, 1, 1, 4200, 4100];
    const reader = () => {
      const reads: Region[] = [];
      const read = async (region: Region) => {
        reads.push(region);
        const [, , z, y] = region.start;
        const pixels = new Float32Array(region.size.reduce((product, n) => product * n, 1));
        for (let i = 0; i < pixels.length; i++) pixels[i] = ((i * 31 + z + y) % 997) / 7;
        return pixels;
      };
      return { reads, read, close: async () => undefined };
    };
    const [predicted, trained] = [reader(), reader()];
    const description = { id: 'large', channels: [{ index: 0, name: 'dna' }] };
    const rule = { method: 'percentile-zscore' as const, low: 0.5, high: 99.5 };
    const timePoint = new TimePoint(predicted, shape, 'float32', 0, false);
    const measured = await measureNormalisations(timePoint, description, rule);
    const target = {
      read: async ({ size }: Region) => new Uint8Array(size[3] * size[4]),
      close: async () => undefined,
    };
    const parts = { id: 'large', t: 0, dtype: 'float32' as const, channelNames: ['dna'], anisotropy: 1, weight: null };
    const image = await TrainingImage.load({ ...parts, shape, raw: trained, target }, rule, false, false);
    assert.deepEqual(trained.reads, predicted.reads);
    assert.ok(predicted.reads.length > 2 * shape[2], `${predicted.reads.length} reads`);
    assert.deepEqual(image.normalisation, measured);
  });
});
