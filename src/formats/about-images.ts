import { SegmenterError } from '../base/errors';
import type { ImageDescription } from '../image/description';
import { pathOfImage } from './path-of-image';

/**
 * Does what looks at the pixels of images; what it says of these (NaN, nothing that counts) names the files, too.
 * @throws what the work throws
 */
export async function aboutImages<T>(
  images: ReadonlyArray<Pick<ImageDescription, 'id' | 'uri'>>,
  work: () => T | Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof SegmenterError) || error.code !== 'invalid-input') throw error;
    const files = images.map((image) => (image.uri.startsWith('file:') ? pathOfImage(image) : image.uri));
    const unsaid = files.filter((file) => !error.message.includes(file));
    if (unsaid.length === 0) throw error;
    const message = `${images[0].id} (${unsaid.join(', ')}): ${error.message}`;
    throw new SegmenterError(error.code, message, { ...error.details, image: images[0].id, files }, { cause: error });
  }
}
