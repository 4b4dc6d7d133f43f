import assert from 'node:assert/strict';
import { Random } from '../../src/base/random';
import type { Zyx } from '../../src/image/region';
import { blur } from '../../src/patches/blur';
import { ElasticField } from '../../src/patches/elastic-field';
import { drawGeometry, type PatchGeometry } from '../../src/patches/geometry';
import { addNormal, changeContrast, changeGamma } from '../../src/patches/intensity';
import { PatchMaker } from '../../src/patches/patch-maker';
import {
  type BlockPixels,
  emptyPixels,
  fillPatchPixels,
  type PatchSource,
  windowOf,
} from '../../src/patches/patch-pixels';
import { defaultAugmentation, symmetriesOnly } from '../../src/patches/recipe';
import { samplePatch, sourceBlock } from '../../src/patches/sample-patch';
import { SamplingIndexBuilder } from '../../src/patches/sampling-index';

const IDENTITY = { low: -1e9, high: 1e9, mean: 0, std: 1 };

/** An image whose value tells the position: 10000 z + 100 y + x; the target marks odd x. */
function ramp(shape: Zyx, channels = 1): BlockPixels {
  const [depth, height, width] = shape;
  const raw = new Float32Array(channels * depth * height * width);
  const target = new Uint8Array(depth * height * width);
  for (let c = 0, i = 0; c < channels; c++) {
    for (let z = 0; z < depth; z++) {
      for (let y = 0; y < height; y++) {
        for (let x = 0; x < width; x++, i++) {
          raw[i] = 10000 * z + 100 * y + x + c * 1e6;
          if (c === 0) target[i] = x % 2;
        }
      }
    }
  }
  return {
    shape,
    window: { start: [0, 0, 0], end: shape },
    raw,
    target,
    weight: null,
    normalisation: Array.from({ length: channels }, () => IDENTITY),
    trainable: null,
  };
}

function sourceOf(pixels: BlockPixels): PatchSource {
  const builder = new SamplingIndexBuilder(pixels.shape);
  const plane = pixels.shape[1] * pixels.shape[2];
  for (let z = 0; z < pixels.shape[0]; z++) {
    const part = [z * plane, (z + 1) * plane] as const;
    builder.addRows(z, 0, pixels.target.subarray(...part), pixels.weight?.subarray(...part) ?? null);
  }
  return {
    channels: pixels.normalisation.length,
    anisotropy: 1,
    index: builder.build(),
    read: async (start, size, into) => fillPatchPixels(pixels, start, size, into),
  };
}

function outputs(channels: number, voxels: number) {
  const make = (n: number) => new Float32Array(n);
  return { input: make(channels * voxels), target: make(voxels), weight: make(voxels) };
}

function sample(pixels: BlockPixels, geometry: PatchGeometry, start: Zyx, size: Zyx) {
  const block = sourceBlock(geometry, start, size);
  const buffer = emptyPixels();
  fillPatchPixels(pixels, block.start, block.size, buffer);
  const out = outputs(pixels.normalisation.length, size[0] * size[1] * size[2]);
  samplePatch(buffer, block, geometry, start, size, out);
  return out;
}

describe('patches/patch-pixels', () => {
  it('mirrors the image beyond its borders and gives weight 0 there', () => {
    const into = emptyPixels();
    fillPatchPixels(ramp([1, 3, 3]), [0, -1, -2], [1, 4, 6], into);
    assert.deepEqual([...into.image.subarray(0, 12)], [102, 101, 100, 101, 102, 101, 2, 1, 0, 1, 2, 1]);
    assert.deepEqual([...into.weight.subarray(0, 12)], [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 0]);
  });

  it('reads the same from a window as from the whole', () => {
    const whole = ramp([4, 9, 8], 2);
    const [start, size]: [Zyx, Zyx] = [
      [-1, 4, 5],
      [3, 7, 6],
    ];
    const window = windowOf(whole.shape, start, size);
    assert.deepEqual(window, { start: [0, 4, 4], end: [2, 9, 8] });
    const part = emptyPixels();
    const windowSize = window.end.map((end, axis) => end - window.start[axis]) as Zyx;
    fillPatchPixels(whole, window.start, windowSize, part);
    const voxels = windowSize[0] * windowSize[1] * windowSize[2];
    const cut = { ...whole, window, raw: part.image.slice(0, 2 * voxels), target: part.target.slice(0, voxels) };
    const [a, b] = [emptyPixels(), emptyPixels()];
    fillPatchPixels(whole, start, size, a);
    fillPatchPixels(cut, start, size, b);
    assert.deepEqual(a, b);
  });

  it('normalises, and leaves what is not trainable without weight', () => {
    const pixels = { ...ramp([1, 2, 4]), trainable: { start: [0, 0, 0] as Zyx, end: [1, 2, 3] as Zyx } };
    pixels.normalisation = [{ low: 1, high: 100, mean: 1, std: 2 }];
    const into = emptyPixels();
    fillPatchPixels(pixels, [0, 0, 0], [1, 2, 4], into);
    assert.deepEqual([...into.image.subarray(0, 8)], [0, 0, 0.5, 1, 49.5, 49.5, 49.5, 49.5]);
    assert.deepEqual([...into.weight.subarray(0, 8)], [1, 1, 1, 0, 1, 1, 1, 0]);
  });
});

