import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { TrainingState } from '../../src/engines/engine';
import { onnxOnCpu } from '../../src/engines/onnx/cpu';
import { type Loss, type NetworkSpec, parameterSpecs } from '../../src/network';
import { REFERENCES } from '../support/shared-data';

/** A training of PyTorch in double precision: `test/data/generators/training.py` says what its files hold. */
interface Reference extends NetworkSpec {
  inputShape: number[];
  loss: Loss;
  /** absent: none to speak of */
  diceSmoothing?: number;
  learningRate: number;
  weightDecay: number;
  learningRateDecayPerStep: number;
  losses: number[];
  parameters: Array<{ name: string; shape: number[] }>;
  parts: Record<Part, number>;
}
type Part = 'input' | 'target' | 'weight' | 'initial' | 'logits' | 'final';

const FOLDER = path.join(REFERENCES, 'training');
const CASES = ['2d-dice', '2d-three-levels', '3d-dice', '3d-dice-bce', '2d-smoothed'];
const LOSS_TOLERANCE = 1e-6;
/** Of the way that the weights went: 6e-6 where it was measured. */
const FARTHEST = 1e-4;

describe('trainings equal PyTorch in double precision', function () {
  this.timeout(60_000);

  for (const name of CASES) {
    it(name, async () => {
      const { reference, part } = readReference(name);
      const { dimensions, inChannels, filters, inputShape, loss, diceSmoothing, weightDecay, losses } = reference;
      const spec: NetworkSpec = { dimensions, inChannels, filters };
      assert.deepEqual(parameterSpecs(spec), reference.parameters);
      const [batchSize, , ...patch] = inputShape;
      const [initial, final] = [part('initial'), part('final')];
      const batch = { input: part('input'), target: part('target'), weight: part('weight') };
      const engine = await onnxOnCpu.open({ threads: 2, precision: 'float32' });
      const options = { batchSize, patch, loss, diceSmoothing, weightDecay };
      const training = await engine.createTraining(spec, options, stateOf(initial));
      try {
        for (const [step, expected] of losses.entries()) {
          const learningRate = reference.learningRate * reference.learningRateDecayPerStep ** step;
          const [found] = await training.steps([{ batch, learningRate, averageDecay: 0 }]);
          assert.ok(Math.abs(found - expected) < LOSS_TOLERANCE, `loss ${step}: ${found}, PyTorch ${expected}`);
        }
        const { parameters } = await training.readState();
        const far = distance(parameters, final) / distance(final, initial);
        assert.ok(far < FARTHEST, `weights are ${far} of their way from PyTorch's`);
      } finally {
        await training.dispose();
      }
    });

    it(`${name}: a prediction with the first weights`, async () => {
      const { reference, part } = readReference(name);
      const { dimensions, inChannels, filters, inputShape } = reference;
      const engine = await onnxOnCpu.open({ threads: 2, precision: 'float32' });
      const network = { spec: { dimensions, inChannels, filters }, parameters: part('initial') };
      const prediction = await engine.createPrediction(network);
      try {
        const found = await prediction.predict(part('input'), inputShape);
        const logits = part('logits');
        assert.equal(found.length, logits.length);
        for (const [i, logit] of logits.entries()) {
          const expected = 1 / (1 + Math.exp(-logit));
          assert.ok(Math.abs(found[i] - expected) < 1e-4, `voxel ${i}: ${found[i]}, PyTorch ${expected}`);
        }
      } finally {
        await prediction.dispose();
      }
    });
  }
});

function readReference(name: string): { reference: Reference; part: (part: Part) => Float32Array } {
  const reference = JSON.parse(readFileSync(path.join(FOLDER, `${name}.json`), 'utf8')) as Reference;
  const bytes = Uint8Array.from(readFileSync(path.join(FOLDER, `${name}.bin`)));
  const values = new Float32Array(bytes.buffer);
  const part = (wanted: Part): Float32Array => {
    let start = 0;
    for (const [each, length] of Object.entries(reference.parts)) {
      if (each === wanted) return values.slice(start, start + length);
      start += length;
    }
    throw new Error(`${name} has no ${wanted}`);
  };
  return { reference, part };
}

function stateOf(parameters: Float32Array): TrainingState {
  const zeros = () => new Float32Array(parameters.length);
  return { step: 0, parameters, average: parameters, firstMoment: zeros(), secondMoment: zeros() };
}

function distance(a: Float32Array, b: Float32Array): number {
  return Math.hypot(...a.map((value, i) => value - b[i]));
}
