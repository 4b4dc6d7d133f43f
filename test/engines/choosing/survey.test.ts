import assert from 'node:assert/strict';
import { type EngineSurvey, isUsable, surveyText } from '../../../src/engines/choosing/survey';
import type { Trial } from '../../../src/engines/choosing/trial-memory';

const trial = (engine: Trial['engine'], device: Trial['device'], outcome: Trial['outcome']): Trial => ({
  ...{ engine, device, precision: 'float32', outcome },
});
const choice = { engine: 'onnx', device: 'cuda', precision: 'float32' } as const;
const SURVEY: EngineSurvey = {
  machine: {
    ...{ host: 'lab', cpu: 'A Processor', cores: 16, memoryMB: 65_300, gpus: ['A Card', 'Another'], driver: '535.104' },
    libraries: {},
    environment: { CUDA_VISIBLE_DEVICES: '0' },
    versions: { package: '0.1.0', node: '22.9.0', 'onnxruntime-node': '1.30.0', '@tensorflow/tfjs-node-gpu': null },
  },
  trials: [
    trial('onnx', 'cpu', {
      state: 'working',
      speeds: { predict2d: 1_234_567, predict3d: 987_654, train2d: 9.876, train3d: 0.54321 },
    }),
    trial('onnx', 'cuda', {
      state: 'working',
      speeds: { predict2d: 98_765_432, predict3d: 1e8, train2d: null, train3d: null },
    }),
    trial('onnx', 'webgpu', { state: 'broken', reason: 'the driver crashed', remedy: 'install a newer one' }),
    trial('tensorflow', 'cpu', { state: 'absent', reason: 'it is not installed', remedy: null }),
  ],
  auto: { predict: { ...choice, warnings: [], reason: 'onnx on cuda: 90 times as fast as onnx on cpu' }, train: null },
  disturbed: true,
};

describe('a survey of engines', () => {
  it('reads well in a terminal', () => {
    assert.equal(
      surveyText(SURVEY),
      [
        'processor  A Processor, 16 threads, 64 GB of memory',
        'graphics   A Card',
        'graphics   Another',
        'driver     NVIDIA 535.104',
        'package    0.1.0 on Node.js 22.9.0',
        'engines    onnxruntime-node 1.30.0, @tensorflow/tfjs-node-gpu is not installed',
        'variable   CUDA_VISIBLE_DEVICES=0',
        '',
        '                   predict 2D / 3D, Mpixel/s   train 2D / 3D, steps/s',
        'onnx on cpu        1.23 / 0.988                9.88 / 0.543',
        'onnx on cuda       98.8 / 100                  - / -',
        'onnx on webgpu     broken: the driver crashed; install a newer one',
        'tensorflow on cpu  absent: it is not installed',
        '',
        'auto predicts with onnx on cuda: 90 times as fast as onnx on cpu',
        'auto trains with nothing: no engine works',
        'Other work ran meanwhile: the speeds may be low, and auto does not use them.',
      ].join('\n'),
    );
  });

  it('is usable where anything works', () => {
    assert.equal(isUsable(SURVEY), true);
    assert.equal(isUsable({ ...SURVEY, trials: SURVEY.trials.slice(2) }), false);
  });
});