describe('patches/geometry', () => {
  const size: Zyx = [4, 6, 6];
  const still = { ...defaultAugmentation(3), resampling: { ...defaultAugmentation(3).resampling, probability: 0 } };

  it('reaches all sixteen mirrorings and quarter turns, each exact', () => {
    const pixels = ramp([4, 6, 6]);
    const seen = new Set<string>();
    for (let n = 0; n < 300; n++) {
      const { input, target } = sample(pixels, drawGeometry(still, size, 1, new Random(1, n)), [0, 0, 0], size);
      assert.deepEqual(
        [...input].sort((a, b) => a - b),
        [...pixels.raw].sort((a, b) => a - b),
      );
      assert.ok(input.every((v, i) => target[i] === v % 2));
      seen.add(`${input[0]} ${input[1]}`);
    }
    assert.equal(seen.size, 16);
  });

  it('does not turn a patch that is not square', () => {
    for (let n = 0; n < 50; n++) {
      const { matrix } = drawGeometry(still, [1, 8, 16], 1, new Random(2, n));
      assert.equal(matrix[1][2], 0);
    }
  });

  it('interpolates linearly: a ramp stays a ramp under any rotation and scale', () => {
    const recipe = defaultAugmentation(3).resampling;
    const all = { ...still, resampling: { ...recipe, probability: 1, elastic: { ...recipe.elastic, probability: 0 } } };
    const pixels = ramp([40, 60, 60]);
    for (let n = 0; n < 5; n++) {
      const geometry = drawGeometry(all, [8, 12, 12], 1, new Random(3, n));
      const { input } = sample(pixels, geometry, [16, 24, 24], [8, 12, 12]);
      const [a, b, c] = geometry.matrix;
      const slope = (column: 0 | 1 | 2) => 10000 * a[column] + 100 * b[column] + c[column];
      const middle = 10000 * 19.5 + 100 * 29.5 + 29.5;
      for (const [z, y, x] of [
        [0, 0, 0],
        [7, 11, 11],
        [3, 5, 9],
      ] as Zyx[]) {
        const expected = middle + slope(0) * (z - 3.5) + slope(1) * (y - 5.5) + slope(2) * (x - 5.5);
        const actual = input[(z * 12 + y) * 12 + x];
        assert.ok(Math.abs(actual - expected) < 0.5, `${actual} is not ${expected}`);
      }
    }
  });

  it('takes real data for the corners of a rotated patch, and weight 0 beyond the image', () => {
    const recipe = defaultAugmentation(2).resampling;
    const turn = {
      ...recipe,
      probability: 1,
      rotation: [45, 45] as [number, number],
      scale: [1, 1] as [number, number],
    };
    const all = { ...still, resampling: { ...turn, elastic: { ...turn.elastic, probability: 0 } } };
    const inside = sample(
      ramp([1, 64, 64]),
      drawGeometry(all, [1, 16, 16], 1, new Random(1)),
      [0, 24, 24],
      [1, 16, 16],
    );
    assert.ok(inside.weight.every((w) => w === 1));
    const rim = sample(ramp([1, 64, 64]), drawGeometry(all, [1, 16, 16], 1, new Random(1)), [0, 0, 0], [1, 16, 16]);
    assert.ok(rim.weight.includes(0) && rim.weight.includes(1));
    assert.ok(rim.input.every(Number.isFinite));
  });

  it('keeps a tilt physical where voxels are anisotropic', () => {
    const recipe = defaultAugmentation(3);
    const none = [0, 0] as [number, number];
    const one = [1, 1] as [number, number];
    const resampling = { ...recipe.resampling, probability: 1, rotation: none, tilt: [10, 10] as [number, number] };
    const only = { ...recipe, quarterTurns: false, mirror: { z: false, y: false, x: false } };
    const { matrix } = drawGeometry(
      { ...only, resampling: { ...resampling, scale: one, stretch: one } },
      [8, 8, 8],
      4,
      new Random(1),
    );
    const physical = matrix.map((row, i) => row.map((v, j) => (v * (i === 0 ? 4 : 1)) / (j === 0 ? 4 : 1)));
    for (const row of physical) assert.ok(Math.abs(row.reduce((sum, v) => sum + v * v, 0) - 1) < 1e-12);
  });
});

