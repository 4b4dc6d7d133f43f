import { SegmenterError } from '../base/errors';
import type { ModelCard } from '../models/card';
import type { NetworkSpec } from '../network/spec';

/** A published model whose weights are the start. */
export interface StartModel {
  card: ModelCard;
  /** all parameters in the order of `parameterSpecs` */
  parameters: Float32Array;
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
