import { InvalidInputError } from '../base/errors';
import { validate } from '../base/schema';
import { type ImageDescription, ImageDescriptionSchema } from '../image/description';
import { looksLikeRegions, parseRegions, type Regions } from './regions';

/** A mask as a message carries it: an image whose non-zero pixels are inside, or polygons. */
export type Mask = { kind: 'image'; image: ImageDescription } | { kind: 'regions'; regions: Regions };

/**
 * Tells apart the two forms of a mask and checks it; null and undefined stand for no mask.
 * @param name what the value is called in errors
 * @throws SegmenterError `invalid-input` where it is neither
 */
export function parseMask(value: unknown, name: string): Mask | null {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string' && value.trim() === '') return null;
  if (isImageMask(value)) return { kind: 'image', image: validate(ImageDescriptionSchema, value, name) };
  if (typeof value === 'string' || looksLikeRegions(value)) {
    return { kind: 'regions', regions: parseRegions(value, name) };
  }
  throw new InvalidInputError(name, 'an image description or polygons', value);
}

function isImageMask(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'uri' in value;
}

/** The image that a mask is; null where it is polygons or none. @throws as {@link parseMask} */
export function imageOfMask(value: unknown, name: string): ImageDescription | null {
  const mask = parseMask(value, name);
  return mask?.kind === 'image' ? mask.image : null;
}
