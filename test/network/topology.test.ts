import assert from 'node:assert/strict';
import type { Zyx } from '../../src/image/region';
import { parameterCount } from '../../src/network';
import { networkCost } from '../../src/network/cost';
import { chooseDimensions } from '../../src/network/dimensions';
import { divisor, divisors, kernelsOf, plainSpec, stridesOf } from '../../src/network/spec';
import { describeTopology, filtersOf, topology } from '../../src/network/topology';

const form = (patch: Zyx, more: { levels?: 'auto' | number; z?: number } = {}) =>
  topology({
    dimensions: patch[0] === 1 ? 2 : 3,
    ...{ inChannels: 1, modelSize: 'medium', levels: more.levels ?? 'auto' },
    ...{ patch, spacing: [more.z ?? 1, 1, 1] },
  });
/** Strides of each level but the first, and kernels of each: `122 222`, `133 333 333`. */
const strides = (spec: ReturnType<typeof form>) =>
  stridesOf(spec)
    .slice(1)
    .map((axes) => axes.join(''))
    .join(' ');
const kernels = (spec: ReturnType<typeof form>) =>
  kernelsOf(spec)
    .map((axes) => axes.join(''))
    .join(' ');

describe('the form of a network', () => {
  it('has five levels at the usual patches', () => {
    const plane = form([1, 256, 256]);
    assert.deepEqual(plane, { dimensions: 2, inChannels: 1, filters: [16, 32, 64, 128, 128] });
    assert.equal(divisor(plane), 16);
    const stack = form([32, 128, 128]);
    assert.deepEqual(stack.filters, [16, 32, 64, 128, 128]);
    assert.equal(strides(stack), '222 222 222 122');
    assert.equal(stack.kernels, undefined);
    assert.deepEqual(divisors(stack), [8, 16, 16]);
    assert.deepEqual(divisor(stack), [8, 16, 16]);
  });

  it('has as many levels as the patch carries', () => {
    const levels = (patch: Zyx) => form(patch).filters.length;
    assert.deepEqual(
      [8, 12, 16, 20, 32, 48, 64, 100, 128, 512].map((side) => levels([1, side, side])),
      [2, 2, 3, 3, 4, 4, 5, 3, 5, 6],
    );
    // however small, the first level is halved
    assert.equal(strides(form([1, 4, 8])), '12');
    assert.equal(strides(form([8, 4, 4])), '222');
    // an axis of 20 is halved twice and keeps its size then
    assert.equal(strides(form([1, 20, 256])), '22 22 12 12');
  });

  it('halves z, and looks along it, once its spacing is less than twice that of y and x', () => {
    const five = form([16, 128, 128], { z: 5 });
    assert.equal(strides(five), '122 122 222 222');
    assert.equal(kernels(five), '133 133 333 333 333');
    assert.equal(strides(form([32, 128, 128], { z: 1.9 })), '222 222 222 122');
    const two = form([32, 128, 128], { z: 2 });
    assert.equal(strides(two), '122 222 222 222');
    assert.equal(kernels(two), '133 333 333 333 333');
    // planes that are nearer than pixels are halved with them
    assert.equal(strides(form([32, 64, 64], { z: 0.4 })), '222 222 222 122');
  });

  it('of 3 levels is that of Segmenter ML, whatever the spacing', () => {
    const spec = form([8, 32, 32], { levels: 3, z: 5 });
    assert.deepEqual(spec, { dimensions: 3, inChannels: 1, filters: [16, 32, 64] });
    assert.equal(parameterCount(spec), 342_321);
  });

  it('of levels that the patch does not carry is refused', () => {
    assert.equal(form([1, 128, 128], { levels: 6 }).filters.length, 6);
    assert.throws(() => form([1, 32, 48], { levels: 5 }), /levels for patches of 32 x 48: expected at most 4, got 5/);
  });

  it('doubles its maps up to eight times', () => {
    assert.deepEqual(filtersOf('small', 6), [8, 16, 32, 64, 64, 64]);
    assert.deepEqual(filtersOf('large', 3), [32, 64, 128]);
  });

  it('is one spec, however it is said', () => {
    const filters = [4, 8];
    const said = {
      strides: [
        [1, 1],
        [2, 2],
      ],
      kernels: [
        [3, 3],
        [3, 3],
      ],
    };
    assert.deepEqual(plainSpec({ dimensions: 2, inChannels: 1, filters, ...said }), {
      dimensions: 2,
      inChannels: 1,
      filters,
    });
  });

  it('says what it is and costs', () => {
    const spec = form([16, 128, 128], { z: 5 });
    assert.equal(
      describeTopology(spec),
      '5 levels, 16-32-64-128-128 feature maps, strides 1x2x2, 1x2x2, 2x2x2, 2x2x2, kernels 1x3x3, 1x3x3, 3x3x3, 3x3x3, 3x3x3',
    );
    const cost = networkCost(spec, [16, 128, 128], 2);
    assert.equal(cost.parameters, parameterCount(spec));
    assert.ok(cost.memoryMB > networkCost(spec, [16, 128, 128], 1).memoryMB);
  });
});

describe('2D or 3D', () => {
  const chosen = (planes: number[], z: number | null = null) =>
    chooseDimensions(planes.map((count) => ({ planes: count, pixelSize: z === null ? null : { z, y: 0.5, x: 0.5 } })));

  it('is 2D for planes, 3D for stacks', () => {
    assert.deepEqual(chosen([1, 1], 5), { dimensions: 2 });
    assert.equal(chosen([40, 30], 1).dimensions, 3);
    assert.match(chosen([40]).note ?? '', /^3D: how far planes are apart is not known/);
  });

  it('is 2D for stacks whose planes are few or far apart', () => {
    assert.deepEqual(chosen([40, 7], 1), { dimensions: 2, note: '2D: an image has 7 of the 8 planes that 3D needs' });
    assert.equal(chosen([40], 2.9).dimensions, 3);
    assert.equal(chosen([40], 3).dimensions, 2);
    assert.match(chosen([40], 5).note ?? '', /^2D: planes are 10 times as far apart as pixels/);
  });
});
