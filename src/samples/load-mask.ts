import { InvalidInputError } from '../base/errors';
import { describeSource } from '../formats/describe-image';
import { fileVersion } from '../formats/file-version';
import { asLabels } from '../formats/label-view';
import { openImage } from '../formats/open-image';
import type { ImageDescription } from '../image/description';
import { type Mask, parseMask } from '../masks/mask';
import { isRegionsFile, readRegionsFile } from './regions-file';
import { resolveSpelt } from './spelling';

/**
 * A mask in any form a flow may give it: an image description, polygons, JSON text of either, or the path of a polygon
 * file (.npy, .json, .geojson) or mask image; null, undefined and blank stand for no mask.
 * @param options.name what the value is called in errors
 * @param options.id the id that a mask image read from a path gets
 * @throws SegmenterError naming the value or the file that does not fit; `not-allowed` outside the roots
 */
export async function loadMask(
  value: unknown,
  { name, id, roots }: { name: string; id: string; roots: readonly string[] },
): Promise<Mask | null> {
  if (typeof value !== 'string' || value.trim() === '' || /^\s*[[{]/.test(value)) return parseMask(value, name);
  const file = await resolveSpelt(value, roots);
  if (isRegionsFile(file)) return { kind: 'regions', regions: await readRegionsFile(file) };
  return { kind: 'image', image: await describeMask(file, id) };
}

/** @throws InvalidInputError for a file of several scenes: a path says nothing of which is meant */
async function describeMask(file: string, id: string): Promise<ImageDescription> {
  const version = await fileVersion(file);
  const source = asLabels(await openImage(file));
  try {
    const { scenes } = source.info;
    if (scenes > 1) throw new InvalidInputError(`scenes of the mask ${file}`, '1', scenes);
    return describeSource(source.info, file, { id, version });
  } finally {
    await source.close();
  }
}
