import { createHash } from 'node:crypto';
import { onnxOnCpu } from '../../src/engines/onnx/cpu';
import { predictVolume } from '../../src/inference/predict-volume';
import { planTiles } from '../../src/inference/tiles';
import { TrainingLog } from '../../src/jobs/io/training/training-log';
import { prepareTraining } from '../../src/training/prepare';
import type { TrainSettings } from '../../src/training/settings';
import { train } from '../../src/training/train';
import type { ImagePredictor } from '../../src/training/validation/validate';
import { Album, SETTINGS } from './fixtures';

/**
 * A process that trains as often as it is told a folder, to be killed: sends `step` for each report of a step and at the
 * end a hash of all that came of it.
 */
const predict: ImagePredictor = (session, pixels, shape, geometry, signal) =>
  predictVolume(session, pixels, shape, planTiles(geometry, [shape[1], shape[2], shape[3]], 0.25), { signal });

/** What is by chance in the name of an album's folder. */
const ALBUM = /(?<=segmenter-training-)\w{6}(?=\/)/g;

async function run(folder: string, changes: Partial<TrainSettings>, isWatched: boolean): Promise<void> {
  const album = new Album();
  const samples = ['a', 'bb', 'ccc', 'dddd'].map((id) => album.sample(id));
  const settings = { ...SETTINGS, epochs: 10, ...changes };
  const engine = await onnxOnCpu.open({ threads: 1, precision: 'float32' });
  const preparation = await prepareTraining({ samples, settings, start: null });
  // A report comes once a second: of this clock.
  let now = 0;
  const observer = isWatched ? await TrainingLog.open(folder, preparation) : undefined;
  const where = {
    observer,
    engine,
    predict,
    folder,
    memoryMB: 50,
    open: album.open,
    checkpointSeconds: 0,
    now: () => now++,
  };
  const result = await train(preparation, where, { progress: ({ step }) => process.send?.({ step }) });
  const history = result.history.map(({ seconds: _, ...rest }) => rest);
  const hash = createHash('sha256').update(new Uint8Array(result.parameters.slice().buffer));
  const { outcome, step, ended, plan } = result;
  // What was judged is told by its images' addresses, and each process, the killed ones too, made them in a folder of its own.
  hash.update(JSON.stringify({ history, outcome, step, ended, plan }).replaceAll(ALBUM, ''));
  process.send?.({ result: hash.digest('hex') });
}

interface Told {
  folder: string;
  settings: Partial<TrainSettings>;
  isWatched: boolean;
}
process.on('message', ({ folder, settings, isWatched }: Told) => run(folder, settings, isWatched));
process.on('disconnect', () => process.exit());
