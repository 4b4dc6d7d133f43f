import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Batch, Engine, TrainingOptions } from '../../src/engines/engine';
import type { Loss, NetworkSpec } from '../../src/network';
import { REFERENCES } from '../support/shared-data';

interface CaseFile extends NetworkSpec {
  inputShape: number[];
  loss: Loss;
  /** absent: none to speak of */
  diceSmoothing?: number;
  learningRate: number;
  weightDecay: number;
  /** absent: Adam alone */
  kernelRate?: number;
  learningRateDecayPerStep: number;
  losses: number[];
  parameters: Array<{ name: string; shape: number[] }>;
  parts: Record<string, number>;
}

/** A training of PyTorch in double precision: `test/data/generators/training.py` says what its files hold. */
export interface TrainingReference extends Omit<CaseFile, keyof NetworkSpec | 'parts'> {
  spec: NetworkSpec;
  options: TrainingOptions;
  batch: Batch;
  /** parameters before the first step and after the last one */
  initial: Float32Array;
  final: Float32Array;
  /** of the first step */
  truth: { logits: Float32Array };
  gradients: Float32Array;
}

const FOLDER = path.join(REFERENCES, 'training');
export const TRAINING_REFERENCES = [
  '2d-dice',
  '2d-three-levels',
  '3d-dice',
  '3d-dice-bce',
  '2d-five-levels',
  '3d-five-levels',
  '2d-smoothed',
  '2d-objects',
  '3d-objects',
  '2d-muon',
  '3d-muon',
];

export function readTrainingReference(name: string): TrainingReference {
  const file = JSON.parse(readFileSync(path.join(FOLDER, `${name}.json`), 'utf8')) as CaseFile;
  const { dimensions, inChannels, outChannels, filters, strides, kernels, parts, ...rest } = file;
  const values = new Float32Array(Uint8Array.from(readFileSync(path.join(FOLDER, `${name}.bin`))).buffer);
  const part = (wanted: string): Float32Array => {
    let start = 0;
    for (const [each, length] of Object.entries(parts)) {
      if (each === wanted) return values.slice(start, start + length);
      start += length;
    }
    throw new Error(`${name} has no ${wanted}`);
  };
  const { inputShape, loss, diceSmoothing, weightDecay, kernelRate } = rest;
  const [batchSize, , ...patch] = inputShape;
  return {
    ...rest,
    spec: {
      dimensions,
      inChannels,
      ...(outChannels && { outChannels }),
      filters,
      ...(strides && { strides }),
      ...(kernels && { kernels }),
    },
    options: { batchSize, patch, loss, diceSmoothing, weightDecay, kernelRate },
    batch: { input: part('input'), target: part('target'), weight: part('weight') },
    ...{ initial: part('initial'), final: part('final'), gradients: part('gradient') },
    truth: { logits: part('logits') },
  };
}

/** What an engine makes of a reference's steps. */
export interface Replay {
  /** before the update of each step */
  losses: number[];
  parameters: Float32Array;
  /** how far its parameters are from PyTorch's, of the way that those went */
  far: number;
}

export async function replay(engine: Engine, reference: TrainingReference): Promise<Replay> {
  const { spec, options, batch, initial, final, learningRate, learningRateDecayPerStep } = reference;
  const zeros = () => new Float32Array(initial.length);
  const start = { step: 0, parameters: initial, average: initial, firstMoment: zeros(), secondMoment: zeros() };
  const training = await engine.createTraining(spec, options, start);
  try {
    const losses: number[] = [];
    for (const step of reference.losses.keys()) {
      const rate = learningRate * learningRateDecayPerStep ** step;
      losses.push(...(await training.steps([{ batch, learningRate: rate, averageDecay: 0 }])));
    }
    const { parameters } = await training.readState();
    return { losses, parameters, far: distance(parameters, final) / distance(final, initial) };
  } finally {
    await training.dispose();
  }
}

function distance(a: Float32Array, b: Float32Array): number {
  return Math.sqrt(a.reduce((sum, value, i) => sum + (value - b[i]) ** 2, 0));
}
