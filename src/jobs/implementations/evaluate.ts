import type { ImageDescription } from '../../image/description';
import { checkSameExtent } from '../../masks/planes';
import type { SegmentationReader } from '../../samples/segmentation';
import { rowsOfBands, secondsSince } from '../io/bands';
import { compare, MATCH_IOU } from '../io/comparison';
import { JobFiles } from '../io/job-files';
import { physicalSpacing } from '../io/objects/physical-spacing';
import { ProbabilityBands } from '../io/probability-bands';
import { openWeight } from '../io/weight-bands';
import type { JobImplementation } from '../protocol';

/**
 * Compares a segmentation with the truth, by voxels, surfaces and objects, and the probabilities that it was made of; voxels
 * of weight 0, and those that either does not know, leave every count.
 */
export const evaluateJob: JobImplementation<'evaluate'> = (input, context) =>
  JobFiles.use(context, async (files) => {
    const start = performance.now();
    const { signal } = context;
    const open = (image: ImageDescription, name: string) =>
      files.openSegmentation(image, { name, labels: true, signal });
    const predicted = await open(input.predicted, 'predicted segmentation');
    const truth = await open(input.truth, 'truth');
    const labels = input.labels ? await open(input.labels, 'predicted labels') : null;
    const { shape } = truth;
    checkSameExtent(predicted.shape, 'predicted segmentation', shape, 'truth');
    if (labels) checkSameExtent(labels.shape, 'predicted labels', shape, 'truth');
    const weight = await openWeight(files, input.weight, [input.truth, input.predicted], {
      name: 'weight',
      shape,
      signal,
    });
    const probability = await ProbabilityBands.open(files, input.probability ?? null, shape);
    const { spacing, unit, note } = physicalSpacing([input.predicted, input.truth], shape[2]);
    const { refusal, objects, surface, ...overlap } = await compare(
      {
        shape,
        rows: rowsOfBands(
          [predicted, truth, ...(labels ? [labels] : []), ...weight.readers, ...probability.readers],
          shape,
          context,
        ),
        read: async (band) => {
          const rows = (reader: SegmentationReader) => reader.readRows(band, { signal });
          return { predicted: await rows(predicted), truth: await rows(truth), weight: await weight.readRows(band) };
        },
        ...(labels ? { numbers: (band) => labels.readRows(band, { signal }) } : {}),
        see: (band, pixels) => probability.add(band, pixels.truth, pixels.weight, signal),
        images: [predicted.desc, truth.desc],
      },
      { spacing, tolerance: input.tolerance ?? undefined, folder: files.scratch.folder },
      context,
    );
    const judged = probability.result();
    return {
      ...overlap,
      objectAp: objects.averagePrecision,
      objectPrecision: objects.precision,
      objectRecall: objects.recall,
      objectF1: objects.f1,
      nsd: surface?.nsd ?? null,
      hd95: surface?.hd95 ?? null,
      ece: judged?.ece ?? null,
      objects: { ...objects, iou: MATCH_IOU },
      surface: surface && { ...surface, unit, spacing },
      probability: judged,
      warnings: [
        ...[...predicted.notes, ...(labels?.notes ?? []), ...truth.notes, ...weight.notes, ...probability.notes],
        ...[note, refusal].flatMap((text) => text ?? []),
      ],
      seconds: secondsSince(start),
    };
  });
