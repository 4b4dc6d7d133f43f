import { InvalidInputError } from '../base/errors';
import { BACKENDS } from './backends';
import type { Engine, EngineOptions } from './engine';

/**
 * The engine that is asked for; where the choice is left open, the first backend that fits.
 * @throws InvalidInputError where no backend has this engine on this device; EngineUnavailableError where this machine
 *   does not have it, or it does not work
 */
export async function openEngine({ engine, device, ...options }: EngineOptions): Promise<Engine> {
  const fits = (asked: string, own: string) => asked === 'auto' || asked === own;
  const backend = BACKENDS.find((one) => fits(engine, one.engine) && fits(device, one.device));
  if (!backend) {
    const known = BACKENDS.map((one) => `${one.engine} on ${one.device}`).join(', ');
    throw new InvalidInputError('engine and device', `one of ${known}`, `${engine} on ${device}`);
  }
  return backend.open(options);
}
