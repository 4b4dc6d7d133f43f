import assert from 'node:assert/strict';
import { createSession, onnxRuntime } from '../../../src/engines/onnx/session';
import { encodeModel, type OnnxGraph } from '../../../src/graph/onnx/model';

/** y = leaky ReLU (slope 0.25) of x, twice side by side, by every kind of attribute and constant there is. */
const GRAPH: OnnxGraph = {
  name: 'test',
  nodes: [
    { type: 'LeakyRelu', inputs: ['x'], output: 'r', attributes: { alpha: { float: 0.25 } } },
    { type: 'Transpose', inputs: ['r'], output: 't', attributes: { perm: [1, 0] } },
    { type: 'Concat', inputs: ['t', 't'], output: 'c', attributes: { axis: -1 } },
    { type: 'Pad', inputs: ['c', 'pads', 'value'], output: 'p', attributes: { mode: { text: 'constant' } } },
    { type: 'FusedMatMul', domain: 'com.microsoft', inputs: ['p', 'one'], output: 'y', attributes: { transB: 0 } },
  ],
  constants: [
    { name: 'pads', shape: [4], data: BigInt64Array.of(0n, 0n, 0n, 1n) },
    { name: 'value', shape: [], data: Float32Array.of(9) },
    { name: 'one', shape: [3, 1], data: Float32Array.of(1, 10, 100) },
  ],
  inputs: [{ name: 'x', shape: [1, 'n'] }],
  outputs: [{ name: 'y', shape: ['n', 1] }],
};

describe('encodeModel', () => {
  it('gives a model that ONNX Runtime loads and runs', async () => {
    const session = await createSession(encodeModel(GRAPH), { threads: 1 });
    const x = new (onnxRuntime().Tensor)('float32', Float32Array.of(-4, 2), [1, 2]);
    const { y } = await session.run({ x });
    assert.deepEqual(y.dims, [2, 1]);
    assert.deepEqual([...(y.data as Float32Array)], [-1 - 10 + 900, 2 + 20 + 900]);
    await session.release();
  });
});
