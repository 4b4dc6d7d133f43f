import assert from 'node:assert/strict';
import { Random } from '../../src/base/random';

/** Mean and variance of many draws. */
function moments(count: number, draw: () => number): { mean: number; variance: number } {
  let [sum, squares] = [0, 0];
  for (let i = 0; i < count; i++) {
    const value = draw();
    sum += value;
    squares += value * value;
  }
  return { mean: sum / count, variance: squares / count - (sum / count) ** 2 };
}

function near(actual: number, expected: number, tolerance: number): void {
  assert.ok(Math.abs(actual - expected) < tolerance, `${actual}, expected ${expected}`);
}

describe('Random', () => {
  const first = (...key: number[]) => {
    const random = new Random(...key);
    return [random.bits(), random.bits(), random.bits()];
  };

  it('is a function of its key alone, and of every part of it', () => {
    const key = first(7, 1, 2);
    assert.deepEqual(first(7, 1, 2), key);
    const others = [first(8, 1, 2), first(7, 2, 1), first(7, 1), first(7, 1, 2, 0), first(7 + 2 ** 32, 1, 2)];
    assert.equal(new Set([key, ...others].map(String)).size, 6);
  });

  it('draws evenly from [0, 1), ranges and integers', () => {
    const random = new Random(1);
    const uniform = moments(20_000, () => random.uniform());
    near(uniform.mean, 0.5, 0.01);
    near(uniform.variance, 1 / 12, 0.003);
    const counts = new Array<number>(5).fill(0);
    for (let i = 0; i < 20_000; i++) counts[random.integer(5)]++;
    for (const count of counts) near(count, 4000, 250);
    for (let i = 0; i < 1000; i++) {
      const value = random.range(-2, 3);
      assert.ok(value >= -2 && value < 3);
    }
    near(moments(20_000, () => (random.chance(0.3) ? 1 : 0)).mean, 0.3, 0.015);
  });

  it('has the moments of normal and Poisson distributions, below and above the rounded normal', () => {
    const random = new Random(2);
    const normal = moments(20_000, () => random.normal());
    near(normal.mean, 0, 0.03);
    near(normal.variance, 1, 0.05);
    for (const mean of [0.5, 6, 80]) {
      const poisson = moments(20_000, () => random.poisson(mean));
      near(poisson.mean, mean, 0.04 * mean + 0.02);
      near(poisson.variance, mean, 0.06 * mean + 0.03);
    }
  });

  it('shuffles a copy, every order about as often', () => {
    const items = ['a', 'b', 'c'];
    const orders = new Map<string, number>();
    const random = new Random(3);
    for (let i = 0; i < 6000; i++) {
      const order = random.shuffled(items).join('');
      orders.set(order, (orders.get(order) ?? 0) + 1);
    }
    assert.deepEqual(items, ['a', 'b', 'c']);
    assert.equal(orders.size, 6);
    for (const count of orders.values()) near(count, 1000, 150);
  });
});
