import type { WriteInfo } from '../../formats';
import type { Shape5 } from '../../image/region';
import type { SaveSettings } from '../job-types';

/** A longer side of a plane makes it a large image, which viewers open by tiles and levels only. */
const LARGE = 8192;
const TILE = 512;

/** Images whose pixels are quantities; all others are masks or labels, of which no mean may be taken. */
const QUANTITIES: ReadonlySet<string> = new Set(['raw', 'weight', 'probability']);

/**
 * Decides how a file's pixels lie. `auto`: strips, which every program reads; a large plane of an OME-TIFF or OME-Zarr
 * as tiles with a pyramid.
 * @param role the image's name in the sample
 */
export function fileLayout(
  { layout, format }: Pick<SaveSettings, 'layout' | 'format'>,
  shape: Shape5,
  role: string,
): Pick<WriteInfo, 'tile' | 'pyramid'> {
  const large = format !== 'tiff' && Math.max(shape[3], shape[4]) > LARGE;
  const chosen = layout === 'auto' ? (large ? 'pyramid' : 'strips') : layout;
  if (chosen === 'strips' || format === 'png') return {};
  if (chosen === 'tiles') return { tile: TILE };
  return { tile: TILE, pyramid: QUANTITIES.has(role) ? 'mean' : 'nearest' };
}
