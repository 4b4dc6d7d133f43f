import { InvalidInputError } from '../../base/errors';
import type { ImageDescription } from '../../image/description';
import { bytesOf } from '../../image/dtype';
import type { Tile } from '../../views/levels';
import { checkPlace, type DrawnAs, type OpenPicture, openPicture, type PictureContext } from '../../views/open-picture';
import { planeTile } from '../../views/plane-tile';
import { stackTile } from '../../views/stack-tile';
import { JobFiles } from '../io/job-files';
import { limitsOf } from '../io/limits';
import type { JobInput, JobOutput } from '../job-types';
import type { JobImplementation } from '../protocol';

type Make = (picture: OpenPicture, files: JobFiles, context: PictureContext) => Promise<Tile>;

/** One tile of a plane. Its pixels lie in a file that whoever asked removes. */
export const pictureJob: JobImplementation<'picture'> = ({ image, purpose, tile }, context) =>
  answer(context, image, purpose, async (picture, files, heed) => {
    checkTile(picture, tile);
    checkPlace('z', tile.at, picture.shape[2]);
    return planeTile(picture, files.scratch, { ...tile, z: tile.at }, heed);
  });

/** One tile of a view through a stack: its maximum along z, or a section. */
export const stackPictureJob: JobImplementation<'stack-picture'> = ({ image, purpose, tile }, context) =>
  answer(context, image, purpose, async (picture, files, heed) => {
    const { view } = tile;
    if (view === 'xy') throw new InvalidInputError('view', 'xz, yz or max', view);
    checkTile(picture, tile);
    if (view !== 'max') checkPlace('at', tile.at, picture.shape[view === 'xz' ? 3 : 4]);
    return stackTile(picture, files.scratch, { ...tile, view }, heed);
  });

function checkTile({ shape, levels }: OpenPicture, { t, c, level }: JobInput<'picture'>['tile']): void {
  checkPlace('t', t, shape[0]);
  checkPlace('c', c, shape[1]);
  checkPlace('level', level, levels.length);
}

function answer(
  context: Parameters<JobImplementation<'picture'>>[1] | Parameters<JobImplementation<'stack-picture'>>[1],
  image: ImageDescription,
  purpose: DrawnAs | null,
  make: Make,
): Promise<JobOutput<'picture'>> {
  return JobFiles.use(context, async (files) => {
    const picture = await openPicture(image, purpose, (path) => files.path(path));
    const { pixels, height, width } = await make(picture, files, { signal: context.signal, limits: limitsOf(context) });
    const path = await files.scratch.handOver(bytesOf(pixels), 'tile', '.bin');
    return { path, dtype: picture.dtype, shape: [height, width] };
  });
}
