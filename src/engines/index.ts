import { SegmenterError } from '../base/errors';
import type { Engine, EngineOptions } from './engine';
import { OnnxEngine } from './onnx/engine';

/**
 * The engine for the asked device.
 * @throws SegmenterError `engine` where the device is not available
 */
export async function openEngine(options: EngineOptions): Promise<Engine> {
  if (options.device === 'cuda' || options.device === 'webgpu') {
    throw new SegmenterError(
      'engine',
      `device: expected "auto" or "cpu", got "${options.device}": it is not available yet`,
    );
  }
  return new OnnxEngine(options.threads);
}
