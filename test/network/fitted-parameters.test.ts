import assert from 'node:assert/strict';
import { product } from '../../src/base/numbers';
import { fittedParameters } from '../../src/network/fitted-parameters';
import { initialParameters } from '../../src/network/initial-parameters';
import { parameterSpecs } from '../../src/network/residual-unet';
import type { NetworkSpec } from '../../src/network/spec';

const FLAT: NetworkSpec = { dimensions: 2, inChannels: 1, outChannels: 3, filters: [8, 16, 32, 64, 64] };
const DEEP: NetworkSpec = { ...FLAT, dimensions: 3 };

describe('weights fitted to another network', () => {
  it('are the same for the same network', () => {
    const known = { spec: DEEP, parameters: initialParameters(DEEP, 1) };
    assert.deepEqual(fittedParameters(known, DEEP, 2), known.parameters);
  });

  it('are none for other feature maps or dimensions, or fewer levels', () => {
    const known = { spec: FLAT, parameters: initialParameters(FLAT, 1) };
    assert.equal(fittedParameters(known, { ...FLAT, filters: [16, 32, 64, 128, 128] }, 2), null);
    assert.equal(fittedParameters(known, { ...FLAT, filters: [8, 16, 32, 32, 64] }, 2), null);
    assert.equal(fittedParameters(known, DEEP, 2), null);
    assert.equal(fittedParameters(known, { ...FLAT, filters: [8, 16, 32, 64] }, 2), null);
  });

  it('are summed where a kernel is narrower and averaged where a step does not double an axis', () => {
    const strides = [[1, 1, 1], [1, 2, 2], ...Array.from({ length: 3 }, () => [2, 2, 2])];
    const spec = { ...DEEP, strides, kernels: [[1, 3, 3], ...Array.from({ length: 4 }, () => [3, 3, 3])] };
    const known = { spec: DEEP, parameters: initialParameters(DEEP, 1) };
    const fitted = fittedParameters(known, spec, 2) as Float32Array;
    const [from, to] = [partOf(DEEP, known.parameters), partOf(spec, fitted)];
    // [8 out, 8 in, 3, 3, 3] and [8, 8, 1, 3, 3]
    const [conv, flat] = [from('encoder.0.conv2.weight'), to('encoder.0.conv2.weight')];
    for (const [k, i] of [
      [0, 0],
      [13, 4],
      [63, 8],
    ]) {
      const sum = [0, 1, 2].reduce((all, z) => all + conv[27 * k + 9 * z + i], 0);
      assert.ok(Math.abs(flat[9 * k + i] - sum) < 1e-6);
    }
    // [16 in, 8 out, 2, 2, 2] and [16, 8, 1, 2, 2]
    const [up, same] = [from('up.0.weight'), to('up.0.weight')];
    for (const [k, i] of [
      [0, 0],
      [77, 3],
    ])
      assert.ok(Math.abs(same[4 * k + i] - (up[8 * k + i] + up[8 * k + 4 + i]) / 2) < 1e-6);
    assert.deepEqual(to('encoder.3.conv1.weight'), from('encoder.3.conv1.weight'));
  });

  it('repeat where only the other network doubles an axis', () => {
    const strides = [[1, 1, 1], ...Array.from({ length: 3 }, () => [2, 2, 2]), [1, 2, 2]];
    const spec = { ...DEEP, strides };
    const known = { spec, parameters: initialParameters(spec, 1) };
    const [from, to] = [
      partOf(spec, known.parameters),
      partOf(DEEP, fittedParameters(known, DEEP, 2) as Float32Array),
    ].map((of) => of('up.3.weight'));
    for (const k of [0, 4095]) {
      assert.deepEqual([...to.subarray(8 * k, 8 * k + 4)], [...from.subarray(4 * k, 4 * k + 4)]);
      assert.deepEqual([...to.subarray(8 * k + 4, 8 * k + 8)], [...from.subarray(4 * k, 4 * k + 4)]);
    }
  });

  it('answer the same for an image in several equal channels', () => {
    const known = { spec: FLAT, parameters: initialParameters(FLAT, 1) };
    const spec = { ...FLAT, inChannels: 3 };
    const fitted = fittedParameters(known, spec, 2) as Float32Array;
    const [one, three] = [partOf(FLAT, known.parameters), partOf(spec, fitted)].map((of) =>
      of('encoder.0.conv1.weight'),
    );
    for (const [out, i] of [
      [0, 0],
      [7, 8],
    ]) {
      const sum = [0, 1, 2].reduce((all, channel) => all + three[9 * (3 * out + channel) + i], 0);
      assert.ok(Math.abs(sum - one[9 * out + i]) < 1e-6);
    }
  });

  it('keep the foreground of more outputs, and begin anew where there is more', () => {
    const spec: NetworkSpec = { dimensions: 2, inChannels: 1, filters: [8, 16, 32, 64, 64, 64] };
    const known = { spec: FLAT, parameters: initialParameters(FLAT, 1) };
    const fitted = fittedParameters(known, spec, 2) as Float32Array;
    const [from, to, anew] = [
      partOf(FLAT, known.parameters),
      partOf(spec, fitted),
      partOf(spec, initialParameters(spec, 2)),
    ];
    assert.deepEqual([...to('head.weight')], [...from('head.weight').subarray(0, 8)]);
    assert.deepEqual([...to('head.bias')], [from('head.bias')[0]]);
    assert.deepEqual(to('decoder.4.conv1.weight'), anew('decoder.4.conv1.weight'));
    const single = { ...FLAT, outChannels: 1 as const };
    const of = partOf(
      FLAT,
      fittedParameters({ spec: single, parameters: initialParameters(single, 4) }, FLAT, 3) as Float32Array,
    );
    assert.deepEqual(
      of('head.weight').subarray(8),
      partOf(FLAT, initialParameters(FLAT, 3))('head.weight').subarray(8),
    );
    assert.deepEqual(of('head.weight').subarray(0, 8), partOf(single, initialParameters(single, 4))('head.weight'));
  });
});

/** The values of a parameter by its name. */
function partOf(spec: NetworkSpec, parameters: Float32Array) {
  return (wanted: string): Float32Array => {
    let offset = 0;
    for (const { name, shape } of parameterSpecs(spec)) {
      const length = product(shape);
      if (name === wanted) return parameters.slice(offset, offset + length);
      offset += length;
    }
    throw new Error(`no parameter ${wanted}`);
  };
}
