import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Engine, PredictionSession, Step, TrainingSession } from '../../src/engines/engine';
import type { ImageDescription } from '../../src/image/description';
import { allocate, bytesOf, type PixelArray } from '../../src/image/dtype';
import { count, type Shape5 } from '../../src/image/region';
import type { Sample } from '../../src/samples/sample';
import { hasForeground, type OpenReader } from '../../src/training/data/open-part';
import type { StartModel } from '../../src/training/fine-tuning';
import { type Preparation, prepareTraining } from '../../src/training/prepare';
import type { TrainSettings } from '../../src/training/settings';
import type { TrainEnvironment } from '../../src/training/train';
import type { ImagePredictor } from '../../src/training/validation/validate';

export const SETTINGS: TrainSettings = {
  model: 'test',
  dimensions: 'auto',
  modelSize: 'small',
  levels: 'auto',
  epochs: 3,
  batchSize: 2,
  learningRate: 0.01,
  loss: 'dice+bce',
  validation: 0.25,
  maxMinutes: null,
  patience: null,
  startFrom: null,
  augment: true,
  tiles: 'auto',
  seed: 1,
};

/** Images in memory that have files, so that they can be hashed; removed by `remove`. */
export class Album {
  readonly folder = mkdtempSync(path.join(os.tmpdir(), 'segmenter-training-'));
  readonly reads: string[] = [];
  open_ = 0;
  private readonly pixels = new Map<string, PixelArray>();

  add(
    id: string,
    shape: Shape5,
    value: (i: number) => number,
    dtype: 'uint8' | 'uint16' | 'float32' = 'uint16',
  ): ImageDescription {
    const data = allocate(dtype, count(shape));
    for (let i = 0; i < data.length; i++) data[i] = value(i);
    const file = path.join(this.folder, `${id}.raw`);
    writeFileSync(file, bytesOf(data));
    const uri = pathToFileURL(file).href;
    this.pixels.set(uri, data);
    const channels = Array.from({ length: shape[1] }, (_, index) => ({ index, name: `channel ${index}` }));
    return { id, uri, format: 'raw', scene: 0, level: 0, axes: 'TCZYX', shape, dtype, channels, pixelSize: null };
  }

  /** A sample whose bright pixels are the truth: a disc at a place of its own. */
  sample(id: string, shape: Shape5 = [1, 1, 1, 32, 32], more: Partial<Sample> = {}): Sample {
    const [t, , z, y, x] = shape;
    const plane = y * x;
    const disc = (i: number) => {
      const [row, column] = [Math.floor((i % plane) / x), i % x];
      return (row - 0.5 * y) ** 2 + (column - 0.4 * x - id.length) ** 2 < (0.3 * y) ** 2;
    };
    const raw = this.add(`${id}-raw`, shape, (i) => (disc(i) ? 900 : 100) + ((i * 7919) % 97));
    const target = this.add(`${id}-seg`, [t, 1, z, y, x], (i) => (disc(i) ? 255 : 0), 'uint8');
    return { id, raw, target, ...more };
  }