describe('patches/elastic-field', () => {
  it('is smooth, bounded and different for each seed', () => {
    const recipe = { probability: 1, spacing: 16, displacement: [3, 3] as [number, number] };
    const field = new ElasticField([4, 40, 64], recipe, 1, new Random(1));
    const row = new Float32Array(64);
    field.row(1, 2, 20, row);
    let moved = 0;
    for (let x = 0; x < 64; x++) {
      assert.ok(Math.abs(row[x]) <= field.largest[1] + 1e-5);
      if (x > 0) assert.ok(Math.abs(row[x] - row[x - 1]) < 1);
      moved = Math.max(moved, Math.abs(row[x]));
    }
    assert.ok(moved > 0.3);
    const other = new Float32Array(64);
    new ElasticField([4, 40, 64], recipe, 1, new Random(2)).row(1, 2, 20, other);
    assert.notDeepEqual(row, other);
  });
});

describe('patches/intensity', () => {
  it('blurs like the definition, renormalised at the borders', () => {
    const size: Zyx = [3, 4, 9];
    const values = new Float32Array(108).map((_, i) => (i * 37) % 11);
    const expected = [...values];
    const sigma = [0.6, 0.8, 1] as const;
    for (const [axis, stride] of [
      [2, 1],
      [1, 9],
      [0, 36],
    ] as const) {
      const before = [...expected];
      for (let i = 0; i < 108; i++) {
        const at = Math.floor(i / stride) % size[axis];
        const radius = Math.ceil(3 * sigma[axis]);
        let [sum, weights] = [0, 0];
        for (let k = -radius; k <= radius; k++) {
          if (at + k < 0 || at + k >= size[axis]) continue;
          const w = Math.exp((-k * k) / (2 * sigma[axis] ** 2));
          sum += w * before[i + k * stride];
          weights += w;
        }
        expected[i] = sum / weights;
      }
    }
    blur(values, size, sigma, new Float32Array(108));
    values.forEach((v, i) => {
      assert.ok(Math.abs(v - expected[i]) < 1e-4, `${i}: ${v}, ${expected[i]}`);
    });
  });

  it('adds noise of the asked deviation', () => {
    const values = new Float32Array(200_001);
    addNormal(values, 2, new Random(1));
    const mean = values.reduce((a, b) => a + b) / values.length;
    const variance = values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length;
    assert.ok(Math.abs(mean) < 0.02 && Math.abs(Math.sqrt(variance) - 2) < 0.02);
    const within = values.filter((v) => Math.abs(v) < 2).length / values.length;
    assert.ok(Math.abs(within - 0.6827) < 0.005);
  });

  it('keeps mean and deviation under gamma, and the mean under contrast', () => {
    const values = new Float32Array(5000).map((_, i) => Math.sin(i) ** 3);
    const moments = (v: Float32Array) => {
      const mean = v.reduce((a, b) => a + b) / v.length;
      return [mean, Math.sqrt(v.reduce((a, b) => a + (b - mean) ** 2, 0) / v.length)];
    };
    for (const inverted of [false, true]) {
      const changed = values.slice();
      changeGamma(changed, 1.4, inverted);
      moments(changed).forEach((m, i) => {
        assert.ok(Math.abs(m - moments(values)[i]) < 1e-4);
      });
      assert.ok(changed.some((v, i) => Math.abs(v - values[i]) > 0.05));
    }
    const contrasted = values.slice();
    changeContrast(contrasted, 1.3);
    const [mean, deviation] = moments(values);
    const [meanAfter, deviationAfter] = moments(contrasted);
    assert.ok(Math.abs(meanAfter - mean) < 1e-6);
    assert.ok(Math.abs(deviationAfter - 1.3 * deviation) < 1e-6);
    const constant = new Float32Array(8).fill(3);
    changeGamma(constant, 1.4, false);
    assert.deepEqual([...constant], [3, 3, 3, 3, 3, 3, 3, 3]);
  });
});

