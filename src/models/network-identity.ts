import { canonicalHash } from '../base/plain-json';
import { bytesOf } from '../image/dtype';
import { buildPredictor, type KnownNetwork, momentCount, type NetworkSpec, parameterCount } from '../network';
import { plainSpec } from '../network/spec';
import type { ModelCard } from './card';
import { hashBytes } from './model-file';

/** The form of a card's network; null where it is not one of ours. */
export function specOf({
  architecture,
  dimensions,
  channels,
  outputs,
}: Pick<ModelCard, SpecFields>): NetworkSpec | null {
  const { type, filters, strides, kernels } = architecture;
  if (type !== 'residual-unet' || !filters) return null;
  const outChannels = outputs ? 3 : 1;
  return plainSpec({ dimensions, inChannels: channels.length, outChannels, filters, strides, kernels });
}
type SpecFields = 'architecture' | 'dimensions' | 'channels' | 'outputs';

/**
 * What a network of ours is known by, whichever way later versions write `model.onnx`: sha256 over its architecture, its
 * weights, its moments, and the file that was written from these.
 * @param onnxSha256 of `model.onnx`, so that a file that took its place is not taken for this network
 */
export function networkHash({ spec, parameters, moments }: KnownNetwork, onnxSha256: string): string {
  return canonicalHash({
    architecture: { type: 'residual-unet', ...plainSpec(spec) },
    weights: hashBytes(bytesOf(Float32Array.from(parameters))),
    moments: moments ? hashBytes(bytesOf(Float32Array.from(moments))) : null,
    onnx: onnxSha256.toLowerCase(),
  });
}

/** Whether a `model.onnx` is what this version writes of a network. */
export function isWrittenFrom(network: KnownNetwork, onnxSha256: string): boolean {
  const { spec, parameters, moments } = network;
  if (parameters.length !== parameterCount(spec)) return false;
  if (moments && moments.length !== momentCount(spec)) return false;
  return hashBytes(buildPredictor(spec, parameters, undefined, network)) === onnxSha256.toLowerCase();
}
