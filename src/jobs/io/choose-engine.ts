import { openEngine } from '../../engines';
import type { Engine } from '../../engines/engine';
import type { ComputeSettings } from '../job-types';

/**
 * The engine that compute settings ask for.
 * @throws EngineUnavailableError where engine or device are not available
 */
export function chooseEngine({ engine, device, threads, precision }: ComputeSettings): Promise<Engine> {
  return openEngine({ engine, device, threads, precision });
}
