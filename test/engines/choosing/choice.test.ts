import assert from 'node:assert/strict';
import { allowedBackends, backendsFor } from '../../../src/engines/choosing/allowed-backends';
import { quickest, speedAt } from '../../../src/engines/choosing/choice';
import type { Speeds } from '../../../src/engines/choosing/trial';
import type { Trial } from '../../../src/engines/choosing/trial-memory';
import type { Backend, DeviceName, EngineName } from '../../../src/engines/engine';

const CPU = trial('onnx', 'cpu', { predict2d: 1e6, predict3d: 4e6, train2d: 4, train3d: 1 });
const CUDA = trial('onnx', 'cuda', { predict2d: 28e6, predict3d: 28e6, train2d: 8, train3d: 8 });
const WEBGPU = trial('onnx', 'webgpu', { predict2d: 14e6, predict3d: 14e6, train2d: 10, train3d: 10 });

function trial(engine: EngineName, device: DeviceName, speeds: Speeds): Trial {
  return { engine, device, precision: 'float32', outcome: { state: 'working', speeds } };
}
function unusable(device: DeviceName, state: 'absent' | 'broken'): Trial {
  const outcome = { state, reason: 'no driver answers', remedy: 'install one' };
  return { engine: 'tensorflow', device, precision: 'float32', outcome };
}
const backend = (engine: EngineName, device: DeviceName): Backend => ({
  ...{ engine, device },
  open: () => Promise.reject(new Error('not opened here')),
});

describe('the quickest backend', () => {
  it('is the one with the highest geometric mean of 2D and 3D, told in times of a processor', () => {
    assert.equal(speedAt(CPU, 'predict'), 2e6);
    assert.deepEqual(quickest([CPU, WEBGPU, CUDA], 'predict'), {
      ...{ engine: 'onnx', device: 'cuda', precision: 'float32', warnings: [] },
      reason: 'onnx on cuda: 14 times as fast as onnx on cpu',
    });
  });

  it('may be another for training', () => {
    assert.equal(quickest([CPU, WEBGPU, CUDA], 'train')?.reason, 'onnx on webgpu: 5 times as fast as onnx on cpu');
  });

  it('is the processor where that is quicker than a slow device, software that plays one for instance', () => {
    const slow = trial('onnx', 'webgpu', { predict2d: 5e4, predict3d: 5e4, train2d: 0.1, train3d: 0.1 });
    assert.equal(quickest([slow, CPU], 'predict')?.reason, 'onnx on cpu: 40 times as fast as onnx on webgpu');
  });

  it('is not taken in place of the processor that is always there unless it is clearly quicker', () => {
    const alike = (times: number) =>
      trial('tensorflow', 'cpu', { predict2d: 1e6 * times, predict3d: 4e6 * times, train2d: 4, train3d: 1 });
    assert.equal(
      quickest([CPU, alike(1.2)], 'predict')?.reason,
      'onnx on cpu: tensorflow on cpu is only 1.2 times as fast',
    );
    assert.equal(quickest([CPU, alike(1.3)], 'predict')?.reason, 'tensorflow on cpu: 1.3 times as fast as onnx on cpu');
    assert.equal(quickest([alike(1), CPU], 'train')?.reason, 'onnx on cpu: about as fast as tensorflow on cpu');
    assert.equal(quickest([alike(2), CPU, CUDA], 'predict')?.reason, 'onnx on cuda: 14 times as fast as onnx on cpu');
  });

  it('leaves out what does not train, what is absent, and names what is broken', () => {
    const predicting = trial('onnx', 'cuda', { predict2d: 9e6, predict3d: 9e6, train2d: null, train3d: null });
    const trials = [predicting, unusable('cpu', 'absent'), unusable('cuda', 'broken'), CPU];
    assert.equal(
      quickest(trials, 'train')?.reason,
      'onnx on cpu: the only one that works here; broken: tensorflow on cuda',
    );
    assert.match(
      quickest(trials, 'predict')?.reason ?? '',
      /^onnx on cuda: 4.5 times as fast as onnx on cpu; broken: tensor/,
    );
    assert.equal(quickest([unusable('cuda', 'broken')], 'train'), null);
  });
});

describe('the backends of a choice', () => {
  const all = [backend('onnx', 'cpu'), backend('onnx', 'cuda'), backend('tensorflow', 'cuda')];

  it('have the engine and the device that are named', () => {
    assert.deepEqual(backendsFor({ engine: 'auto', device: 'cuda' }, all), [all[1], all[2]]);
    assert.deepEqual(backendsFor({ engine: 'onnx', device: 'auto' }, all), [all[0], all[1]]);
    assert.throws(() => backendsFor({ engine: 'auto', device: 'webgpu' }, all), {
      code: 'invalid-input',
      message: /^engine and device: expected one of onnx on cpu, .*got "auto on webgpu"$/,
    });
  });

  it('can be fewer by the environment', () => {
    assert.deepEqual(allowedBackends(all, {}), all);
    assert.deepEqual(allowedBackends(all, { SEGMENTER_BACKENDS: 'tensorflow/cuda, onnx/cpu' }), [all[2], all[0]]);
    assert.throws(() => allowedBackends(all, { SEGMENTER_BACKENDS: 'onnx/tpu' }), {
      message: /^SEGMENTER_BACKENDS: expected a list of onnx\/cpu, onnx\/cuda, tensorflow\/cuda, got "onnx\/tpu"$/,
    });
  });
});
