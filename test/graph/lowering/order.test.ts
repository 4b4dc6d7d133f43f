import assert from 'node:assert/strict';
import { CPU_LOWERINGS } from '../../../src/graph/lowering/tables';
import { OnnxEmitter, type Tensor } from '../../../src/graph/onnx/emitter';
import type { Node } from '../../../src/graph/ops';

/** Whether ONNX nodes make one value from another. */
function dependsOn(emit: OnnxEmitter, value: string, other: string): boolean {
  if (value === other) return true;
  const node = emit.nodes.find(({ output }) => output === value);
  return node?.inputs.some((input) => dependsOn(emit, input, other)) ?? false;
}

describe('the order of a training step', () => {
  const tensor = (name: string, shape: number[]): Tensor => ({ name, shape });
  const [dy, y, w, dw] = [
    tensor('dy', [1, 3, 4, 4]),
    tensor('y', [1, 3, 4, 4]),
    tensor('w', [3, 2, 3, 3]),
    tensor('dw', [3, 2, 3, 3]),
  ];

  it('computes a weight’s gradient before the input’s', () => {
    const emit = new OnnxEmitter();
    const node = {
      attributes: { strides: [1, 1], spatial: [4, 4] },
      shape: [1, 2, 4, 4],
    } as unknown as Node<'convInputGradient'>;
    const dx = CPU_LOWERINGS.convInputGradient(emit, node, [dy, w, dw]);
    assert.ok(dependsOn(emit, dx.name, 'dw') && dependsOn(emit, dx.name, 'w'));
  });

  it('takes the signs for a leaky ReLU’s gradient when its own gradient is there', () => {
    const emit = new OnnxEmitter();
    const node = { attributes: { slope: 0.1 }, shape: dy.shape } as unknown as Node<'leakyReluGradient'>;
    CPU_LOWERINGS.leakyReluGradient(emit, node, [dy, y]);
    const signs = emit.nodes.find(({ type }) => type === 'Clip');
    assert.ok(signs && dependsOn(emit, signs.output, 'dy') && dependsOn(emit, signs.output, 'y'));
  });
});