describe('patches/patch-maker', () => {
  const plan = { sizeZ: 8, sizeY: 16, sizeX: 16, perImage: 4, sampling: 'balanced', overlap: 0, seed: 0 } as const;
  const voxels = 8 * 16 * 16;

  it('makes the same patch for the same number, whatever was made before', async () => {
    const source = sourceOf(ramp([16, 40, 40], 2));
    const [a, b, c] = [outputs(2, voxels), outputs(2, voxels), outputs(2, voxels)];
    await new PatchMaker(plan, defaultAugmentation(3), 5).make(source, 17, a);
    const maker = new PatchMaker(plan, defaultAugmentation(3), 5);
    for (let n = 0; n < 17; n++) await maker.make(source, n, c);
    await maker.make(source, 17, b);
    assert.deepEqual(a, b);
    await new PatchMaker(plan, defaultAugmentation(3), 6).make(source, 17, c);
    assert.notDeepEqual(a, c);
  });

  it('centres every second patch on foreground', async () => {
    const pixels = ramp([1, 200, 200]);
    pixels.target.fill(0);
    pixels.target[150 * 200 + 40] = 1;
    const source = sourceOf(pixels);
    const maker = new PatchMaker({ ...plan, sizeZ: null }, symmetriesOnly(2), 1);
    for (let n = 0; n < 10; n += 2) {
      const out = outputs(1, 256);
      await maker.make(source, n, out);
      const at = out.target.indexOf(1);
      const middle = (n: number) => n === 7 || n === 8;
      assert.ok(middle(Math.floor(at / 16)) && middle(at % 16), `voxel ${at} of 16 x 16`);
      assert.equal(out.input[at], 15040);
    }
  });

  it('flips and turns by right angles where nothing else is asked, and changes no value', async () => {
    const source = sourceOf(ramp([1, 16, 16]));
    const maker = new PatchMaker({ ...plan, sizeZ: null, sampling: 'grid' }, symmetriesOnly(2), 1);
    const seen = new Set<number>();
    const sorted = (values: Float32Array) => [...values].sort((a, b) => a - b);
    let first: number[] | null = null;
    for (let n = 1; n < 80; n += 2) {
      const out = outputs(1, 256);
      await maker.make(source, n, out);
      first ??= sorted(out.input);
      assert.deepEqual(sorted(out.input), first);
      seen.add(1000 * out.input[0] + out.input[1]);
    }
    assert.equal(seen.size, 8, 'the eight symmetries of the square');
  });

  it('pads an image smaller than the patch, the padding without weight', async () => {
    const out = outputs(1, voxels);
    await new PatchMaker(plan, symmetriesOnly(3), 1).make(sourceOf(ramp([5, 10, 16])), 1, out);
    assert.equal(
      out.weight.reduce((a, b) => a + b),
      5 * 10 * 16,
    );
    assert.ok(out.input.every(Number.isFinite));
  });

  it('never makes a patch without any weight', async () => {
    const pixels = { ...ramp([1, 96, 96]), weight: new Uint8Array(96 * 96) };
    for (const i of [0, 1, 2, 96 * 95 + 95]) pixels.weight[i] = 1;
    const source = sourceOf(pixels);
    const recipe = defaultAugmentation(2);
    const always = { ...recipe, resampling: { ...recipe.resampling, probability: 1 } };
    const maker = new PatchMaker({ ...plan, sizeZ: null, sampling: 'random' }, always, 1);
    for (let n = 0; n < 40; n++) {
      const out = outputs(1, 256);
      await maker.make(source, n, out);
      assert.ok(out.weight.includes(1));
    }
  });
});
