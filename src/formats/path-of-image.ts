import { fileURLToPath } from 'node:url';
import { InvalidInputError } from '../base/errors';
import type { ImageDescription } from '../image/description';
import { isWebAddress } from '../storage/servers';

/**
 * The file or folder that a description's pixels are in, or the http(s) address of it.
 * @throws InvalidInputError for any other URI
 */
export function pathOfImage({ id, uri }: Pick<ImageDescription, 'id' | 'uri'>): string {
  if (isWebAddress(uri)) return uri;
  try {
    return fileURLToPath(uri);
  } catch {
    throw new InvalidInputError(`uri of image ${id}`, 'a file:// URI of this machine or an http(s) address', uri);
  }
}
