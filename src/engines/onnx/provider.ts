import type { InferenceSession } from 'onnxruntime-node';
import type { DeviceName } from '../engine';

/** What computes, by ONNX Runtime's name. */
export type Provider = Extract<DeviceName, 'cpu' | 'webgpu' | 'cuda'>;

/** How each provider is asked for. */
export function providerOptions(provider: Provider): InferenceSession.ExecutionProviderConfig {
  switch (provider) {
    case 'cpu':
      return 'cpu';
    case 'cuda':
      return { name: 'cuda', deviceId: 0 };
    case 'webgpu':
      return {
        name: 'webgpu',
        // the other layout moves every convolution's weights and images around: three times as long for a training step
        preferredLayout: 'NCHW',
        // all tensors of a step have the same size each time: exact buffers, no rounding up
        storageBufferCacheMode: 'simple',
      };
  }
}
