import { backendsFor } from './allowed-backends';
import { BACKENDS } from './backends';
import type { Engine, EngineOptions } from './engine';

/**
 * The engine that is asked for; where the choice is left open, the first backend that fits.
 * @throws InvalidInputError where no backend has this engine on this device; EngineUnavailableError where this machine
 *   does not have it, or it does not work
 */
export async function openEngine({ engine, device, ...options }: EngineOptions): Promise<Engine> {
  const [backend] = backendsFor({ engine, device }, BACKENDS);
  return backend.open(options);
}
