import type { Backend } from './engine';
import { onnxOnCpu } from './onnx/cpu';
import { onnxOnWebGpu } from './onnx/webgpu';
import { tensorflowOnCpu, tensorflowOnCuda } from './tensorflow/backends';

/** Every way to compute that this package knows. A new engine or device is a row here. */
export const BACKENDS: readonly Backend[] = [onnxOnCpu, onnxOnWebGpu, tensorflowOnCpu, tensorflowOnCuda];
