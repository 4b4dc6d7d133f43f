import type { Backend } from '../engine';
import { OnnxEngine } from './engine';

/** ONNX Runtime's own kernels: always there. */
export const onnxOnCpu: Backend = {
  engine: 'onnx',
  device: 'cpu',
  // float32 is the only precision of these kernels
  open: async ({ threads }) => new OnnxEngine(threads),
};
