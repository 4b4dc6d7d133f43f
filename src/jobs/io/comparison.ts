import { aboutImages } from '../../formats/described-file';
import { type Band, bandCount, imageBands } from '../../image/bands';
import type { ImageDescription } from '../../image/description';
import type { PixelArray } from '../../image/dtype';
import type { Shape5 } from '../../image/region';
import { type ObjectErrors, type ObjectMetrics, ObjectOverlap } from '../../metrics/object-matching';
import { addOverlap, noOverlap, type OverlapCounts, type OverlapMetrics, overlapMetrics } from '../../metrics/overlap';
import type { SurfaceAgreement } from '../../metrics/surface-agreement';
import { SurfaceMeter } from '../../metrics/surface-meter';
import type { Zyx } from '../../metrics/surface-voxels';
import { RunRoom } from '../../thresholding/runs';
import type { ObjectKind } from '../results';
import { BandCounter, type PlainContext } from './bands';
import { limitsOf } from './limits';
import { ObjectLabels } from './objects/object-labels';

/** Objects match from this overlap on. */
export const MATCH_IOU = 0.5;
/** The overlaps that the average precision is told of. */
const IOUS = Array.from({ length: 10 }, (_, k) => (50 + 5 * k) / 100);
/** Pixels that are matched at a time: their labels take 16 bytes each. */
const SLICE = 2 ** 20;

/** A band of what is compared. */
interface ComparedPixels {
  predicted: PixelArray;
  truth: PixelArray;
  /** 0 where a voxel is excluded; null counts all */
  weight: PixelArray | null;
}

/** Two segmentations of one extent, to be gone through twice. */
export interface ComparedBands {
  /** [t, 1, z, y, x] */
  shape: Shape5;
  /** of a band */
  rows: number;
  read(band: Band): Promise<ComparedPixels>;
  /** the predicted objects' numbers: where the truth numbers its own, or may as it has one or none, they are matched with these, else what touches with what touches */
  numbers?(band: Band): Promise<PixelArray>;
  /** is shown each band once, in order */
  see?(band: Band, pixels: ComparedPixels): Promise<void>;
  /** of the predicted one and the truth, which errors are about */
  images?: readonly ImageDescription[];
}

/** How lengths are measured, and where what memory does not hold may lie meanwhile. */
interface Measuring {
  /** of voxels along z, y and x */
  spacing: Zyx;
  /** of the NSD, in the unit of the spacing; default: a pixel of the plane */
  tolerance?: number;
  /** folder for a file that is gone afterwards */
  folder: string;
}

/** What comparing two segmentations gave. */
export interface Comparison extends OverlapMetrics {
  counts: OverlapCounts;
  /** of pairs of {@link MATCH_IOU} at least; apAt: average precision at each IoU from 0.5 to 0.95 in steps of 0.05 */
  objects: ObjectMetrics & ObjectErrors & { apAt: number[]; predicted: ObjectKind; truth: ObjectKind };
  /** mean of `apAt` */
  objectApMean: number;
  /** null: left out */
  surface: (SurfaceAgreement & { tolerance: number }) | null;
  /** why surfaces were left out; null: they were not */
  refusal: string | null;
}

/** Gives the tolerance that nobody chose: a pixel of the plane. */
export function pixelOf([, y, x]: Zyx): number {
  return Math.max(y, x);
}

/**
 * Compares two segmentations by voxels, surfaces and objects, as every report has it. Two passes over the bands: one counts voxels
 * and finds surfaces and objects, one matches objects. No buffer grows with the image.
 * @throws CancelledError; InvalidInputError where one is no mask or label image; what reading throws
 */
export async function compare(
  { shape, rows, read, numbers, see, images = [] }: ComparedBands,
  { spacing, tolerance = pixelOf(spacing), folder }: Measuring,
  context: PlainContext,
): Promise<Comparison> {
  const counts = noOverlap();
  const overlap = new ObjectOverlap();
  const surfaces = new SurfaceMeter(shape);
  const counter = new BandCounter(2 * bandCount(shape, rows), 'comparing', context);
  const room = new RunRoom(limitsOf(context).runBytes, folder);
  const touching = new ObjectLabels('predicted segmentation', shape, room);
  const numbered = numbers && new ObjectLabels('predicted labels', shape, room, true);
  const real = new ObjectLabels('truth', shape, room);
  const eachBand = async (visit: (band: Band, pixels: ComparedPixels) => void | Promise<void>): Promise<void> => {
    for (const band of imageBands(shape, rows)) {
      const pixels = await read(band);
      await aboutImages(images, () => visit(band, pixels));
      await counter.next();
    }
  };
  let found = touching;
  try {
    await eachBand(async (band, pixels) => {
      const { predicted, truth, weight } = pixels;
      addOverlap(counts, predicted, truth, weight);
      surfaces.add(band, predicted, truth, weight);
      touching.add(band, predicted);
      if (numbers) numbered?.add(band, await numbers(band));
      real.add(band, truth);
      await see?.(band, pixels);
    });
    await real.label(counter);
    // Objects of a mask are what touches: only those of a mask are to be compared with them.
    const byNumbers = real.kind === 'labels' || real.mayNumberOne ? numbers : undefined;
    if (byNumbers && numbered) found = numbered;
    await found.label(counter);
    const slice = Math.max(1, Math.floor(SLICE / shape[4])) * shape[4];
    await eachBand(async (band, { predicted: mask, truth, weight }) => {
      const predicted = byNumbers ? await byNumbers(band) : mask;
      for (let at = 0; at < predicted.length; at += slice) {
        const part = (pixels: PixelArray) => pixels.subarray(at, at + slice);
        overlap.add(found.next(band.t, part(predicted)), real.next(band.t, part(truth)), weight && part(weight));
      }
    });
  } finally {
    room.close();
  }
  const agreement = await counter.through(surfaces.measure(spacing, tolerance));
  const apAt = IOUS.map((iou) => overlap.match(iou).averagePrecision);
  return {
    ...overlapMetrics(counts),
    counts,
    objects: { ...overlap.match(MATCH_IOU), ...overlap.errors(), apAt, predicted: found.kind, truth: real.kind },
    objectApMean: apAt.reduce((sum, ap) => sum + ap, 0) / apAt.length,
    surface: agreement && { ...agreement, tolerance },
    refusal: surfaces.refusal,
  };
}
