import assert from 'node:assert/strict';
import { Random } from '../../src/base/random';
import { validate } from '../../src/base/schema';
import type { Zyx } from '../../src/image/region';
import { AppearanceMeter, measureAppearance } from '../../src/trust/appearance';
import { appearanceWindows } from '../../src/trust/appearance-windows';
import { LooksSchema, trainingLooks, unlikeness } from '../../src/trust/looks';
import { APPEARANCE } from '../../src/trust/measures';

const SIZE = 128;
const WINDOW: [number, number] = [SIZE, SIZE];

interface Kind {
  noise?: number;
  /** radius of the objects */
  radius?: number;
  /** standard deviation of a blur of the objects' edge, in pixels */
  edge?: number;
  spots?: number;
}

/** Bright round objects on a dark background, normalised: background 0, objects about 2. */
function picture(seed: number, { noise = 0.1, radius = 9, edge = 1, spots = 20 }: Kind = {}): Float32Array {
  const random = new Random(31, seed);
  const pixels = new Float32Array(SIZE * SIZE);
  const count = spots + random.integer(8);
  for (let k = 0; k < count; k++) {
    const [cy, cx, height] = [random.range(0, SIZE), random.range(0, SIZE), random.range(1.2, 2.4)];
    for (let i = 0; i < pixels.length; i++) {
      const inside = radius - Math.hypot(Math.floor(i / SIZE) - cy, (i % SIZE) - cx);
      pixels[i] = Math.max(pixels[i], height / (1 + Math.exp(-inside / edge)));
    }
  }
  return pixels.map((p) => p + noise * random.normal());
}

function appearanceOf(...channels: Float32Array[]) {
  const meter = new AppearanceMeter(channels.length);
  const all = new Float32Array(channels.length * SIZE * SIZE);
  channels.forEach((channel, c) => {
    all.set(channel, c * SIZE * SIZE);
  });
  meter.add(all, WINDOW);
  const found = meter.trainingResult();
  assert.ok(found);
  return found;
}

describe('trust/looks', () => {
  const training = Array.from({ length: 12 }, (_, i) => [appearanceOf(picture(i))]);
  const looks = trainingLooks(training);
  const seen = (kind: Kind, seed = 100) => {
    const found = unlikeness(looks, appearanceOf(picture(seed, kind)));
    assert.ok(found);
    return found;
  };

  it('takes images of the kind as such, and says so without reasons', () => {
    const found = Array.from({ length: 40 }, (_, i) => seen({}, 200 + i));
    assert.ok(found.filter(({ isUnlike }) => isUnlike).length <= 2, `${found.map(({ distance }) => distance)}`);
    for (const { isUnlike, distance, limit, reasons } of found) {
      assert.equal(isUnlike, distance > limit);
      assert.equal(reasons.length > 0, isUnlike);
    }
  });

  it('tells noisier and blurred images, and those of other objects or none, and in which way', () => {
    const noisy = seen({ noise: 0.3 });
    assert.ok(noisy.isUnlike && noisy.reasons.includes('more noise'), noisy.reasons.join());
    assert.ok(seen({ noise: 0.02 }).reasons.includes('less noise'));
    for (const kind of [
      { edge: 4, noise: 0.05 },
      { radius: 4, edge: 0.5 },
      { spots: 0, noise: 1 },
    ]) {
      const found = Array.from({ length: 20 }, (_, i) => seen(kind, 300 + i));
      assert.ok(
        found.every(({ isUnlike }) => isUnlike),
        JSON.stringify(kind),
      );
      for (const { reasons } of found) assert.ok(reasons.length >= 1 && reasons.length <= 3);
    }
  });

  it('is a card of JSON, of which another version’s measures say nothing', () => {
    const card = validate(LooksSchema, JSON.parse(JSON.stringify(looks)), 'looks');
    const image = appearanceOf(picture(1));
    assert.deepEqual(unlikeness(card, image), unlikeness(looks, image));
    assert.equal(card.distances.length, 12);
    assert.ok(JSON.stringify(card).length < 5000);
    assert.equal(unlikeness({ ...looks, measures: looks.measures.slice(1) }, image), null);
    assert.equal(unlikeness({ ...looks, measures: looks.measures.toReversed() }, image), null);
    assert.equal(unlikeness(looks, appearanceOf(picture(1), picture(2))), null);
  });

  it('is the distance of Mahalanobis about the mean, with floors', () => {
    const base = APPEARANCE.map(() => 1);
    const moved = (by: number) => ({
      looks: [base.map((value, j) => (j === 0 ? value + by * APPEARANCE[0].floor : value))],
      field: null,
      amount: [base.map(() => 0)],
    });
    const { channels, distances, limit } = trainingLooks([[moved(0)], [moved(2)]]);
    // Sum of squares 2 floor², and 2 floor² of floors, over 3, of an image to come: x 1.5.
    assert.ok(Math.abs(channels[0].covariance[0][0] / APPEARANCE[0].floor ** 2 - 2) < 1e-9);
    assert.ok(Math.abs(channels[0].covariance[1][1] / APPEARANCE[1].floor ** 2 - 1) < 1e-9);
    assert.equal(channels[0].covariance[0][1], 0);
    // Each against the other alone: 2 floors, of a variance of 2.
    for (const distance of distances) assert.ok(Math.abs(distance - Math.sqrt(2 / APPEARANCE.length)) < 1e-9);
    const found = unlikeness({ channels, distances, limit, measures: looks.measures }, moved(11));
    assert.ok(Math.abs((found?.distance ?? 0) - Math.sqrt(50 / APPEARANCE.length)) < 1e-9);
  });

  it('has a limit within bounds, whatever the training shows, and takes the channel that differs most', () => {
    const same = trainingLooks(Array.from({ length: 5 }, () => [appearanceOf(picture(1))]));
    const odd = trainingLooks([...training, [appearanceOf(picture(1, { noise: 3, radius: 30 }))]]);
    const single = trainingLooks([[appearanceOf(picture(1)), appearanceOf(picture(2))]]);
    assert.ok(Math.abs(same.limit - 1.2 * 1.4) < 1e-12 && Math.abs(odd.limit - (14 / 13) * 2.2) < 1e-12);
    assert.ok(looks.limit >= (13 / 12) * 1.4 && looks.limit <= (13 / 12) * 2.2 && single.limit === 2.9);
    assert.deepEqual(single.distances, []);
    assert.throws(() => trainingLooks([[]]), { message: /at least one/ });
    const two = trainingLooks(training.map((_, i) => [appearanceOf(picture(i), picture(50 + i))]));
    assert.ok(unlikeness(two, appearanceOf(picture(60), picture(61)))?.isUnlike === false);
    assert.ok(unlikeness(two, appearanceOf(picture(60), picture(61, { noise: 0.5 })))?.isUnlike);
  });
});

