import type { Tensor } from 'onnxruntime-node';
import type { Batch } from '../engine';

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
