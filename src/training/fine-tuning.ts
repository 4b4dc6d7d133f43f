import { SegmenterError } from '../base/errors';
import { bytesOf } from '../image/dtype';
import type { ModelCard } from '../models/card';
import { hashBytes } from '../models/model-file';
import { specOf } from '../models/network-identity';
import { initialParameters, outputsOf, parameterCount } from '../network';
import type { ModelSize, NetworkSpec } from '../network/spec';
import { filtersOf } from '../network/topology';

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

/** What is asked of the network that shall start from a model's weights. */
export interface StartingNetwork {
  dimensions: 2 | 3;
  inChannels: number;
  /** auto, of both: as the model has */
  modelSize: ModelSize | 'auto';
  levels: 'auto' | number;
}

/**
 * The network of a model whose weights are the start: its levels, strides and kernels, whatever patch and spacing are now.
 * @throws SegmenterError `invalid-input` naming the first thing that differs from what is asked
 */
export function networkOfStart(asked: StartingNetwork, { card, parameters }: StartModel): NetworkSpec {
  const name = `${card.name}@${card.version}`;
  const refuse = (what: string, of: unknown, wanted: unknown): never => {
    const message = `cannot start from ${name}: expected ${what} ${wanted} as this training has, got ${of}`;
    throw new SegmenterError('invalid-input', message, { model: name });
  };
  if (card.imported) {
    const from = card.imported.title ? `${card.imported.format} (${card.imported.title})` : card.imported.format;
    throw new SegmenterError(
      'invalid-input',
      `cannot start from ${name}: it was imported from ${from}, as a graph that computes and has no weights to train; expected a model that was trained here`,
      { model: name },
    );
  }
  const spec = specOf(card);
  if (!spec) return refuse('a network of type', card.architecture.type, 'residual-unet');
  const { dimensions, inChannels, filters } = spec;
  if (dimensions !== asked.dimensions) refuse('dimensions', dimensions, asked.dimensions);
  if (inChannels !== asked.inChannels) refuse('channels', inChannels, asked.inChannels);
  if (asked.levels !== 'auto' && filters.length !== asked.levels) refuse('levels', filters.length, asked.levels);
  const wanted = asked.modelSize === 'auto' ? filters : filtersOf(asked.modelSize, filters.length);
  if (filters.join('-') !== wanted.join('-')) refuse('model size', filters.join('-'), wanted.join('-'));
  if (parameters.length !== parameterCount(spec)) refuse('weights', parameters.length, parameterCount(spec));
  return spec;
}

/**
 * A start whose network gives other outputs: a head that tells objects apart begins with the start's foreground, and keeps no
 * more than that where objects are not told apart any more. What it says of the foreground stays the same.
 */
export function startWithOutputs(start: StartModel, spec: NetworkSpec, seed: number): StartModel {
  const [wanted, filters] = [outputsOf(spec), spec.filters[0]];
  const before = outputsOf({ outChannels: start.card.outputs?.length === 3 ? 3 : 1 });
  if (wanted === before) return start;
  const parameters = initialParameters(spec, seed);
  const body = parameters.length - wanted * (filters + 1);
  const kept = Math.min(wanted, before);
  const { parameters: old } = start;
  parameters.set(old.subarray(0, body + kept * filters));
  parameters.set(old.subarray(body + before * filters, body + before * filters + kept), body + wanted * filters);
  return { ...start, parameters };
}

/** What stands for a start in a training's key: the weights themselves, whatever the model is called. */
export function startHash({ parameters }: StartModel): string {
  return hashBytes(bytesOf(parameters as Float32Array<ArrayBuffer>));
}
