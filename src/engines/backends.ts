import type { Backend } from './engine';
import { onnxOnCpu } from './onnx/cpu';
import { onnxOnCuda } from './onnx/cuda';
import { onnxOnWebGpu } from './onnx/webgpu';
import { tensorflowOnCpu, tensorflowOnCuda } from './tensorflow/backends';

/** Every way to compute that this package knows. A new engine or device is a row here. */
export const BACKENDS: readonly Backend[] = [onnxOnCpu, onnxOnCuda, onnxOnWebGpu, tensorflowOnCpu, tensorflowOnCuda];
