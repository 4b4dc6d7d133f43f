import { Type } from '@sinclair/typebox';
import { choice } from '../node-settings';

export const ComputeSettingsSchema = Type.Object({
  engine: choice(['auto', 'onnx', 'tensorflow'], 'auto'),
  device: choice(['auto', 'cpu', 'cuda', 'webgpu'], 'auto'),
  /** 0: physical cores */
  threads: Type.Integer({ minimum: 0, maximum: 1024, default: 0 }),
  /** less exact products are quicker on some devices */
  precision: choice(['float32', 'tf32', 'float16'], 'float32'),
  /** MB; 0: half of the machine's memory */
  memory: Type.Integer({ minimum: 0, default: 0 }),
  /** messages that may wait in a node */
  queue: Type.Integer({ minimum: 1, maximum: 100_000, default: 100 }),
});
