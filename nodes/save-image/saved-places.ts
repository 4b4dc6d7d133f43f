import { LruCache } from '../../src/base/collections';
import { SegmenterError } from '../../src/base/errors';
import type { Sample } from '../../src/samples/sample';
import { isWebAddress } from '../../src/storage/roots';

/** Results whose images are known, the latest. */
const MOST_KNOWN = 20_000;

/** Module state on purpose, over deploys: by the place of a result, which raw image it was made of. */
const known = new LruCache<string, string>(MOST_KNOWN);

/**
 * Notes that a result of a sample is saved in a place, which its id names. Images of one name in two folders have one id,
 * and the result of one shall not take the place of the other's, nor pass for it.
 * @param place stands for folder and name
 * @returns what takes the note back, for a result that was not saved
 * @throws SegmenterError `exists` where the result of another image was saved there
 */
export function claimPlace(place: string, { id, raw }: Sample, folder: string): () => void {
  // What was uploaded or is a result of our own has no name of its own; who sent it says what it is called.
  if (raw.file === undefined && !isWebAddress(raw.uri)) return () => undefined;
  const source = raw.scene > 0 ? `${raw.uri}, scene ${raw.scene}` : raw.uri;
  const before = known.get(place);
  if (before !== undefined && before !== source) {
    const message =
      `the result of ${id} in ${folder} was made of ${before}, expected one of ${source}: two images have this id. ` +
      'Give load-image the folder above both as "Ids below", or this node a folder or file name for each';
    throw new SegmenterError('exists', message, { id, folder, before, source });
  }
  known.set(place, source);
  return () => {
    if (before === undefined) known.delete(place);
  };
}

/** For tests: a new run of Node-RED. */
export function forgetSavedPlaces(): void {
  known.clear();
}
