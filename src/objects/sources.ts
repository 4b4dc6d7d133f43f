import type { Zyx } from '../image/region';
import { around } from './block-plan';
import { cropped, type EvidenceSource } from './by-blocks';
import { heightsOf, objectEvidence, seedReach, smoothDistances } from './decode';
import type { Box } from './label-store';
import { neckEvidence } from './necks';
import type { DecodingSettings } from './settings';

/** How far a block sees beyond what it decides, in pixels of a plane: in a stack voxels are many. */
const MARGIN = { plane: 192, stack: 40 };

/** Where the pixels of a volume are. */
export interface VolumePixels {
  shape: Readonly<Zyx>;
  /** of voxels along z, y and x */
  spacing: Readonly<Zyx>;
  /** [z, y, x] of a box, 1 in the foreground */
  mask(box: Box): Promise<Uint8Array<ArrayBuffer>>;
}

/** Maps of distances of a volume, each as [z, y, x] of a box. */
export interface DistancePixels extends VolumePixels {
  distances(box: Box): Promise<{ boundary: Float32Array<ArrayBuffer>; centre: Float32Array<ArrayBuffer> }>;
}

/** How the work is divided by turns of others. */
export type Through = <T>(work: Generator<void, T, void>) => Promise<T>;

/** Gives what a model of objects says of a volume. */
export function fromDistances(pixels: DistancePixels, settings: DecodingSettings, through: Through): EvidenceSource {
  const { shape, spacing } = pixels;
  const reach = seedReach(settings, spacing);
  return {
    shape,
    margin: marginOf(pixels),
    evidence: async (box) => {
      // What is smoothed at the border of the box has to be what it is in the volume.
      const wide = around(box, reach, shape);
      const distances = await pixels.distances(wide);
      const levels = heightsOf(cropped(distances.boundary, wide, box));
      await through(smoothDistances(distances, wide.size, spacing, settings));
      const boundary = cropped(distances.boundary, wide, box);
      const centre = cropped(distances.centre, wide, box);
      return objectEvidence(await pixels.mask(box), levels, { boundary, centre }, box.size, settings);
    },
  };
}

/** Gives what the shape of the foreground says of a volume: objects are divided at their necks. */
export function fromNecks(pixels: VolumePixels, through: Through): EvidenceSource {
  const { shape, spacing } = pixels;
  return {
    shape,
    margin: marginOf(pixels),
    evidence: async (box) => through(neckEvidence(await pixels.mask(box), box.size, spacing)),
  };
}

function marginOf({ shape, spacing }: VolumePixels): Zyx {
  const wide = shape[0] === 1 ? MARGIN.plane : MARGIN.stack;
  return [Math.max(4, Math.ceil((wide * spacing[1]) / spacing[0])), wide, wide];
}
