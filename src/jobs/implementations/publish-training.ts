import { CancelledError, SegmenterError } from '../../base/errors';
import { savedResult } from '../../training/result';
import { chooseEngine } from '../io/choose-engine';
import { JobFiles } from '../io/job-files';
import { prepareRun, publishRun } from '../io/training-run';
import type { JobImplementation } from '../protocol';

/** Publishes the best checkpoint of a training whose process was killed because it did not stop in time. */
export const publishTrainingJob: JobImplementation<'publish-training'> = (input, context) =>
  JobFiles.use(context, async (files) => {
    const run = await prepareRun(files, context.settings, input);
    const result = await savedResult(run.folder, run.preparation).catch((error: unknown) => {
      // The person asked for an end, and there is nothing to keep.
      if (error instanceof SegmenterError && error.code === 'not-found') throw new CancelledError(withoutResult(error));
      throw error;
    });
    return publishRun(context.settings, run, result, await chooseEngine(input.compute));
  });

function withoutResult({ details }: SegmenterError): string {
  const damaged = (details?.warnings ?? []) as string[];
  return damaged.length === 0
    ? 'the training, before its first checkpoint,'
    : `the training, without a sound checkpoint (${damaged.join('; ')}),`;
}
