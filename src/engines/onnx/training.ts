import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { SegmenterError } from '../../base/errors';
import { blockedLowerings } from '../../graph/lowering/blocked';
import { CPU_LOWERINGS } from '../../graph/lowering/cpu';
import { buildTrainingStep, STATE_NAMES } from '../../network/models';
import { stepInputs } from '../../network/optimiser';
import type { NetworkSpec } from '../../network/spec';
import type { Step, TrainingOptions, TrainingSession, TrainingState } from '../engine';
import { channelBlock } from './channel-block';
import { createSession, onnxRuntime, type SessionSettings } from './session';

/** Builds the step's graph for one batch and patch size, and holds the state between steps. */
export async function createTraining(
  spec: NetworkSpec,
  options: TrainingOptions,
  start: TrainingState,
  settings: SessionSettings,
): Promise<TrainingSession> {
  const block = await channelBlock();
  const lowerings = block === null ? CPU_LOWERINGS : blockedLowerings(block);
  const model = buildTrainingStep(spec, { ...options, lowerings });
  return new OnnxTraining(spec, options, start, await createSession(model, settings));
}

class OnnxTraining implements TrainingSession {
  readonly stepsAtOnce = 1;
  private readonly state = new Map<string, Tensor>();
  private stepsDone: number;

  constructor(
    private readonly spec: NetworkSpec,
    private readonly options: TrainingOptions,
    start: TrainingState,
    private readonly session: InferenceSession,
  ) {
    this.stepsDone = start.step;
    for (const name of STATE_NAMES) this.state.set(name, vector(start[name]));
  }

  async steps(steps: Step[]): Promise<number[]> {
    const losses: number[] = [];
    for (const step of steps) losses.push(await this.step(step));
    return losses;
  }

  private async step({ batch, learningRate, averageDecay }: Step): Promise<number> {
    const scalars = { ...stepInputs(this.stepsDone + 1, learningRate), averageDecay };
    const feeds: Record<string, Tensor> = {
      input: this.image('input', batch.input, this.spec.inChannels),
      target: this.image('target', batch.target, 1),
      weight: this.image('weight', batch.weight, 1),
    };
    for (const [name, value] of Object.entries(scalars)) feeds[name] = vector(Float32Array.of(value));
    for (const [name, tensor] of this.state) feeds[name] = tensor;
    const results = await this.session.run(feeds);
    for (const name of STATE_NAMES) this.state.set(name, results[`next.${name}`] as Tensor);
    this.stepsDone++;
    return (results.loss.data as Float32Array)[0];
  }

  async readState(): Promise<TrainingState> {
    const copy = (name: (typeof STATE_NAMES)[number]) => Float32Array.from(this.state.get(name)?.data as Float32Array);
    return {
      step: this.stepsDone,
      parameters: copy('parameters'),
      average: copy('average'),
      firstMoment: copy('firstMoment'),
      secondMoment: copy('secondMoment'),
    };
  }

  async dispose(): Promise<void> {
    await this.session.release();
  }

  private image(name: string, data: Float32Array, channels: number): Tensor {
    const dims = [this.options.batchSize, channels, ...this.options.patch];
    const expected = dims.reduce((product, n) => product * n, 1);
    if (data.length !== expected) {
      throw new SegmenterError(
        'internal',
        `batch.${name}: expected ${expected} values for [${dims}], got ${data.length}`,
      );
    }
    return new (onnxRuntime().Tensor)('float32', data, dims);
  }
}

function vector(data: Float32Array): Tensor {
  return new (onnxRuntime().Tensor)('float32', data, [data.length]);
}
