import { InvalidInputError } from '../../base/errors';
import type { Backend, EngineOptions } from '../engine';

/** Names what a choice that is left open may take, `onnx/cpu,onnx/cuda`; all backends where it is not set. */
export const BACKENDS_VARIABLE = 'SEGMENTER_BACKENDS';

/**
 * The backends that an open choice is made from.
 * @throws InvalidInputError where the environment names one that does not exist
 */
export function allowedBackends(all: readonly Backend[], env: NodeJS.ProcessEnv = process.env): readonly Backend[] {
  const list = env[BACKENDS_VARIABLE]?.trim();
  if (!list) return all;
  return list.split(',').map((name) => {
    const found = all.find(({ engine, device }) => `${engine}/${device}` === name.trim());
    if (found) return found;
    const known = all.map(({ engine, device }) => `${engine}/${device}`).join(', ');
    throw new InvalidInputError(BACKENDS_VARIABLE, `a list of ${known}`, name);
  });
}

/**
 * The backends with the engine and on the device that are asked for.
 * @throws InvalidInputError where there is none
 */
export function backendsFor(
  { engine, device }: Pick<EngineOptions, 'engine' | 'device'>,
  backends: readonly Backend[],
): Backend[] {
  const fits = (asked: string, own: string) => asked === 'auto' || asked === own;
  const found = backends.filter((one) => fits(engine, one.engine) && fits(device, one.device));
  if (found.length > 0) return found;
  const known = backends.map((one) => `${one.engine} on ${one.device}`).join(', ');
  throw new InvalidInputError('engine and device', `one of ${known}`, `${engine} on ${device}`);
}
