import { BACKENDS } from './backends';
import { backendsFor } from './choosing/allowed-backends';
import type { Backend, Engine, EngineOptions } from './engine';
import { physicalCores } from './physical-cores';

/**
 * The engine that is asked for; where the choice is left open, the first backend that fits.
 * @param asked threads 0: as many as there are physical cores
 * @param backends ways to compute; replaced in tests
 * @throws InvalidInputError where no backend has this engine on this device; EngineUnavailableError where this machine
 *   does not have it, or it does not work
 */
export async function openEngine(
  { engine, device, threads, precision }: EngineOptions,
  backends: readonly Backend[] = BACKENDS,
): Promise<Engine> {
  const [backend] = backendsFor({ engine, device }, backends);
  return backend.open({ threads: threads || physicalCores(), precision });
}
