import { checkSameExtent } from '../../curation/planes';
import type { PixelArray } from '../../image/dtype';
import { ObjectOverlap } from '../../metrics/object-matching';
import { addOverlap, noOverlap, overlapMetrics } from '../../metrics/overlap';
import type { JobImplementation } from '../protocol';
import { JobFiles } from './job-files';
import { ObjectLabels } from './object-labels';
import { PlaneCounter, type PlaneIndex, readPlane, requireOneChannel, secondsSince } from './planes';

/** Objects match from this overlap on. */
const MATCH_IOU = 0.5;

/**
 * Compares a segmentation with the truth, by voxels and by objects; voxels of weight 0 leave every count.
 * Two passes over the planes: one counts voxels and finds the objects, one matches them.
 */
export const evaluateJob: JobImplementation<'evaluate'> = (input, context) =>
  JobFiles.use(context.settings, async (files) => {
    const start = performance.now();
    const open = async (image: unknown, name: string) => {
      const reader = await files.open(image, name);
      requireOneChannel(reader.shape, name);
      return reader;
    };
    const predicted = await open(input.predicted, 'predicted segmentation');
    const truth = await open(input.truth, 'truth');
    const weight = input.weight && (await open(input.weight, 'weight'));
    const { shape } = truth;
    checkSameExtent(predicted.shape, 'predicted segmentation', shape, 'truth');
    if (weight) checkSameExtent(weight.shape, 'weight', shape, 'truth');

    const counts = noOverlap();
    const predictedLabels = new ObjectLabels('predicted segmentation', shape);
    const trueLabels = new ObjectLabels('truth', shape);
    const counter = new PlaneCounter(2 * shape[0] * shape[2], 'comparing', context);
    const eachPlane = async (
      visit: (at: PlaneIndex, p: PixelArray, g: PixelArray, w: PixelArray | null) => void,
    ): Promise<void> => {
      for (let t = 0; t < shape[0]; t++) {
        for (let z = 0; z < shape[2]; z++) {
          const at = { t, c: 0, z };
          const read = (reader: typeof truth) => readPlane(reader, at, context.signal);
          visit(at, await read(predicted), await read(truth), weight && (await read(weight)));
          await counter.next();
        }
      }
    };
    await eachPlane((at, p, g, w) => {
      addOverlap(counts, p, g, w);
      predictedLabels.add(at, p);
      trueLabels.add(at, g);
    });
    const overlap = new ObjectOverlap();
    await eachPlane((at, p, g, w) => overlap.add(predictedLabels.plane(at, p), trueLabels.plane(at, g), w));
    const objects = overlap.match(MATCH_IOU);
    return {
      ...overlapMetrics(counts),
      objectAp: objects.averagePrecision,
      objectPrecision: objects.precision,
      objectRecall: objects.recall,
      objectF1: objects.f1,
      counts,
      objects: { ...objects, iou: MATCH_IOU, predicted: predictedLabels.kind, truth: trueLabels.kind },
      seconds: secondsSince(start),
    };
  });
