import assert from 'node:assert/strict';
import { OnnxEmitter } from '../../../src/graph/onnx/emitter';

const x = { name: 'x', shape: [2, 3, 4] };

describe('OnnxEmitter', () => {
  it('emits equal nodes and constants once, others apart', () => {
    const emit = new OnnxEmitter();
    const first = emit.op('Relu', [x], x.shape);
    assert.equal(emit.op('Relu', [x], x.shape), first);
    assert.notEqual(emit.op('LeakyRelu', [x], x.shape, { alpha: { float: 0.1 } }).name, first.name);
    emit.op('LeakyRelu', [x], x.shape, { alpha: { float: 0.2 } });
    assert.equal(emit.nodes.length, 3);
    assert.equal(new Set(emit.nodes.map((node) => node.output)).size, 3);

    assert.equal(emit.integers([1, 2]), emit.integers([1, 2]));
    assert.equal(emit.scalar(1), emit.scalar(1));
    assert.notEqual(emit.floats(Float32Array.of(1, 2), [2]), emit.floats(Float32Array.of(1, 2), [2, 1]));
    assert.notEqual(emit.scalar(0), emit.scalar(-0));
    assert.equal(emit.constants.length, 6);
  });

  it('reads a view of a longer array by its own bytes', () => {
    const emit = new OnnxEmitter();
    const long = Float32Array.of(1, 2, 3);
    assert.equal(emit.floats(long.subarray(1, 2), [1]), emit.scalar(2));
  });

  it('leaves out reshapes and transposes that change nothing in memory', () => {
    const emit = new OnnxEmitter();
    assert.equal(emit.reshape(x, [2, 3, 4]), x);
    const thin = { name: 'thin', shape: [1, 3, 1, 4] };
    const moved = emit.transpose(thin, [1, 0, 3, 2]);
    assert.deepEqual(moved.shape, [3, 1, 4, 1]);
    assert.deepEqual(emit.transpose(x, [2, 0, 1]).shape, [4, 2, 3]);
    assert.deepEqual(
      emit.nodes.map((node) => node.type),
      ['Reshape', 'Transpose'],
    );
  });

  it('knows the shapes of slices, pads, joins and sums', () => {
    const emit = new OnnxEmitter();
    assert.deepEqual(emit.slice(x, [1, 2], [0, 1], [3, 4], [2, 1]).shape, [2, 2, 3]);
    assert.deepEqual(emit.slice(x, [2], [3], [-1], [-1]).shape, [2, 3, 4]);
    assert.deepEqual(emit.pad(x, [0, 1, 0], [0, 0, 2]).shape, [2, 4, 6]);
    assert.deepEqual(emit.concat([x, x], 2).shape, [2, 3, 8]);
    assert.deepEqual(emit.sum(x, [1]).shape, [2, 1, 4]);
    assert.deepEqual(emit.elementwise('Add', x, { name: 'b', shape: [3, 1] }).shape, [2, 3, 4]);
  });

  it('remembers what was joined along the channels', () => {
    const emit = new OnnxEmitter();
    const other = { name: 'other', shape: [2, 1, 4] };
    assert.deepEqual(emit.concat([x, other], 1).parts, [x, other]);
    assert.equal(emit.concat([x, x], 2).parts, undefined);
    assert.equal(emit.reshape(emit.concat([x, other], 1), [2, 16]).parts, undefined);
  });

  it('takes out what no result needs', () => {
    const emit = new OnnxEmitter();
    const kept = emit.elementwise('Add', x, emit.scalar(1));
    emit.elementwise('Mul', emit.op('Relu', [x], x.shape), emit.scalar(2));
    emit.keepOnly([kept.name]);
    assert.deepEqual(
      emit.nodes.map((node) => node.output),
      [kept.name],
    );
    assert.deepEqual(
      emit.constants.map(({ data }) => data[0]),
      [1],
    );
  });
});
