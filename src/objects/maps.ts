import type { ImageDescription } from '../image/description';
import { OBJECT_MAPS } from './settings';

/** Whether an image is what a model that tells objects apart predicted, by the names of its channels. */
export function hasObjectMaps({ channels }: Pick<ImageDescription, 'channels'>): boolean {
  return channels.length === OBJECT_MAPS.length && channels.every(({ name }, i) => name === OBJECT_MAPS[i]);
}

/** The foreground of what was predicted, as an image of one channel; any other image as it is. */
export function foregroundMap(image: ImageDescription): ImageDescription {
  if (!hasObjectMaps(image)) return image;
  const [t, , z, y, x] = image.shape;
  const { region, select } = image;
  return {
    ...image,
    shape: [t, 1, z, y, x],
    channels: [image.channels[0]],
    select: { ...select, c: [select?.c?.[0] ?? 0] },
    ...(region ? { region: { start: withChannel(region.start, 0), size: withChannel(region.size, 1) } } : {}),
  };
}

function withChannel([t, , z, y, x]: ImageDescription['shape'], c: number): ImageDescription['shape'] {
  return [t, c, z, y, x];
}
