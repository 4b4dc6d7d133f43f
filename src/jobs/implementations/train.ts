import { CancelledError, SegmenterError } from '../../base/errors';
import { planMemory } from '../../inference/memory-plan';
import { predictVolume } from '../../inference/predict-volume';
import { planTiles } from '../../inference/tiles';
import { savedResult } from '../../training/result';
import type { TrainProgress } from '../../training/settings';
import { train } from '../../training/train';
import type { ImagePredictor } from '../../training/validation/validate';
import { JobFiles } from '../io/job-files';
import { chooseEngine } from '../io/model-and-engine';
import { givenBefore, leaveRun, prepareRun, publishRun } from '../io/training/training-run';
import type { JobImplementation } from '../protocol';

/** Overlap of tiles in validation; the predict node's default. */
const OVERLAP = 0.25;

/** Trains, or goes on with an interrupted training of the same settings and data, and publishes the best model. */
export const trainJob: JobImplementation<'train'> = (input, context) =>
  JobFiles.use(context, async (files) => {
    const { memoryMB } = input.compute;
    const engine = await chooseEngine(input.compute);
    const { signal, stop, progress, offerSave } = context;
    const run = await prepareRun(files, context.settings, input, signal);
    const environment = {
      engine,
      predict: predictor(memoryMB),
      folder: run.folder,
      notes: input.notes,
      // The other half is the network's.
      memoryMB: memoryMB / 2,
      observer: run.log,
      guard: () => run.lease.check(),
    };
    const { key } = run.preparation;
    const telling = (report: TrainProgress) => {
      void run.log.begun();
      progress({ ...report, run: key });
    };
    try {
      const given = await givenBefore(context.settings, run);
      if (given) return given;
      const result = await train(run.preparation, environment, { signal, stop, progress: telling, offerSave });
      return await publishRun(files, context.settings, run, result, engine);
    } catch (error) {
      await run.log.failed(error);
      throw error;
    } finally {
      await leaveRun(run);
    }
  });

/** Predicts a validation image exactly as the predict node would. */
function predictor(memoryMB: number): ImagePredictor {
  return (session, pixels, [c, z, y, x], geometry, signal) => {
    const plan = planTiles(geometry, [z, y, x], OVERLAP);
    const { batch } = planMemory(plan, [1, c, z, y, x], 'float32', memoryMB, geometry.mapChannels);
    return predictVolume(session, pixels, [c, z, y, x], plan, {
      batch,
      mirror: geometry.mirror,
      outputs: geometry.mapChannels,
      signal,
    });
  };
}

/** Publishes the best checkpoint of a training whose process was killed because it did not stop in time. */
export const publishTrainingJob: JobImplementation<'publish-training'> = (input, context) =>
  JobFiles.use(context, async (files) => {
    const run = await prepareRun(files, context.settings, input, context.signal);
    try {
      const result = await savedResult(run.folder, run.preparation).catch((error: unknown) => {
        // The person asked for an end, and there is nothing to keep.
        if (error instanceof SegmenterError && error.code === 'not-found')
          throw new CancelledError(withoutResult(error));
        throw error;
      });
      return await publishRun(files, context.settings, run, result, await chooseEngine(input.compute));
    } finally {
      await leaveRun(run);
    }
  });

function withoutResult({ details }: SegmenterError): string {
  const damaged = (details?.warnings ?? []) as string[];
  return damaged.length === 0
    ? 'the training, before its first checkpoint,'
    : `the training, without a sound checkpoint (${damaged.join('; ')}),`;
}
