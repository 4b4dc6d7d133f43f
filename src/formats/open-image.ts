import { open, stat } from 'node:fs/promises';
import { CorruptFileError, UnsupportedError } from '../base/errors';
import { fileError } from '../storage/file-error';
import { isWebAddress } from '../storage/servers';
import { imageExtension } from './extensions';
import { IMAGE_FORMATS } from './image-formats';
import type { ImageSource } from './source';
import { isZarrFolder } from './zarr/zarr-folder';
import { openZarr } from './zarr/zarr-source';

const HEAD_BYTES = 16;

/**
 * Opens an image of any known format, told by its first bytes; a Zarr image is a folder or an http(s) address. Close
 * it after use.
 * @param options.scene which of the file's images, from 0
 * @throws SegmenterError `not-found`, `not-allowed`; CorruptFileError; UnsupportedError naming the format;
 *   InvalidInputError for a scene the file does not have
 */
export async function openImage(path: string, options: { scene?: number } = {}): Promise<ImageSource> {
  if (isWebAddress(path) || (await isZarrFolder(path))) return openZarr(path, options);
  const head = await readHead(path);
  const extension = imageExtension(path);
  const bySignature = IMAGE_FORMATS.find((format) => format.recognises(head));
  const byExtension = IMAGE_FORMATS.find(({ extensions }) => extension !== null && extensions.includes(extension));
  const format = bySignature ?? byExtension;
  if (!format) throw new UnsupportedError(path, `is no image of a known format; expected one of ${listFormats()}`);
  if (bySignature) return format.open(path, options);
  const what = head.length === 0 ? 'is empty' : `is named like a ${format.name} image but does not begin as one`;
  throw new CorruptFileError(path, what);
}

async function readHead(path: string): Promise<Uint8Array> {
  let handle: Awaited<ReturnType<typeof open>> | undefined;
  try {
    if ((await stat(path)).isDirectory()) throw Object.assign(new Error('folder'), { code: 'EISDIR' });
    handle = await open(path, 'r');
    const { buffer, bytesRead } = await handle.read(new Uint8Array(HEAD_BYTES), 0, HEAD_BYTES, 0);
    return buffer.subarray(0, bytesRead);
  } catch (error) {
    throw fileError(error, 'read', path);
  } finally {
    await handle?.close();
  }
}

function listFormats(): string {
  return IMAGE_FORMATS.map(({ name, extensions }) => `${name} (${extensions.join(', ')})`).join(', ');
}
