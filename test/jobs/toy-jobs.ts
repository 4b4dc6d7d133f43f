import type { Outcome } from '../../src/engines/choosing/trial-memory';
import type { ComputeSettings, JobInput, SampleRequest, TrainSettings } from '../../src/jobs/job-types';
import type { Sample } from '../../src/samples/sample';

/** What a toy worker does with a job; carried as text in a field that every real input has, too. */
export type ToyCommand =
  | { do: 'echo'; text: string }
  | { do: 'pid' }
  /** answers at once with how much left work is done, and leaves some */
  | { do: 'leave-work'; ms: number; fails: boolean }
  | { do: 'wait'; ms: number }
  /** answers with what is no JSON */
  | { do: 'big-int' }
  | { do: 'block'; ms: number }
  /** stops its own process, as a person or the system may */
  | { do: 'halt' }
  /** opens a path as any reader would that does not look first */
  | { do: 'open'; path: string; after: 'give-up' | 'wait' }
  /** blocks after it has said for how long */
  | { do: 'native'; ms: number; limitMs: number; device: string }
  | { do: 'fail'; how: 'invalid' | 'type-error' | 'engine' }
  | { do: 'exit'; code: number; say: string }
  | { do: 'progress'; times: number; everyMs: number; epochs?: boolean }
  | { do: 'ignore-stop'; ms: number }
  | { do: 'until-stop'; ms: number }
  /** one of these, by the device that the host chose */
  | { do: 'by-device'; devices: Record<string, ToyCommand>; others: ToyCommand };

/** The variable that says what trials do: JSON, by `engine/device` or `engine/device/precision`; by default they exit. */
export const TOY_TRIALS = 'TOY_TRIALS';
/** A file in the scratch folder: the process of the trial that hangs. */
export const HANGING_TRIAL = 'hanging-trial';
export type ToyTrial = Outcome | 'exit' | 'hang';

export const COMPUTE: ComputeSettings = {
  engine: 'onnx',
  device: 'cpu',
  threads: 1,
  precision: 'float32',
  memoryMB: 0,
  queue: 2,
};

export function toyList(command: ToyCommand): SampleRequest {
  return {
    raw: JSON.stringify(command),
    rawChannel: null,
    seg1Channel: null,
    seg2Channel: null,
    scene: null,
    time: null,
  };
}

export function toyPredict(command: ToyCommand, compute = COMPUTE): JobInput<'predict'> {
  return { image: IMAGE, model: JSON.stringify(command), overlap: 0.25, compute };
}

export function toyTrain(command: ToyCommand, samples: Sample[] = [], compute = COMPUTE): JobInput<'train'> {
  return { samples, settings: { ...TRAIN_SETTINGS, model: JSON.stringify(command) }, compute };
}

export const TRAIN_SETTINGS: TrainSettings = {
  model: 'toy',
  dimensions: 'auto',
  modelSize: 'small',
  levels: 'auto',
  epochs: 1,
  batchSize: 1,
  learningRate: 0.001,
  loss: 'dice',
  validation: 0,
  maxMinutes: null,
  patience: null,
  startFrom: null,
  augment: false,
  tiles: 'auto',
  seed: 0,
};

export const IMAGE: JobInput<'predict'>['image'] = {
  id: 'toy',
  uri: 'file:///toy.tif',
  format: 'tiff',
  scene: 0,
  level: 0,
  axes: 'TCZYX',
  shape: [1, 1, 1, 4, 4],
  dtype: 'uint8',
  channels: [{ index: 0, name: 'raw' }],
  pixelSize: null,
};
