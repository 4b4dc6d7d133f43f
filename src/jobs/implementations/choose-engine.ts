import { SegmenterError } from '../../base/errors';
import { openEngine } from '../../engines';
import type { Engine } from '../../engines/engine';
import type { ComputeSettings } from '../job-types';

/**
 * The engine that compute settings ask for.
 * @throws SegmenterError `engine` where engine or device are not available
 */
export function chooseEngine({ engine, device, threads }: ComputeSettings): Promise<Engine> {
  if (engine === 'tensorflow') {
    const message = 'engine: expected "auto" or "onnx", got "tensorflow": it is not available yet';
    return Promise.reject(new SegmenterError('engine', message));
  }
  return openEngine({ device, threads });
}
