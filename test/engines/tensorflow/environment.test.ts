import assert from 'node:assert/strict';
import { environmentFor } from '../../../src/engines/tensorflow/load';

describe('the environment that TensorFlow is loaded in', () => {
  it('names the threads, and hides GPUs from the CPU', () => {
    assert.deepEqual(environmentFor({ device: 'cpu', threads: 3, precision: 'float32' }, {}), {
      TF_CPP_MIN_LOG_LEVEL: '2',
      TF_ENABLE_ONEDNN_OPTS: '1',
      DNNL_MAX_CPU_ISA: 'AVX2',
      TF_NUM_INTRAOP_THREADS: '3',
      TF_NUM_INTEROP_THREADS: '1',
      CUDA_VISIBLE_DEVICES: '-1',
    });
  });

  it('lets a GPU take memory as it needs it, and products be float32 unless less is asked for', () => {
    const cuda = (precision: 'float32' | 'tf32') => environmentFor({ device: 'cuda', threads: 1, precision }, {});
    assert.equal(cuda('float32').NVIDIA_TF32_OVERRIDE, '0');
    assert.equal(cuda('tf32').NVIDIA_TF32_OVERRIDE, '1');
    assert.equal(cuda('tf32').TF_FORCE_GPU_ALLOW_GROWTH, 'true');
    assert.ok(!('CUDA_VISIBLE_DEVICES' in cuda('tf32')));
  });

  it('leaves what a person has set', () => {
    const present = {
      TF_CPP_MIN_LOG_LEVEL: '0',
      TF_ENABLE_ONEDNN_OPTS: '0',
      DNNL_MAX_CPU_ISA: 'DEFAULT',
      TF_FORCE_GPU_ALLOW_GROWTH: 'false',
    };
    const environment = environmentFor({ device: 'cuda', threads: 1, precision: 'float32' }, present);
    for (const [name, value] of Object.entries(present)) assert.equal(environment[name], value);
  });
});
