import { open, stat } from 'node:fs/promises';
import { CorruptFileError, UnsupportedError } from '../base/errors';
import { fileError } from '../storage/file-error';
import { imageExtension } from './extensions';
import { IMAGE_FORMATS, type ImageFormat } from './image-formats';
import type { ImageSource } from './source';

const HEAD_BYTES = 16;

/**
 * Opens an image file of any known format, told by its first bytes, else by its extension. Close it after use.
 * @param options.scene which of the file's images, from 0
 * @throws SegmenterError `not-found`, `not-allowed`; CorruptFileError; UnsupportedError naming the format;
 *   InvalidInputError for a scene the file does not have
 */
export async function openImage(path: string, options: { scene?: number } = {}): Promise<ImageSource> {
  const head = await readHead(path);
  const extension = imageExtension(path);
  const bySignature = IMAGE_FORMATS.find((format) => format.recognises(head));
  const byExtension = IMAGE_FORMATS.find(({ extensions }) => extension !== null && extensions.includes(extension));
  const format = bySignature ?? byExtension;
  if (!format) throw new UnsupportedError(path, `is no image of a known format; expected one of ${listFormats()}`);
  if (bySignature) return format.open(path, options);
  return openUnrecognised(path, head, format, options);
}

/** The extension promises a format that the content does not keep; folders (.zarr) have no content to look at. */
function openUnrecognised(
  path: string,
  head: Uint8Array,
  format: ImageFormat,
  options: { scene?: number },
): Promise<ImageSource> {
  if (format.extensions.includes('.zarr')) return format.open(path, options);
  const what = head.length === 0 ? 'is empty' : `is named like a ${format.name} image but does not begin as one`;
  throw new CorruptFileError(path, what);
}

async function readHead(path: string): Promise<Uint8Array> {
  let handle: Awaited<ReturnType<typeof open>> | undefined;
  try {
    if ((await stat(path)).isDirectory()) {
      if (imageExtension(path) !== null) return new Uint8Array(0);
      throw Object.assign(new Error('folder'), { code: 'EISDIR' });
    }
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
