import { bandRows, imageBands } from '../../../image/bands';
import type { ImageDescription } from '../../../image/description';
import type { Shape5 } from '../../../image/region';
import { UNKNOWN_NUMBER } from '../../../masks/object-names';
import type { SegmentationReader } from '../../../samples/segmentation';
import { BandCounter, type PlainContext } from '../bands';
import type { JobFiles } from '../job-files';
import { limitsOf } from '../limits';

/** A segmentation by the numbers of its objects. */
export interface Numbered {
  /** the largest; 1 of a mask, which has no more */
  largest: number;
  /** the only number, which stands for all objects of a mask; null: each number is an object */
  only: number | null;
  readRows: SegmentationReader['readRows'];
}

/**
 * Opens segmentations for their numbers of objects.
 * @param images null: not needed
 * @param isWanted whether numbers are needed even where no image has several
 * @returns null where none of them has more than one, as masks have not: nothing tells their objects apart
 */
export async function openNumbers(
  files: JobFiles,
  images: ReadonlyArray<{ image: ImageDescription; name: string } | null>,
  shape: Shape5,
  context: PlainContext,
  isWanted = false,
): Promise<Array<Numbered | null> | null> {
  const opened: Array<Numbered | null> = [];
  let isAny = isWanted;
  for (const asked of images) {
    if (!asked) {
      opened.push(null);
      continue;
    }
    const { image, name } = asked;
    const { signal } = context;
    const reader = await files.openNumbered(image, { name, signal });
    const found = await numbersOf(reader, shape, context);
    isAny ||= found.isSeveral;
    const largest = Math.max(1, found.largest);
    const only = found.isSeveral ? null : largest;
    opened.push({ largest, only, readRows: (band, options) => reader.readRows(band, options) });
  }
  return isAny ? opened : null;
}

/**
 * Lists the numbers that may stand for several objects in a target.
 * @param numbers of the base and the other segmentation, as `openNumbers` gives them: those of the other go on behind the base's
 */
export function sharedNumbers([base, other]: ReadonlyArray<Numbered | null>): number[] {
  const behind = base?.largest ?? 0;
  return [base?.only ?? [], other && other.only !== null ? other.only + behind : []].flat();
}

/** Reads all of a segmentation that may have numbers: one value is the same everywhere, another one may come last. */
async function numbersOf(
  reader: SegmentationReader,
  shape: Shape5,
  context: PlainContext,
): Promise<{ largest: number; isSeveral: boolean }> {
  const found = { largest: 0, isSeveral: false };
  if (!reader.judgement.hasLabels) return found;
  let first = 0;
  const counter = new BandCounter(1, 'looking for numbers of objects', context);
  for (const band of imageBands(shape, bandRows(shape, [reader.block[3]], limitsOf(context).bandPixels))) {
    const rows = await reader.readRows(band, { signal: context.signal });
    for (let i = 0; i < rows.length; i++) {
      const number = rows[i];
      if (number === 0 || number === first || number === UNKNOWN_NUMBER) continue;
      if (first === 0) first = number;
      else found.isSeveral = true;
      if (number > found.largest) found.largest = number;
    }
    if (first > found.largest) found.largest = first;
    await counter.turn();
  }
  return found;
}
