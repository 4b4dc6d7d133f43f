import type { Tensor } from 'onnxruntime-node';
import { buildTrainingStep, ofStep, type StepOptions } from '../../network/models';
import type { NetworkSpec } from '../../network/spec';
import { batchShape } from '../check-shape';
import type { Batch } from '../engine';
import { onnxRuntime } from './session';
import type { StepForm } from './step-form';

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
      [ofStep('target', place)]: this.image('target', target, 1),
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
