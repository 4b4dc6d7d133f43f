import { throwIfCancelled } from '../../base/errors';
import { eventLoopTurn } from '../../base/long-work';
import type { Zyx } from '../../image/region';
import { emptyPixels } from '../../patches/patch-pixels';
import { measureAppearance, type TrainingAppearance } from '../../trust/appearance';
import { type Looks, trainingLooks } from '../../trust/looks';
import type { TrainingImage } from './training-image';

/** What of an image tells how it looks. */
type Seen = Pick<TrainingImage, 'channels' | 'shape' | 'read'>;

/**
 * Measures how the images of a training look, for its card, as prediction measures an image to come: in windows that are
 * excluded in no part, where an image has any, else in those that hold something.
 * @param files the images of each file, whole
 * @returns null where all of them are excluded
 * @throws CancelledError
 */
export async function looksOf(files: readonly (readonly Seen[])[], signal?: AbortSignal): Promise<Looks | null> {
  const found: TrainingAppearance[][] = [];
  for (const images of files) {
    const appearances: TrainingAppearance[] = [];
    for (const image of images) {
      const appearance = (await appearanceOf(image, true, signal)) ?? (await appearanceOf(image, false, signal));
      if (appearance) appearances.push(appearance);
    }
    found.push(appearances);
  }
  return found.flat().length > 0 ? trainingLooks(found) : null;
}

/** @param whole leave out windows of which anything is excluded, else those of which all is */
function appearanceOf(image: Seen, whole: boolean, signal?: AbortSignal): Promise<TrainingAppearance | null> {
  const pixels = emptyPixels();
  return measureAppearance(image, async (start: Zyx, size: Zyx) => {
    await eventLoopTurn();
    throwIfCancelled(signal, 'the training');
    await image.read(start, size, pixels);
    const weight = pixels.weight.subarray(0, size[0] * size[1] * size[2]);
    return (whole ? weight.includes(0) : !weight.includes(1)) ? null : pixels.image;
  });
}
