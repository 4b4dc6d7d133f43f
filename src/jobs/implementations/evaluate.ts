import { aboutImages } from '../../formats/described-file';
import { type Band, bandCount, imageBands } from '../../image/bands';
import type { ImageDescription } from '../../image/description';
import type { PixelArray } from '../../image/dtype';
import { checkSameExtent } from '../../masks/planes';
import { ObjectOverlap } from '../../metrics/object-matching';
import { addOverlap, noOverlap, overlapMetrics } from '../../metrics/overlap';
import type { SegmentationReader } from '../../samples/segmentation';
import { RunRoom } from '../../thresholding/runs';
import { BandCounter, rowsOfBands, secondsSince } from '../io/bands';
import { JobFiles } from '../io/job-files';
import { limitsOf } from '../io/limits';
import { ObjectLabels } from '../io/object-labels';
import { openWeight } from '../io/weight-bands';
import type { JobImplementation } from '../protocol';

/** Objects match from this overlap on. */
const MATCH_IOU = 0.5;
/** Pixels that are matched at a time: their labels take 16 bytes each. */
const SLICE = 2 ** 20;

/**
 * Compares a segmentation with the truth, by voxels and by objects; voxels of weight 0, and those that either does not know,
 * leave every count.
 * Two passes over the bands: one counts voxels and finds the objects, one matches them.
 */
export const evaluateJob: JobImplementation<'evaluate'> = (input, context) =>
  JobFiles.use(context, async (files) => {
    const start = performance.now();
    const { signal } = context;
    const open = (image: ImageDescription, name: string) =>
      files.openSegmentation(image, { name, labels: true, signal });
    const predicted = await open(input.predicted, 'predicted segmentation');
    const truth = await open(input.truth, 'truth');
    const { shape } = truth;
    checkSameExtent(predicted.shape, 'predicted segmentation', shape, 'truth');
    const weight = await openWeight(files, input.weight, [input.truth, input.predicted], {
      name: 'weight',
      shape,
      signal,
    });

    const counts = noOverlap();
    const overlap = new ObjectOverlap();
    const rows = rowsOfBands([predicted, truth, ...weight.readers], shape, context);
    const counter = new BandCounter(2 * bandCount(shape, rows), 'comparing', context);
    const room = new RunRoom(limitsOf(context).runBytes, files.scratch.folder);
    const predictedLabels = new ObjectLabels('predicted segmentation', shape, room);
    const trueLabels = new ObjectLabels('truth', shape, room);
    const eachBand = async (
      visit: (at: Band, p: PixelArray, g: PixelArray, w: PixelArray | null) => void,
    ): Promise<void> => {
      for (const band of imageBands(shape, rows)) {
        const read = (reader: SegmentationReader) => reader.readRows(band, { signal });
        const [p, g, w] = [await read(predicted), await read(truth), await weight.readRows(band)];
        await aboutImages([predicted.desc, truth.desc], () => visit(band, p, g, w));
        await counter.next();
      }
    };
    try {
      await eachBand((band, p, g, w) => {
        addOverlap(counts, p, g, w);
        predictedLabels.add(band, p);
        trueLabels.add(band, g);
      });
      await predictedLabels.label(counter);
      await trueLabels.label(counter);
      const slice = Math.max(1, Math.floor(SLICE / shape[4])) * shape[4];
      await eachBand(({ t }, p, g, w) => {
        for (let at = 0; at < p.length; at += slice) {
          const part = (pixels: PixelArray) => pixels.subarray(at, at + slice);
          overlap.add(predictedLabels.next(t, part(p)), trueLabels.next(t, part(g)), w && part(w));
        }
      });
    } finally {
      room.close();
    }
    const objects = overlap.match(MATCH_IOU);
    return {
      ...overlapMetrics(counts),
      objectAp: objects.averagePrecision,
      objectPrecision: objects.precision,
      objectRecall: objects.recall,
      objectF1: objects.f1,
      counts,
      objects: { ...objects, iou: MATCH_IOU, predicted: predictedLabels.kind, truth: trueLabels.kind },
      warnings: [...predicted.notes, ...truth.notes, ...weight.notes],
      seconds: secondsSince(start),
    };
  });
