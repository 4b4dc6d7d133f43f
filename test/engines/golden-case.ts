import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Batch, Engine, TrainingOptions } from '../../src/engines/engine';
import { createSession, onnxRuntime, type SessionSettings } from '../../src/engines/onnx/session';
import { CPU_LOWERINGS } from '../../src/graph/lowering/tables';
import type { Lowerings } from '../../src/graph/lowering/types';
import { buildTrainingStep, type Loss, type NetworkSpec, parameterSpecs } from '../../src/network';

interface CaseFile {
  dimensions: 2 | 3;
  filters: number[];
  inChannels: number;
  inputShape: number[];
  loss: Loss;
  learningRate: number;
  weightDecay: number;
  learningRateDecayPerStep: number;
  losses: number[];
  parameters: Array<{ name: string; shape: number[] }>;
}

/** A training run of PyTorch: `../shared/data/golden/README.md` says what its files hold. */
export interface GoldenCase extends CaseFile {
  spec: NetworkSpec;
  options: TrainingOptions;
  batch: Batch;
  initial: Float32Array;
  /** PyTorch's in single precision */
  gradients: Float32Array;
  /** what PyTorch makes of the case in double precision */
  truth: {
    /** before each step */
    losses: number[];
    /** of the first network and of that after the last step */
    logits: Float32Array;
    finalLogits: Float32Array;
  };
}

/** What the first step's forward pass and its gradients are: logits of the batch, gradients as one flat vector. */
export interface FirstStep {
  logits: Float32Array;
  gradient: Float32Array;
}

/** Losses, and logits by the largest of them, may be so far from double precision. */
const TOLERANCE = 1e-4;

/**
 * How far the logits of the final network may be from those in double precision, by the largest of them. Ten steps of Adam
 * divide every gradient by its own size, so where a gradient is nearly 0 rounding decides the step, and a case has further ends,
 * which PyTorch in single precision takes too (`ends` of bench/peers/check_golden.py): one of 3d-masked-dice-bce is 1e-3 away on
 * one processor. Who changes in which order a step is computed may find those of 2d-dice (4.8e-3) and 3d-dice (1.3e-4).
 */
const FARTHEST_LOGITS = {
  '2d-dice': TOLERANCE,
  '2d-masked-dice-bce': TOLERANCE,
  '2d-four-levels': TOLERANCE,
  '3d-dice': TOLERANCE,
  '3d-masked-dice-bce': 2e-3,
} as const;
export type GoldenName = keyof typeof FARTHEST_LOGITS;

/** `../data/training-graph/README.md` says what is here. */
const TRUTH = path.resolve(__dirname, '../../../test/data/training-graph');

export const GOLDEN_CASES = Object.keys(FARTHEST_LOGITS) as GoldenName[];

export function readGolden(folder: string): GoldenCase {
  const golden = JSON.parse(readFileSync(path.join(folder, 'case.json'), 'utf8')) as CaseFile;
  const read = (file: string) => readFloats(path.join(folder, `${file}.bin`));
  const truth = path.join(TRUTH, path.basename(folder));
  const { losses } = JSON.parse(readFileSync(`${truth}.json`, 'utf8')) as { losses: number[] };
  const logits = readFloats(`${truth}.bin`);
  const [batchSize, , ...patch] = golden.inputShape;
  return {
    ...golden,
    spec: { dimensions: golden.dimensions, inChannels: golden.inChannels, filters: golden.filters },
    options: { batchSize, patch, loss: golden.loss, weightDecay: golden.weightDecay },
    batch: { input: read('input'), target: read('target'), weight: read('weight') },
    initial: read('initial'),
    gradients: read('gradients0'),
    truth: { losses, logits: logits.subarray(0, logits.length / 2), finalLogits: logits.subarray(logits.length / 2) },
  };
}

function readFloats(file: string): Float32Array {
  const { buffer, byteOffset, byteLength } = readFileSync(file);
  // a small file may lie in a part of a larger buffer
  return new Float32Array(buffer.slice(byteOffset, byteOffset + byteLength));
}

/** The first step's logits are those of double precision, its gradients PyTorch's. */
export function assertFirstStep(
  { spec, truth, gradients }: { spec: NetworkSpec; truth: { logits: Float32Array }; gradients: Float32Array },
  first: FirstStep,
): void {
  const distance = relativeDistance(first.logits, truth.logits);
  assert.ok(distance <= TOLERANCE, `logits are off by ${distance} of the largest`);
  const expected = splitParameters(spec, gradients);
  for (const [parameter, values] of splitParameters(spec, first.gradient)) {
    assertClose(values, expected.get(parameter) as Float32Array, `gradient of ${parameter}`);
  }
}

