import type { Tensor } from 'onnxruntime-node';
import { buildTrainingStep, ofStep, type StepOptions } from '../../network/models';
import { type NetworkSpec, outputsOf } from '../../network/spec';
import { batchShape } from '../check-shape';
import type { Batch } from '../engine';
import { onnxRuntime } from './session';

/** How the session that holds the state gets from a batch to the next state. */
export interface StepForm {
  /** the session's model for so many steps a run */
  model(steps: number): Uint8Array;
  /**
   * What a step of a run reads besides state and scalars.
   * @param place of the step in the run
   * @param parameters before the run, flat
   */
  inputs(batch: Batch, place: number, parameters: Tensor): Promise<Record<string, Tensor>>;
  /** the loss of each step, from the results of a run */
  losses(results: Record<string, Tensor>, steps: number): number[];
  close(): Promise<void>;
}

/** A training step as one graph, from the batch to the next state; or several steps in one. */
export class WholeStep implements StepForm {
  constructor(
    private readonly spec: NetworkSpec,
    private readonly options: StepOptions,
  ) {}

  model(steps: number): Uint8Array {
    return buildTrainingStep(this.spec, { ...this.options, steps });
  }

  async inputs({ input, target, weight }: Batch, place: number): Promise<Record<string, Tensor>> {
    const { inChannels } = this.spec;
    return {
      [ofStep('input', place)]: this.image('input', input, inChannels),
      [ofStep('target', place)]: this.image('target', target, outputsOf(this.spec)),
      [ofStep('weight', place)]: this.image('weight', weight, 1),
    };
  }

  losses(results: Record<string, Tensor>, steps: number): number[] {
    return Array.from({ length: steps }, (_, i) => (results[ofStep('loss', i)].data as Float32Array)[0]);
  }

  async close(): Promise<void> {}

  private image(name: string, data: Float32Array, channels: number): Tensor {
    return new (onnxRuntime().Tensor)('float32', data, batchShape(name, data, channels, this.options));
  }
}
