import { aboutImages } from '../../formats/described-file';
import { type Band, bandCount, imageBands } from '../../image/bands';
import type { ImageDescription } from '../../image/description';
import type { PixelArray } from '../../image/dtype';
import { checkSameExtent } from '../../masks/planes';
import { ObjectOverlap } from '../../metrics/object-matching';
import { addOverlap, noOverlap, overlapMetrics } from '../../metrics/overlap';
import { SurfaceMeter } from '../../metrics/surface-meter';
import type { SegmentationReader } from '../../samples/segmentation';
import { RunRoom } from '../../thresholding/runs';
import { BandCounter, rowsOfBands, secondsSince } from '../io/bands';
import { JobFiles } from '../io/job-files';
import { limitsOf } from '../io/limits';
import { ObjectLabels } from '../io/object-labels';
import { physicalSpacing } from '../io/physical-spacing';
import { ProbabilityBands } from '../io/probability-bands';
import { openWeight } from '../io/weight-bands';
import type { JobImplementation } from '../protocol';
import type { ObjectKind } from '../results';

/** Objects match from this overlap on. */
const MATCH_IOU = 0.5;
/** The overlaps that the average precision is told of. */
const IOUS = Array.from({ length: 10 }, (_, k) => (50 + 5 * k) / 100);
/** Pixels that are matched at a time: their labels take 16 bytes each. */
const SLICE = 2 ** 20;

/**
 * Compares a segmentation with the truth, by voxels, surfaces and objects, and the probabilities that it was made of; voxels
 * of weight 0, and those that either does not know, leave every count.
 * Two passes over the bands: one counts voxels and finds surfaces and objects, one matches objects.
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
    const counts = noOverlap();
    const overlap = new ObjectOverlap();
    const surfaces = new SurfaceMeter(shape);
    const rows = rowsOfBands(
      [predicted, truth, ...(labels ? [labels] : []), ...weight.readers, ...probability.readers],
      shape,
      context,
    );
    const counter = new BandCounter(2 * bandCount(shape, rows), 'comparing', context);
    const room = new RunRoom(limitsOf(context).runBytes, files.scratch.folder);
    const predictedLabels = new ObjectLabels('predicted segmentation', shape, room);
    const numberedLabels = new ObjectLabels('predicted labels', shape, room);
    const trueLabels = new ObjectLabels('truth', shape, room);
    let foundKind: ObjectKind = 'components';
    const eachBand = async (
      visit: (at: Band, p: PixelArray, g: PixelArray, w: PixelArray | null) => void | Promise<void>,
    ): Promise<void> => {
      for (const band of imageBands(shape, rows)) {
        const read = (reader: SegmentationReader) => reader.readRows(band, { signal });
        const [p, g, w] = [await read(predicted), await read(truth), await weight.readRows(band)];
        await aboutImages([predicted.desc, truth.desc], () => visit(band, p, g, w));
        await counter.next();
      }
    };
    try {
      await eachBand(async (band, p, g, w) => {
        addOverlap(counts, p, g, w);
        surfaces.add(band, p, g, w);
        predictedLabels.add(band, p);
        if (labels) numberedLabels.add(band, await labels.readRows(band, { signal }));
        trueLabels.add(band, g);
        await probability.add(band, g, w, signal);
      });
      await trueLabels.label(counter);
      // Objects of a mask are what touches: only those of a mask are to be compared with them.
      const byNumbers = labels !== null && trueLabels.kind === 'labels' ? labels : null;
      const found = byNumbers ? numberedLabels : predictedLabels;
      await found.label(counter);
      foundKind = found.kind;
      const slice = Math.max(1, Math.floor(SLICE / shape[4])) * shape[4];
      await eachBand(async (band, mask, g, w) => {
        const p = byNumbers ? await byNumbers.readRows(band, { signal }) : mask;
        for (let at = 0; at < p.length; at += slice) {
          const part = (pixels: PixelArray) => pixels.subarray(at, at + slice);
          overlap.add(found.next(band.t, part(p)), trueLabels.next(band.t, part(g)), w && part(w));
        }
      });
    } finally {
      room.close();
    }
    const { spacing, unit, note } = physicalSpacing([input.predicted, input.truth], shape[2]);
    const tolerance = input.tolerance ?? Math.max(spacing[1], spacing[2]);
    const agreement = await counter.through(surfaces.measure(spacing, tolerance));
    const objects = overlap.match(MATCH_IOU);
    const apAt = IOUS.map((iou) => overlap.match(iou).averagePrecision);
    const judged = probability.result();
    return {
      ...overlapMetrics(counts),
      objectAp: objects.averagePrecision,
      objectPrecision: objects.precision,
      objectRecall: objects.recall,
      objectF1: objects.f1,
      objectApMean: apAt.reduce((sum, ap) => sum + ap, 0) / apAt.length,
      nsd: agreement?.nsd ?? null,
      hd95: agreement?.hd95 ?? null,
      ece: judged?.ece ?? null,
      counts,
      objects: {
        ...objects,
        ...overlap.errors(),
        iou: MATCH_IOU,
        apAt,
        predicted: foundKind,
        truth: trueLabels.kind,
      },
      surface: agreement && { ...agreement, tolerance, unit, spacing },
      probability: judged,
      warnings: [
        ...[...predicted.notes, ...(labels?.notes ?? []), ...truth.notes, ...weight.notes, ...probability.notes],
        ...[note, surfaces.refusal].flatMap((text) => text ?? []),
      ],
      seconds: secondsSince(start),
    };
  });
