import type { LossForm } from '../network/loss';
import type { KnownNetwork } from '../network/models';
import type { OptimiserForm } from '../network/optimiser';
import type { NetworkSpec } from '../network/spec';

export type { KnownNetwork };

/** One batch, float32, C order over [n, c, (z,) y, x]; weight has one channel, target those of the network's outputs. */
export interface Batch {
  input: Float32Array;
  target: Float32Array;
  /** 0 where excluded, 1 elsewhere */
  weight: Float32Array;
}

/** All that a training carries from step to step; flat vectors in the order of `parameterSpecs`. */
export interface TrainingState {
  /** steps done */
  step: number;
  parameters: Float32Array;
  /** exponential moving average of the parameters */
  average: Float32Array;
  firstMoment: Float32Array;
  secondMoment: Float32Array;
}

export interface TrainingOptions extends LossForm, OptimiserForm {
  batchSize: number;
  /** [(z,) y, x] of a patch, multiples of the network's divisor */
  patch: number[];
}

/** Hyperparameters that may change from step to step. */
export interface StepSettings {
  learningRate: number;
  /** d in average = d * average + (1 - d) * parameters */
  averageDecay: number;
}

/** One optimiser step. */
export interface Step extends StepSettings {
  batch: Batch;
}

/** A network in training; holds its state. */
export interface TrainingSession {
  /** How many steps a call should take: more than 1 where handing over the state costs as much as a step. */
  readonly stepsAtOnce: number;
  /** Takes the steps, 1 to `stepsAtOnce`, one after the other; resolves with the loss before the update of each. */
  steps(steps: Step[]): Promise<number[]>;
  readState(): Promise<TrainingState>;
  dispose(): Promise<void>;
}

/** A network ready to predict. */
export interface PredictionSession {
  /**
   * @param input float32 [n, c, (z,) y, x] of the given shape, sizes multiples of the divisor
   * @returns probabilities [n, 1, (z,) y, x]; of a network that tells objects apart [n, 3, (z,) y, x]
   */
  predict(input: Float32Array, shape: number[]): Promise<Float32Array>;
  /** what a person should know of the predictions so far; none where it is missing */
  readonly warnings?: readonly string[];
  dispose(): Promise<void>;
}

/** What an engine can predict with: the bytes of an ONNX model, its path, or a network of ours, written as suits it best. */
export type PredictionModel = Uint8Array | string | KnownNetwork;

export const ENGINES = ['onnx', 'tensorflow'] as const;
export type EngineName = (typeof ENGINES)[number];
export const DEVICES = ['cpu', 'cuda', 'webgpu'] as const;
export type DeviceName = (typeof DEVICES)[number];
/** How the products are computed; all but float32 are quicker and less exact, and only some devices have them. */
export const PRECISIONS = ['float32', 'tf32', 'float16'] as const;
export type Precision = (typeof PRECISIONS)[number];

/** What a backend may be told. */
export interface BackendOptions {
  /** at least 1 */
  threads: number;
  precision: Precision;
}

/** What is asked for: a backend by name, or the choice left open. */
export interface EngineOptions extends Omit<BackendOptions, 'threads'> {
  engine: 'auto' | EngineName;
  device: 'auto' | DeviceName;
  /** 0: physical cores */
  threads: number;
}

/** One way to compute: an engine on a device, open. */
export interface Engine {
  readonly name: EngineName;
  readonly device: DeviceName;
  readonly threads: number;
  createTraining(spec: NetworkSpec, options: TrainingOptions, state: TrainingState): Promise<TrainingSession>;
  createPrediction(model: PredictionModel): Promise<PredictionSession>;
}

/** One way to compute that this package knows, whether or not this machine has it. */
export interface Backend {
  readonly engine: EngineName;
  readonly device: DeviceName;
  /** @throws EngineUnavailableError where this machine does not have it, or it does not work */
  open(options: BackendOptions): Promise<Engine>;
}
