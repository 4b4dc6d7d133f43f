import { SegmenterError } from '../base/errors';
import { bytesOf } from '../image/dtype';
import type { ModelCard } from '../models/card';
import { hashBytes } from '../models/model-file';
import type { NetworkSpec } from '../network/spec';

/** A published model whose weights are the start. */
export interface StartModel {
  card: ModelCard;
  /** all parameters in the order of `parameterSpecs` */
  parameters: Float32Array;
  /** of its norms; absent: of each tile */
  moments?: Float32Array;
  /** what a person should know of these weights */
  warnings?: string[];
}

/**
 * Checks that a model's weights fit the network that shall start from them.
 * @throws SegmenterError `invalid-input` naming the first thing that differs
 */
export function checkStart(spec: NetworkSpec, parameterCount: number, { card, parameters }: StartModel): void {
  const name = `${card.name}@${card.version}`;
  const refuse = (what: string, of: unknown, wanted: unknown): never => {
    const message = `cannot start from ${name}: expected ${what} ${wanted} as this training has, got ${of}`;
    throw new SegmenterError('invalid-input', message, { model: name });
  };
  const { filters } = card.architecture;
  if (card.architecture.type !== 'residual-unet' || !filters) {
    refuse('a network of type', card.architecture.type, 'residual-unet');
  }
  if (card.dimensions !== spec.dimensions) refuse('dimensions', card.dimensions, spec.dimensions);
  if (card.channels.length !== spec.inChannels) refuse('channels', card.channels.length, spec.inChannels);
  if (filters?.join('-') !== spec.filters.join('-')) {
    refuse('model size', filters?.join('-'), spec.filters.join('-'));
  }
  if (parameters.length !== parameterCount) refuse('weights', parameters.length, parameterCount);
}

/** What stands for a start in a training's key: the weights themselves, whatever the model is called. */
export function startHash({ parameters }: StartModel): string {
  return hashBytes(bytesOf(parameters as Float32Array<ArrayBuffer>));
}
