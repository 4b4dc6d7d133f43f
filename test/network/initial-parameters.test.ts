import assert from 'node:assert/strict';
import { initialParameters, parameterCount, parameterSpecs } from '../../src/network';

const SPEC = { dimensions: 3 as const, inChannels: 2, filters: [8, 16] };

/** The values of each parameter by name. */
function byName(flat: Float32Array): Map<string, Float32Array> {
  let end = 0;
  return new Map(
    parameterSpecs(SPEC).map(({ name, shape }) => {
      const start = end;
      end += shape.reduce((product, n) => product * n, 1);
      return [name, flat.subarray(start, end)];
    }),
  );
}

describe('initialParameters', () => {
  const values = byName(initialParameters(SPEC, 5));

  it('depends on the seed alone', () => {
    assert.deepEqual(initialParameters(SPEC, 5), initialParameters(SPEC, 5));
    assert.notDeepEqual(initialParameters(SPEC, 5), initialParameters(SPEC, 6));
    assert.equal(initialParameters(SPEC, 5).length, parameterCount(SPEC));
  });

  it('starts norms at scale 1 and shift 0', () => {
    for (const [name, list] of values) {
      if (name.includes('.norm')) assert.ok(list.every((v) => v === (name.endsWith('weight') ? 1 : 0), name));
    }
  });

  it('draws weights uniformly within 1 / sqrt(fan in)', () => {
    const fanIn: Record<string, number> = {
      'encoder.0.conv1.weight': 2 * 27,
      'encoder.0.conv2.weight': 8 * 27,
      'encoder.1.conv3.weight': 8,
      'up.0.weight': 8 * 8,
      'decoder.0.conv1.weight': 16 * 27,
      'head.weight': 8,
      'head.bias': 8,
    };
    for (const [name, count] of Object.entries(fanIn)) {
      const list = values.get(name) ?? new Float32Array();
      const bound = 1 / Math.sqrt(count);
      assert.ok(list.length > 0 && list.every((v) => Math.abs(v) <= bound), name);
      if (list.length < 200) continue;
      const variance = list.reduce((sum, v) => sum + v * v, 0) / list.length;
      assert.ok(Math.abs(variance / (bound ** 2 / 3) - 1) < 0.2, `${name}: variance ${variance}`);
    }
  });

  it('gives every layer numbers of its own', () => {
    const one = values.get('encoder.0.conv2.weight') ?? [];
    const other = values.get('decoder.0.conv2.weight') ?? [];
    assert.notDeepEqual(one, other);
  });
});
