import type { Tensor } from 'onnxruntime-node';
import { buildGradient, buildUpdate, gradientOf } from '../../network/data-parallel-step';
import type { StepOptions } from '../../network/models';
import { parameterCount } from '../../network/residual-unet';
import { type NetworkSpec, outputsOf } from '../../network/spec';
import { batchShape } from '../check-shape';
import type { Batch } from '../engine';
import { onnxRuntime, type SessionSettings } from './session';
import { SessionThread, type SharedTensor, sharedTensor } from './session-thread';
import type { StepForm } from './whole-step';

/** What a share of a batch must know of the whole of it. */
interface BatchSums extends Record<string, SharedTensor> {
  batchWeight: SharedTensor;
}

/** A replica of the network, with its share of a batch. */
interface Replica {
  thread: SessionThread;
  /** of its first item */
  first: number;
  images: Record<keyof Batch, SharedTensor>;
  loss: SharedTensor;
  gradient: SharedTensor;
}

/**
 * A training step of which several replicas compute the gradient at the same time, each of a share of the batch in a
 * thread of its own; the session that holds the state adds them up and takes the step. One graph does not keep all cores
 * busy all the time, several do. The order of sums is fixed, so that the same division gives the same bytes.
 */
export class DataParallelStep implements StepForm {
  private loss = Number.NaN;

  private constructor(
    private readonly spec: NetworkSpec,
    private readonly options: StepOptions,
    private readonly replicas: readonly Replica[],
    private readonly parameters: SharedTensor,
    private readonly batch: BatchSums,
  ) {}

  /** @throws SegmenterError `engine` when ONNX Runtime refuses a model */
  static async open(
    spec: NetworkSpec,
    options: StepOptions,
    { shares, threads }: BatchDivision,
    settings: SessionSettings,
  ): Promise<DataParallelStep> {
    const parameters = sharedTensor([parameterCount(spec)]);
    const batch: BatchSums = { batchWeight: sharedTensor([1]) };
    if (outputsOf(spec) > 1) batch.batchForeground = sharedTensor([1]);
    const models = new Map(
      [...new Set(shares)].map((items) => [items, buildGradient(spec, { ...options, items })] as const),
    );
    let first = 0;
    const opening = shares.map(async (items): Promise<Replica> => {
      const start = first;
      first += items;
      const image = (channels: number) => sharedTensor([items, channels, ...options.patch]);
      const images = { input: image(spec.inChannels), target: image(outputsOf(spec)), weight: image(1) };
      const [loss, gradient] = [sharedTensor([1]), sharedTensor(parameters.shape)];
      const model = models.get(items) as Uint8Array;
      const inputs = { ...images, parameters, ...batch };
      const data = { model, settings: { ...settings, threads }, inputs, outputs: { loss, gradient } };
      return { thread: await SessionThread.open(data, 'training step'), first: start, images, loss, gradient };
    });
    const opened = await Promise.allSettled(opening);
    const replicas = opened.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    const step = new DataParallelStep(spec, options, replicas, parameters, batch);
    const failed = opened.find((one) => one.status === 'rejected');
    if (!failed) return step;
    await step.close();
    throw failed.reason;
  }

  model(): Uint8Array {
    const { weightDecay, kernelRate, lowerings } = this.options;
    return buildUpdate(this.spec, { shares: this.replicas.length, weightDecay, kernelRate, lowerings });
  }

  async inputs(batch: Batch, _place: number, parameters: Tensor): Promise<Record<string, Tensor>> {
    const { spec } = this;
    const channels = { input: spec.inChannels, target: outputsOf(spec), weight: 1 };
    for (const name of ['input', 'target', 'weight'] as const) {
      const data = batch[name];
      batchShape(name, data, channels[name], this.options);
      const item = data.length / this.options.batchSize;
      for (const { images, first } of this.replicas) {
        const shared = images[name].data;
        shared.set(data.subarray(first * item, first * item + shared.length));
      }
    }
    this.parameters.data.set(parameters.data as Float32Array);
    this.batch.batchWeight.data[0] = batch.weight.reduce((sum, weight) => sum + weight, 0);
    if (this.batch.batchForeground)
      this.batch.batchForeground.data[0] = weightInForeground(batch, this.options.batchSize);
    await Promise.all(this.replicas.map(({ thread }) => thread.run()));
    this.loss = this.replicas.reduce((sum, { loss }) => sum + loss.data[0], 0);
    const { Tensor } = onnxRuntime();
    return Object.fromEntries(
      this.replicas.map(({ gradient }, i) => {
        return [gradientOf(i), new Tensor('float32', Float32Array.from(gradient.data), gradient.shape)];
      }),
    );
  }

  losses(): number[] {
    return [this.loss];
  }

  async close(): Promise<void> {
    await Promise.all(this.replicas.map(({ thread }) => thread.close()));
  }
}

/** The weight that lies in the foreground, which is the first channel of each item's target. */
function weightInForeground({ target, weight }: Batch, items: number): number {
  const voxels = weight.length / items;
  const ofItem = target.length / items;
  let sum = 0;
  for (let i = 0; i < weight.length; i++) sum += weight[i] * target[Math.floor(i / voxels) * ofItem + (i % voxels)];
  return sum;
}

/** How a batch is divided among replicas of the network, each of which computes in threads of its own. */
export interface BatchDivision {
  /** items of each replica, in the batch's order */
  shares: number[];
  /** of each replica */
  threads: number;
}

/**
 * How much quicker so many threads are at one graph is about threads ** SCALING. Measured with two threads, 2 patches of
 * 32 x 64 x 64 and of 256 x 256: 1.35 to 1.6 times, while two replicas are 1.7 to 1.85 times as quick as one thread.
 */
const SCALING = 0.7;

/** The division that takes the least time by that rule, of equal ones the one with the fewest replicas. */
export function divideBatch(batchSize: number, threads: number): BatchDivision {
  let best = { replicas: 1, time: Number.POSITIVE_INFINITY };
  for (let replicas = 1; replicas <= Math.min(batchSize, threads); replicas++) {
    const time = Math.ceil(batchSize / replicas) / Math.floor(threads / replicas) ** SCALING;
    if (time < best.time) best = { replicas, time };
  }
  const { replicas } = best;
  const shares = Array.from({ length: replicas }, (_, i) => Math.floor((batchSize + i) / replicas));
  return { shares, threads: Math.floor(threads / replicas) };
}