describe('trust/appearance', () => {
  it('measures noise as it is, and does not mind the order or number of windows', () => {
    const random = new Random(8);
    const noise = Float32Array.from({ length: SIZE * SIZE }, () => 0.2 * random.normal());
    const [found] = appearanceOf(noise).looks;
    // The median of |x| of a normal distribution is 0.6745 of its standard deviation.
    assert.ok(Math.abs(Math.exp(found[0]) / (0.6745 * 0.2) - 1) < 0.03);
    // Means of 2 x 2 pixels of noise have half its standard deviation.
    assert.ok(Math.abs(found[1] - Math.log(2)) < 0.03);
    const parts = new AppearanceMeter(1);
    const half = SIZE / 2;
    for (const at of [half, 0]) parts.add(noise.slice(at * SIZE, (at + half) * SIZE), [half, SIZE]);
    parts.result()?.looks[0].forEach((value, j) => {
      assert.ok(Math.abs(value - found[j]) < 0.05, APPEARANCE[j].name);
    });
    assert.equal(new AppearanceMeter(1).result(), null);
  });

  it('takes windows within the image, all of a small one and some all over a large one', () => {
    const shapes: Zyx[] = [
      [1, 256, 256],
      [3, 40, 200],
      [1, 8192, 4096],
      [200, 1000, 1000],
      [1, 1, 7],
    ];
    for (const shape of shapes) {
      const { size, corners } = appearanceWindows(shape);
      const isInside = (corner: Zyx) => corner.every((at, k) => at >= 0 && at + size[k] <= shape[k]);
      assert.ok(corners.every(isInside), `${shape}`);
      const whole = size.every((length, k) => shape[k] < 3 * length || k === 0);
      if (whole) assert.equal(new Set(corners.map(String)).size, corners.length);
    }
    assert.equal(appearanceWindows([1, 256, 256]).corners.length, 16);
    const { corners } = appearanceWindows([1, 8192, 4096]);
    assert.equal(corners.length, 128);
    for (const axis of [1, 2]) assert.ok(new Set(corners.map((corner) => corner[axis])).size > 40);
    assert.equal(appearanceWindows([1, 8192, 4096], 1000).corners.length, 4);
  });

  it('reads windows of an image, and leaves out what its file does not hold', async () => {
    const image = picture(3);
    const asked: Zyx[] = [];
    const read = async ([, y, x]: Zyx, [, height, width]: Zyx) => {
      asked.push([0, y, x]);
      const window = new Float32Array(height * width);
      for (let row = 0; row < height; row++) {
        window.set(image.subarray((y + row) * SIZE + x, (y + row) * SIZE + x + width), row * width);
      }
      return y === 0 ? null : window;
    };
    const found = await measureAppearance({ shape: [1, SIZE, SIZE], channels: 1 }, read);
    assert.equal(asked.length, 4);
    const meter = new AppearanceMeter(1);
    meter.add(image.slice(64 * SIZE), [64, SIZE]);
    found?.looks[0].forEach((value, j) => {
      assert.ok(Math.abs(value - (meter.result()?.looks[0][j] ?? 0)) < 0.1, APPEARANCE[j].name);
    });
    assert.equal(await measureAppearance({ shape: [1, SIZE, SIZE], channels: 1 }, async () => null), null);
  });
});
