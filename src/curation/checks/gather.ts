import { CancelledError, throwIfCancelled, toErrorRecord } from '../../base/errors';
import { eventLoopTurn } from '../../base/long-work';
import type { ImageReader } from '../../formats';
import { type Band, bandCount, bandRows } from '../../image/bands';
import type { ImageDescription } from '../../image/description';
import { count, type Shape5 } from '../../image/region';
import { foregroundTest } from '../../masks/foreground-test';
import type { Sample } from '../../samples/sample';
import { openLabels } from '../../samples/segmentation';
import { CHECKED_ROLES, type CheckedRole, type ImageFacts, type SampleFacts } from './facts';
import { ImageLooks } from './intensities';

/** Of an image with more pixels evenly spaced bands are looked at. */
export const MOST_PIXELS = 2 ** 27;
/** Pixels of a band, about: small enough that a large plane is looked at in several places. */
const BAND = 2 ** 22;

export interface GatherOptions {
  open(image: ImageDescription, name: string): Promise<ImageReader>;
  signal?: AbortSignal;
  /** pixels of an image that are looked at, about; a test makes it small */
  mostPixels?: number;
}

/**
 * Looks at the images of a sample once, band by band. An image that cannot be read is noted, and the rest is looked at.
 * @throws CancelledError
 */
export async function gatherFacts(sample: Sample, options: GatherOptions): Promise<SampleFacts> {
  const found: SampleFacts = { id: sample.id, split: sample.split, images: {}, facts: {}, failures: [] };
  for (const role of CHECKED_ROLES) {
    const image = sample[role];
    if (!image) continue;
    found.images[role] = image;
    try {
      found.facts[role] = await gatherImage(image, role, `${role} of sample ${sample.id}`, options);
    } catch (error) {
      if (error instanceof CancelledError) throw error;
      throwIfCancelled(options.signal, 'checking');
      found.failures.push({ role, error: toErrorRecord(error) });
    }
  }
  return found;
}

async function gatherImage(
  image: ImageDescription,
  role: CheckedRole,
  name: string,
  { open, signal, mostPixels = MOST_PIXELS }: GatherOptions,
): Promise<ImageFacts> {
  const reader = role === 'raw' ? await open(image, name) : await openLabels(image, name, (part) => open(part, name));
  try {
    const { shape, dtype, block } = reader;
    const rows = bandRows(shape, [block[3]], Math.min(BAND, mostPixels));
    const isUnknown = image.unknown ? foregroundTest(image.unknown, image.scale) : null;
    const looks = new ImageLooks(dtype, shape, role === 'raw', isUnknown);
    const share = chosenPlaces(shape, rows, mostPixels);
    for (const band of spacedBands(shape, rows, share)) {
      throwIfCancelled(signal, 'checking');
      const pixels = await reader.readRows(band, { signal });
      const { t, c, z, y } = band;
      looks.add(band, pixels, reader.coverage({ start: [t, c, z, y, 0], size: [1, 1, 1, band.rows, shape[4]] }));
      await eventLoopTurn();
    }
    return { image, appearance: reader.appearance, ...looks.facts(share.chosen === share.places) };
  } finally {
    await reader.close();
  }
}

/** How many of an image's places, bands of all its channels, are looked at. */
function chosenPlaces(shape: Readonly<Shape5>, rows: number, mostPixels: number): { places: number; chosen: number } {
  const places = bandCount(shape, rows) / shape[1];
  const chosen = Math.floor(Math.min(1, mostPixels / count(shape)) * places);
  return { places, chosen: Math.max(1, chosen) };
}

/** Evenly spaced bands of an image: the channels of a place follow each other, places in the order of t, z, y. */
function* spacedBands(
  [, channels, depth, height]: Readonly<Shape5>,
  rows: number,
  { places, chosen }: { places: number; chosen: number },
): Generator<Band> {
  const inPlane = Math.ceil(height / rows);
  for (let i = 0; i < chosen; i++) {
    const place = Math.floor(((i + 0.5) * places) / chosen);
    const plane = Math.floor(place / inPlane);
    const y = (place % inPlane) * rows;
    const at = { t: Math.floor(plane / depth), z: plane % depth, y, rows: Math.min(rows, height - y) };
    for (let c = 0; c < channels; c++) yield { ...at, c };
  }
}
