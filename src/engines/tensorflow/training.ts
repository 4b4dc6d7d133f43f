import { messageOf, SegmenterError } from '../../base/errors';
import { STATE_NAMES, trainingStepGraph } from '../../network/models';
import { stepInputs } from '../../network/optimiser';
import { type NetworkSpec, outputsOf } from '../../network/spec';
import { batchShape } from '../check-shape';
import type { DeviceName, Step, TrainingOptions, TrainingSession, TrainingState } from '../engine';
import { NativeCalls } from '../native-calls';
import { toStored } from './layout';
import type { NativeTensor, TensorFlow } from './library';
import { Program } from './program';
import type { Rules } from './rules/types';

/** A training that holds its state as tensors, on the device that TensorFlow computes on. */
export class TensorFlowTraining implements TrainingSession {
  readonly stepsAtOnce = 1;
  private readonly program: Program;
  private readonly calls: NativeCalls;
  private readonly state = new Map<string, NativeTensor>();
  private stepsDone: number;

  constructor(
    private readonly tf: TensorFlow,
    rules: Rules,
    private readonly spec: NetworkSpec,
    private readonly options: TrainingOptions,
    start: TrainingState,
    device: DeviceName,
  ) {
    this.calls = new NativeCalls({ device });
    this.program = new Program(tf, rules, trainingStepGraph(spec, options));
    this.stepsDone = start.step;
    // TensorFlow may work on the memory that it is given: the caller keeps his
    for (const name of STATE_NAMES) this.state.set(name, vector(tf, start[name].slice()));
  }

  async steps(steps: Step[]): Promise<number[]> {
    const losses: number[] = [];
    for (const step of steps) losses.push(await this.step(step));
    return losses;
  }

  private step(step: Step): Promise<number> {
    return this.calls.make(`training step ${this.stepsDone + 1}`, () => this.take(step));
  }

  private async take({ batch, learningRate, averageDecay }: Step): Promise<number> {
    const { tf } = this;
    const scalars = { ...stepInputs(this.stepsDone + 1, learningRate), averageDecay };
    const inputs = tf.tidy(() => {
      const feeds: Record<string, NativeTensor> = {
        input: this.image('input', batch.input, this.spec.inChannels),
        target: this.image('target', batch.target, outputsOf(this.spec)),
        weight: this.image('weight', batch.weight, 1),
      };
      for (const [name, value] of Object.entries(scalars)) feeds[name] = vector(tf, Float32Array.of(value));
      return feeds;
    });
    const results = this.compute(inputs);
    for (const name of STATE_NAMES) {
      this.state.get(name)?.dispose();
      this.state.set(name, results[`next.${name}`]);
    }
    this.stepsDone++;
    const [loss] = Array.from(await results.loss.data());
    results.loss.dispose();
    return loss;
  }

  private compute(inputs: Record<string, NativeTensor>): Record<string, NativeTensor> {
    try {
      return this.program.run({ ...inputs, ...Object.fromEntries(this.state) });
    } catch (cause) {
      throw new SegmenterError('engine', `TensorFlow: a training step failed: ${messageOf(cause)}`, {}, { cause });
    } finally {
      for (const tensor of Object.values(inputs)) tensor.dispose();
    }
  }

  async readState(): Promise<TrainingState> {
    const copy = async (name: (typeof STATE_NAMES)[number]) =>
      Float32Array.from((await this.state.get(name)?.data()) as ArrayLike<number>);
    return {
      step: this.stepsDone,
      parameters: await copy('parameters'),
      average: await copy('average'),
      firstMoment: await copy('firstMoment'),
      secondMoment: await copy('secondMoment'),
    };
  }

  async dispose(): Promise<void> {
    for (const tensor of this.state.values()) tensor.dispose();
    this.state.clear();
  }

  private image(name: string, data: Float32Array, channels: number): NativeTensor {
    const shape = batchShape(name, data, channels, this.options);
    return toStored(this.tf, this.tf.tensor(data, shape), shape);
  }
}

function vector(tf: TensorFlow, data: Float32Array): NativeTensor {
  return tf.tensor(data, [data.length]);
}
