import type { ImageDescription } from '../../src/image/description';
import type { Region } from '../../src/image/region';
import { IMAGE_ROLES } from '../../src/samples/image-roles';
import type { Sample } from '../../src/samples/sample';
import { isImage } from '../sample-message';

/**
 * The sample of one patch: every image of the sample, seen through the region. Channels stay whole; an image with one
 * time point or plane for all keeps it.
 * @param region [t, c, z, y, x] of the sample's raw image
 * @param index number of the patch, which makes its id: `<id>_p<index>`
 */
export function cutSample(sample: Sample, region: Region, index: number): Sample {
  // How the whole came about, and what was said of it, holds for no part: cut first, predicted then, it may be another.
  const { patches: _plan, steps: _steps, verdict: _verdict, ...rest } = sample;
  const patch: Record<string, unknown> = { ...rest, id: `${sample.id}_p${index}` };
  for (const role of [...IMAGE_ROLES, 'mergeMask', 'excludeMask']) {
    if (isImage(patch[role])) patch[role] = cutImage(patch[role] as ImageDescription, region);
  }
  return patch as Sample;
}

function cutImage(image: ImageDescription, region: Region): ImageDescription {
  const { shape } = image;
  const origin = image.region?.start ?? [0, 0, 0, 0, 0];
  const whole = (axis: number) => axis === 1 || (axis < 3 && shape[axis] === 1);
  const start = origin.map((o, axis) => (whole(axis) ? o : o + region.start[axis]));
  const size = shape.map((n, axis) => (whole(axis) ? n : region.size[axis]));
  return {
    ...image,
    shape: size as ImageDescription['shape'],
    region: { start: start as Region['start'], size: size as Region['size'] },
  };
}
