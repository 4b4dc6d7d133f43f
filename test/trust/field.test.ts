import assert from 'node:assert/strict';
import { Random } from '../../src/base/random';
import { measureAppearance, type TrainingAppearance } from '../../src/trust/appearance';
import { FIELD } from '../../src/trust/field';
import { trainingLooks, unlikeness } from '../../src/trust/looks';

const SIZE = 256;

interface Kind {
  /** of the light, by the place in the field, [0, 1] along y and x */
  light?: (v: number, u: number) => number;
  spots?: number;
}

/** Bright discs on a dark ground with noise, normalised so that the ground is 0 and discs are about 2. */
async function seen(seed: number, { light = () => 1, spots = 40 }: Kind = {}): Promise<TrainingAppearance> {
  const random = new Random(43, seed);
  const pixels = new Float32Array(SIZE * SIZE);
  for (let k = 0; k < spots; k++) {
    const [cy, cx, height] = [random.range(0, SIZE), random.range(0, SIZE), random.range(1.6, 2.4)];
    for (let y = Math.max(0, Math.floor(cy - 9)); y < Math.min(SIZE, cy + 9); y++) {
      for (let x = Math.max(0, Math.floor(cx - 9)); x < Math.min(SIZE, cx + 9); x++) {
        const inside = height / (1 + Math.exp(Math.hypot(y - cy, x - cx) - 6));
        pixels[y * SIZE + x] = Math.max(pixels[y * SIZE + x], inside);
      }
    }
  }
  for (let i = 0; i < pixels.length; i++) {
    pixels[i] = (pixels[i] + 0.1 * random.normal()) * light(Math.floor(i / SIZE) / SIZE, (i % SIZE) / SIZE);
  }
  const found = await measureAppearance(
    { shape: [1, SIZE, SIZE], channels: 1 },
    async ([, y, x], [, height, width]) => {
      const window = new Float32Array(height * width);
      for (let row = 0; row < height; row++) {
        window.set(pixels.subarray((y + row) * SIZE + x, (y + row) * SIZE + x + width), row * width);
      }
      return window;
    },
  );
  assert.ok(found);
  return found;
}

describe('trust/field', () => {
  let training: TrainingAppearance[][];
  before(async () => {
    training = await Promise.all(Array.from({ length: 10 }, async (_, i) => [await seen(i)]));
  });
  const differs = async (kind: Kind, seed = 50) => {
    const found = unlikeness(trainingLooks(training), await seen(seed, kind));
    assert.ok(found);
    return found;
  };

  it('fits slopes and bowl of the noise across the whole field', async () => {
    const [[x, y, bowl]] = (await seen(1, { light: (v, u) => Math.exp(0.5 * u - v), spots: 0 })).field ?? [];
    assert.ok(Math.abs(x - 0.5) < 0.05 && Math.abs(y + 1) < 0.05 && Math.abs(bowl) < 0.2, `${x} ${y} ${bowl}`);
    const round = (v: number, u: number) => Math.exp(-2 * ((v - 0.5) ** 2 + (u - 0.5) ** 2));
    const [[across, down, edges]] = (await seen(1, { light: round, spots: 0 })).field ?? [];
    assert.ok(
      Math.abs(across) < 0.05 && Math.abs(down) < 0.05 && Math.abs(edges + 2) < 0.3,
      `${across} ${down} ${edges}`,
    );
  });

  it('tells light that falls off, and where to; the limits are of this training', async () => {
    for (let seed = 60; seed < 70; seed++) {
      const { isUnlike, amount, distance } = await differs({}, seed);
      assert.deepEqual([isUnlike, amount], [false, undefined], `${distance}`);
    }
    const across = await differs({ light: (_, u) => 1 - 0.6 * u });
    assert.ok(across.isUnlike && across.distance > across.limit);
    assert.ok(across.reasons.includes('light falls off to the right'), across.reasons.join());
    const edges = await differs({ light: (v, u) => 1 - 1.2 * ((v - 0.5) ** 2 + (u - 0.5) ** 2) });
    assert.ok(edges.isUnlike && edges.reasons.includes('light falls off to the edges'), edges.reasons.join());
  });

  it('is usual where the training has it', async () => {
    const light = (_: number, u: number) => 1 - 0.6 * u;
    const uneven = trainingLooks(await Promise.all(training.map(async (_, i) => [await seen(i, { light })])));
    assert.equal(unlikeness(uneven, await seen(51, { light }))?.isUnlike, false);
    const even = unlikeness(uneven, await seen(51));
    assert.ok(even?.reasons.includes('light falls off to the left'), even?.reasons.join());
  });

  it('says nothing of too few windows, nor of cards that know nothing of it', async () => {
    const small = await measureAppearance({ shape: [1, 128, 512], channels: 1 }, async (_, [, height, width]) =>
      new Float32Array(height * width).fill(1),
    );
    assert.equal(small?.field, null);
    const looks = trainingLooks(training);
    const dim = await seen(52, { light: (_, u) => 1 - 0.6 * u });
    const { field, ...before } = looks;
    assert.deepEqual(
      field?.measures,
      FIELD.map(({ name }) => name),
    );
    const other = { ...looks, field: field && { ...field, measures: ['something', 'else', 'entirely'] } };
    assert.deepEqual(unlikeness(other, dim), unlikeness(before, dim));
    assert.equal('field' in trainingLooks(training.map(([one]) => [{ ...one, field: null }])), false);
  });
});

describe('trust/amount', () => {
  it('takes fewer and more objects for what they are, and nothing else', async () => {
    const training = await Promise.all(Array.from({ length: 10 }, async (_, i) => [await seen(i)]));
    const looks = trainingLooks(training);
    for (const [spots, amount] of [
      [14, 'fewer'],
      [90, 'more'],
    ] as const) {
      const found = await Promise.all(
        [70, 71, 72, 73].map(async (seed) => unlikeness(looks, await seen(seed, { spots }))),
      );
      const told = found.filter((one) => one && one.distance > one.limit);
      assert.ok(told.length >= 3, `${spots}: ${found.map((one) => one?.distance)}`);
      assert.ok(told.filter((one) => one?.amount === amount && !one.isUnlike).length >= 3, JSON.stringify(found));
    }
    const { amount: _, ...before } = looks;
    const same = unlikeness(before, await seen(70, { spots: 14 }));
    assert.equal(same?.amount, undefined);
    assert.equal(same?.isUnlike, true);
  });
});
