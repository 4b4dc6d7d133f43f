import { channelBlock, onnxOnCpu } from '../../src/engines/onnx/cpu';
import { OnnxEngine } from '../../src/engines/onnx/engine';
import { blockedLowerings } from '../../src/graph/lowering/blocked';
import { CPU_LOWERINGS, GPU_LOWERINGS } from '../../src/graph/lowering/tables';
import { needShared } from '../support/shared-data';
import { assertFirstStep, assertTraining, GOLDEN_CASES, inspectWithOnnx, readGolden } from './golden-case';

describe('training equals PyTorch', function () {
  this.timeout(120_000);

  for (const name of GOLDEN_CASES) {
    it(`${name}: logits, gradients, losses and final network`, async function () {
      const golden = readGolden(needShared(this, `data/golden/${name}`));
      assertFirstStep(golden, await inspectWithOnnx(golden, CPU_LOWERINGS, { threads: 2 }));
      const block = await channelBlock();
      if (block !== null)
        assertFirstStep(golden, await inspectWithOnnx(golden, blockedLowerings(block), { threads: 2 }));
      await assertTraining(name, golden, await onnxOnCpu.open({ threads: 2, precision: 'float32' }));
    });

    // what a GPU is given, computed by the CPU: three steps in one graph, and single steps for the rest
    it(`${name}: written for a GPU, three steps a call`, async function () {
      const golden = readGolden(needShared(this, `data/golden/${name}`));
      assertFirstStep(golden, await inspectWithOnnx(golden, GPU_LOWERINGS, { threads: 2 }));
      await assertTraining(name, golden, unrolledOnCpu(3));
    });
  }
});

function unrolledOnCpu(stepsAtOnce: number): OnnxEngine {
  const training = { lowerings: GPU_LOWERINGS, stepsAtOnce, stateStays: false, divides: false };
  const prediction = { lowerings: () => null, together: false };
  return new OnnxEngine({ device: 'cpu', session: { provider: 'cpu' }, training, prediction }, 2);
}
