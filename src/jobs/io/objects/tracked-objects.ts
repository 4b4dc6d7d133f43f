import type { ImageDescription } from '../../../image/description';
import type { ObjectMeasures } from '../../../objects/object-table';
import { commonVoxels } from '../../../objects/tracking/common-voxels';
import type { Frame } from '../../../objects/tracking/frame';
import { Tracker } from '../../../objects/tracking/tracker';
import type { LabelledRows, LabelledVolume } from '../../../thresholding/labelled-volume';
import type { LabelledRow } from '../../../thresholding/row-labeller';
import type { BandCounter } from '../bands';
import { physicalSpacing } from './physical-spacing';

/** Identities of the objects of an image of several time points. */
export interface TrackedObjects {
  /** the objects of each time point, with the numbers of their tracks as labels */
  volumes: LabelledRows[];
  /** by time point, then label - 1 */
  tracks: Int32Array[];
  /** by track - 1: the track that divided into it; 0: none */
  parents: Int32Array;
  /** how far an object moves from one time point to the next, at most, in micrometres or pixels */
  reach: number;
}

/**
 * Follows objects over time. They move no further from one time point to the next than a median object is wide.
 * @param found the objects of each time point, measured
 * @param counter counts each time point as a band
 * @throws CancelledError
 */
export async function trackObjects(
  image: ImageDescription,
  found: ReadonlyArray<{ objects: LabelledVolume; measures: ObjectMeasures }>,
  counter: BandCounter,
): Promise<TrackedObjects> {
  const depth = image.shape[2];
  const { spacing } = physicalSpacing([image], depth);
  const frames = found.map(({ measures }) =>
    Array.from(measures.rows(image.pixelSize), ({ size, centroid: { z, y, x } }): Frame[number] => ({
      size,
      centre: [z * spacing[0], y * spacing[1], x * spacing[2]],
    })),
  );
  const sizes = frames.flatMap((frame) => frame.map(({ size }) => size)).sort((a, b) => a - b);
  const voxel = spacing[1] * spacing[2] * (depth > 1 ? spacing[0] : 1);
  const median = (sizes[sizes.length >> 1] ?? 1) * voxel;
  const reach = depth > 1 ? Math.cbrt((6 * median) / Math.PI) : Math.sqrt((4 * median) / Math.PI);
  const tracker = new Tracker(reach);
  for (const [t, { objects }] of found.entries()) {
    const common = t > 0 ? await counter.through(commonVoxels(found[t - 1].objects, objects)) : [];
    await counter.through(tracker.follow(frames[t], common));
    await counter.next();
  }
  const { tracks, parents } = tracker.found();
  const volumes = found.map(({ objects }, t) => renumbered(objects, tracks[t], parents.length));
  return { volumes, tracks, parents, reach };
}

/** The same objects under other numbers. @param most the largest of them */
function renumbered(objects: LabelledVolume, numbers: Int32Array, most: number): LabelledRows {
  const row: LabelledRow = { data: new Int32Array(0), count: 0 };
  const rows = function* (): Generator<LabelledRow, void, void> {
    for (const { data, count } of objects.rows()) {
      if (row.data.length < 3 * count) row.data = new Int32Array(6 * count);
      row.data.set(data.subarray(0, 3 * count));
      row.count = count;
      for (let i = 2; i < 3 * count; i += 3) row.data[i] = data[i] === 0 ? 0 : numbers[data[i] - 1];
      yield row;
    }
  };
  return { shape: objects.shape, count: most, rows, close: () => objects.close() };
}
