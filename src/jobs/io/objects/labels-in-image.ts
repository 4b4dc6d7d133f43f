import path from 'node:path';
import { InvalidInputError } from '../../../base/errors';
import { findLabelsGroup, isOwnImage, type LabelsGroup, pathOfImage } from '../../../formats';
import type { ImageDescription } from '../../../image/description';
import type { Shape5 } from '../../../image/region';
import { isPortableName } from '../../../storage/portable-names';
import { isWebAddress } from '../../../storage/roots';
import type { JobInput } from '../../job-types';
import type { JobFiles } from '../job-files';

/** Names that are looked at for one that is free. */
const MOST_NUMBERED = 1000;
/** How the names of a group's own files begin, and names that Zarr keeps for itself. */
const OF_ZARR = /^(\.z|zarr\.json|__)/i;

/**
 * Finds the group of labels in the raw image's own OME-Zarr.
 * @param shape [t, c, z, y, x] of the labels
 * @returns why they cannot lie there, as a sentence for people
 * @throws SegmenterError `not-allowed` where a link leads out of the allowed folders
 */
export async function labelsGroupOf(
  files: JobFiles,
  raw: ImageDescription | null | undefined,
  shape: Readonly<Shape5>,
): Promise<LabelsGroup | string> {
  if (!raw) return 'the sample has no raw image';
  const place = pathOfImage(raw);
  if (isWebAddress(place)) return `${place} is on a server`;
  if (raw.format !== 'ome-zarr') return `${place} is no OME-Zarr`;
  const isPart = raw.region !== undefined || raw.level !== 0 || raw.select?.t !== undefined;
  const fits = raw.shape.every((length, axis) => axis === 1 || length === shape[axis]);
  if (isPart || !fits) return `they are of a part of ${place}, not of all of it`;
  const found = await findLabelsGroup(await files.path(place), raw.scene);
  if (typeof found === 'string') return `${place} ${found}`;
  // A link may lead to any place.
  return { ...found, folder: await files.path(found.folder) };
}

/**
 * Gives the name of labels in a group: the given one, or what the image is called in the sample; where `existing` is `own` and another
 * tool has it, the first of `name_2`, `name_3`, ... that is free or this package's.
 */
export async function labelsName(
  { folder }: LabelsGroup,
  { role, settings: { filename, existing } }: Pick<JobInput<'save-image'>, 'role' | 'settings'>,
  isThere: (place: string) => Promise<boolean>,
): Promise<string> {
  const name = (filename || role).replace(/(\.ome)?\.zarr$/i, '');
  if (!isPortableName(name) || OF_ZARR.test(name)) {
    const expected = 'a name without folders that every system takes, and Zarr has no use for';
    throw new InvalidInputError('file name', expected, name);
  }
  if (existing !== 'own') return name;
  for (let number = 1; number <= MOST_NUMBERED; number++) {
    const free = number === 1 ? name : `${name}_${number}`;
    const place = path.join(folder, free);
    if (!(await isThere(place)) || (await isOwnImage(place, 'ome-zarr'))) return free;
  }
  const expected = `one of ${MOST_NUMBERED} numbered names to be free or of this package`;
  throw new InvalidInputError(`labels ${name} in ${folder}`, expected, 'other labels');
}