  readonly open = async (description: ImageDescription): Promise<OpenReader> => {
    const data = this.pixels.get(description.uri) as PixelArray;
    this.open_++;
    return {
      read: async (region) => {
        this.reads.push(description.id);
        return cut(data, description.shape as Shape5, region.start, region.size);
      },
      close: async () => {
        this.open_--;
      },
    };
  };

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function cut(data: PixelArray, shape: Shape5, start: Shape5, size: Shape5): PixelArray {
  const out = data.slice(0, count(size));
  let o = 0;
  for (let t = 0; t < size[0]; t++) {
    for (let c = 0; c < size[1]; c++) {
      for (let z = 0; z < size[2]; z++) {
        for (let y = 0; y < size[3]; y++) {
          const row = (((start[0] + t) * shape[1] + start[1] + c) * shape[2] + start[2] + z) * shape[3] + start[3] + y;
          const from = row * shape[4] + start[4];
          out.set(data.subarray(from, from + size[4]), o);
          o += size[4];
        }
      }
    }
  }
  return out;
}

export interface FakeEngine extends Engine {
  /** learning rates of all steps */
  rates: number[];
  /** steps of each call */
  calls: number[];
  /** called before each step, counted from 1 over all sessions */
  onStep?: (step: number) => void;
  /** the loss of a step, instead of the usual */
  lossOf?: (step: number) => number;
  disposed: number;
  /** what a clock shows that only this engine's work moves: seconds of a step and of a predicted voxel */
  seconds: number;
  cost: { step: number; voxel: number };
}

/** An engine that computes next to nothing, but whose state depends on every number it is given, in order. */
export function fakeEngine(stepsAtOnce = 1): FakeEngine {
  const engine: FakeEngine = {
    name: 'onnx',
    device: 'cpu',
    threads: 1,
    rates: [],
    calls: [],
    disposed: 0,
    seconds: 0,
    cost: { step: 1, voxel: 1e-4 },
    createTraining: async (_spec, _options, start): Promise<TrainingSession> => {
      const state = { ...start, parameters: start.parameters.slice(), average: start.average.slice() };
      const take = ({ batch, learningRate, averageDecay }: Step) => {
        engine.onStep?.(engine.rates.length + 1);
        engine.rates.push(learningRate);
        engine.seconds += engine.cost.step;
        let sum = 0;
        for (let i = 0; i < batch.input.length; i++)
          sum += batch.input[i] * (1 + (i % 7)) * batch.weight[i % batch.weight.length];
        const { parameters, average } = state;
        for (let i = 0; i < parameters.length; i += 100) {
          parameters[i] += learningRate * Math.sin(sum + i);
          average[i] = averageDecay * average[i] + (1 - averageDecay) * parameters[i];
        }
        state.step++;
        return engine.lossOf?.(state.step) ?? 1 / state.step;
      };
      return {
        stepsAtOnce,
        steps: async (steps) => {
          assert.ok(steps.length >= 1 && steps.length <= stepsAtOnce);
          engine.calls.push(steps.length);
          return steps.map(take);
        },
        readState: async () => ({ ...state, parameters: state.parameters.slice(), average: state.average.slice() }),
        dispose: async () => {
          engine.disposed++;
        },
      };
    },
    createPrediction: async (): Promise<PredictionSession> => ({
      predict: async (input) => {
        engine.seconds += engine.cost.voxel * input.length;
        return input.map((v) => 1 / (1 + Math.exp(-v)));
      },
      dispose: async () => undefined,
    }),
  };
  return engine;
}

/** Predicts in one tile. */
export const predictWhole: ImagePredictor = async (session, pixels, shape) =>
  new Float32Array(await session.predict(pixels, [1, ...shape]));

/** Gives each test of a `describe` four small samples, and what a training on them needs. */
export function useTrainings() {
  let album: Album;
  let samples: Sample[];
  let runs = 0;
  beforeEach(() => {
    album = new Album();
    samples = ['a', 'bb', 'ccc', 'dddd'].map((id) => album.sample(id));
  });
  afterEach(() => {
    assert.equal(album.open_, 0, 'all files are closed');
    album.remove();
  });
  return {
    album: () => album,
    samples: () => samples,
    prepare: (
      settings: Partial<TrainSettings> = {},
      of: Sample[] = samples,
      start: StartModel | null = null,
    ): Promise<Preparation> =>
      prepareTraining({
        samples: of,
        settings: { ...SETTINGS, ...settings },
        start,
        hasForeground: (sample) => hasForeground(sample, album.open),
      }),
    environment: (engine: FakeEngine, more: Partial<TrainEnvironment> = {}): TrainEnvironment => ({
      engine,
      predict: predictWhole,
      folder: path.join(album.folder, `run${runs++}`),
      memoryMB: 100,
      open: album.open,
      ...more,
    }),
  };
}