/** An engine's training has the losses of double precision, and ends with a network of the same logits. */
export async function assertTraining(name: GoldenName, golden: GoldenCase, engine: Engine): Promise<void> {
  const { spec, batch, initial } = golden;
  assert.deepEqual(parameterSpecs(spec), golden.parameters);
  const state = { step: 0, parameters: initial, average: initial, ...zeroMoments(initial.length) };
  const training = await engine.createTraining(spec, golden.options, state);
  const steps = golden.losses.map((_, step) => {
    const learningRate = golden.learningRate * golden.learningRateDecayPerStep ** step;
    return { batch, learningRate, averageDecay: 0 };
  });
  const losses: number[] = [];
  while (losses.length < steps.length) {
    losses.push(...(await training.steps(steps.slice(losses.length, losses.length + training.stepsAtOnce))));
  }
  losses.forEach((loss, step) => {
    const expected = golden.truth.losses[step];
    assert.ok(Math.abs(loss - expected) <= TOLERANCE, `loss ${step}: ${loss}, in double precision ${expected}`);
  });
  const final = await training.readState();
  await training.dispose();
  assert.equal(final.step, golden.losses.length);
  assert.deepEqual(final.average, final.parameters);
  const distance = relativeDistance(await logitsOf(golden, final.parameters), golden.truth.finalLogits);
  const farthest = FARTHEST_LOGITS[name];
  assert.ok(distance <= farthest, `logits of the final network: ${distance} of the largest off, at most ${farthest}`);
}

/** The first step of ONNX Runtime with some lowerings, in some session. */
export async function inspectWithOnnx(
  {
    spec,
    options,
    batch,
    initial,
    learningRate,
  }: Pick<GoldenCase, 'spec' | 'options' | 'batch' | 'initial' | 'learningRate'>,
  lowerings: Lowerings,
  settings: SessionSettings,
): Promise<FirstStep> {
  const model = buildTrainingStep(spec, { ...options, lowerings, inspect: true });
  const session = await createSession(model, settings);
  const { Tensor } = onnxRuntime();
  const dims = (channels: number) => [options.batchSize, channels, ...options.patch];
  const flat = (data: Float32Array) => new Tensor('float32', data, [data.length]);
  const { firstMoment, secondMoment } = zeroMoments(initial.length);
  const results = await session.run({
    input: new Tensor('float32', batch.input, dims(spec.inChannels)),
    target: new Tensor('float32', batch.target, dims(spec.outChannels ?? 1)),
    weight: new Tensor('float32', batch.weight, dims(1)),
    learningRate: flat(Float32Array.of(learningRate)),
    stepSize: flat(Float32Array.of(learningRate)),
    secondCorrection: flat(Float32Array.of(1)),
    averageDecay: flat(Float32Array.of(0)),
    parameters: flat(initial),
    average: flat(initial),
    firstMoment: flat(firstMoment),
    secondMoment: flat(secondMoment),
  });
  await session.release();
  return { logits: results.logits.data as Float32Array, gradient: results.gradient.data as Float32Array };
}

/** What a network with these weights makes of the case's input, on the CPU. */
async function logitsOf(golden: GoldenCase, weights: Float32Array): Promise<Float32Array> {
  const initial = Float32Array.from(weights);
  return (await inspectWithOnnx({ ...golden, initial }, CPU_LOWERINGS, { threads: 2 })).logits;
}

function zeroMoments(length: number) {
  return { firstMoment: new Float32Array(length), secondMoment: new Float32Array(length) };
}

function splitParameters(spec: NetworkSpec, flat: Float32Array): Map<string, Float32Array> {
  let offset = 0;
  return new Map(
    parameterSpecs(spec).map(({ name, shape }) => {
      const length = shape.reduce((product, n) => product * n, 1);
      offset += length;
      return [name, flat.subarray(offset - length, offset)];
    }),
  );
}

function largest(values: Float32Array): number {
  return values.reduce((max, v) => Math.max(max, Math.abs(v)), 0);
}

/** The largest difference by the largest expected value. */
function relativeDistance(actual: Float32Array, expected: Float32Array): number {
  return largest(actual.map((value, i) => value - expected[i])) / largest(expected);
}

function toleranceOf(expected: Float32Array): number {
  return 1e-3 * largest(expected) + 1e-6;
}

/** Within 1e-3 of the expected tensor's largest absolute value plus 1e-6. */
function assertClose(actual: Float32Array, expected: Float32Array, name: string): void {
  assert.equal(actual.length, expected.length, name);
  const tolerance = toleranceOf(expected);
  for (let i = 0; i < actual.length; i++) {
    const difference = Math.abs(actual[i] - expected[i]);
    assert.ok(difference <= tolerance, `${name}[${i}]: ${actual[i]}, PyTorch ${expected[i]}, tolerance ${tolerance}`);
  }
}
