import { CorruptFileError, UnsupportedError } from '../base/errors';
import { fileError } from '../storage/file-error';
import { closeFile, LEAST_MS, type OpenFile, openFile, withinTime } from '../storage/outside-files';
import { isWebAddress } from '../storage/roots';
import { openBitmap } from './bitmap/bitmap-source';
import { openCzi } from './czi/czi-source';
import { isCzi } from './czi/segments';
import { heedPlausibleSize } from './doubts';
import { type ImageExtension, imageExtension, isCompanion, refusalOf, TIFF_EXTENSIONS } from './extensions';
import type { ImageSource, OpenOptions } from './source';
import { isTiff } from './tiff/directory';
import { filesOfCompanion } from './tiff/file-sets';
import { openTiff } from './tiff/tiff-source';
import { isZarrFolder } from './zarr/folder-store';
import { openZarr } from './zarr/zarr-source';

/** A format that can be opened. */
interface ImageFormat {
  name: string;
  extensions: readonly ImageExtension[];
  /** whether a file that begins so is of this format */
  recognises(head: Uint8Array): boolean;
  open(path: string, options: OpenOptions): Promise<ImageSource>;
}

const startsWith = (bytes: readonly number[]) => (head: Uint8Array) => bytes.every((byte, i) => head[i] === byte);

/** Every format that is known, by signature and extension; a new one is a row. */
const IMAGE_FORMATS: readonly ImageFormat[] = [
  { name: 'TIFF', extensions: TIFF_EXTENSIONS, recognises: isTiff, open: openTiff },
  { name: 'PNG', extensions: ['.png'], recognises: startsWith([0x89, 0x50, 0x4e, 0x47]), open: openBitmap },
  { name: 'JPEG', extensions: ['.jpg', '.jpeg'], recognises: startsWith([0xff, 0xd8, 0xff]), open: openBitmap },
  { name: 'CZI', extensions: ['.czi'], recognises: isCzi, open: openCzi },
  // A folder: told by its name or what lies in it (`isZarrFolder`).
  { name: 'OME-Zarr', extensions: ['.ome.zarr', '.zarr'], recognises: () => false, open: openZarr },
];

const HEAD_BYTES = 16;
/** Names in an error. */
const MOST_TOLD = 20;

/**
 * Opens an image of any known format, told by its first bytes; a Zarr image is a folder or an http(s) address. Close
 * it after use. A pixel size that nobody can mean is noted and left out.
 * @throws SegmenterError `not-found`, `not-allowed`, `timeout`, `invalid-input` (a pipe, a device); CorruptFileError; UnsupportedError naming the format;
 *   InvalidInputError for a scene the file does not have
 */
export async function openImage(path: string, options: OpenOptions = {}): Promise<ImageSource> {
  const source = await openFormat(path, options);
  heedPlausibleSize(source.info);
  return source;
}

async function openFormat(path: string, options: OpenOptions): Promise<ImageSource> {
  if (isWebAddress(path) || (await isZarrFolder(path))) return openZarr(path, options);
  if (isCompanion(path)) throw await companionError(path);
  const head = await readHead(path);
  const extension = imageExtension(path);
  const bySignature = IMAGE_FORMATS.find((format) => format.recognises(head));
  const byExtension = IMAGE_FORMATS.find(({ extensions }) => extension !== null && extensions.includes(extension));
  const format = bySignature ?? byExtension;
  if (!format)
    throw new UnsupportedError(
      path,
      refusalOf(path) ?? `is no image of a known format; expected one of ${listFormats()}`,
    );
  if (bySignature) return format.open(path, options);
  const what =
    head.length === 0 ? 'is empty' : `has the name of an image in the format ${format.name}, but does not begin as one`;
  throw new CorruptFileError(path, what);
}

async function companionError(path: string): Promise<UnsupportedError> {
  const names = await filesOfCompanion(path);
  const more = names.length > MOST_TOLD ? ` and ${names.length - MOST_TOLD} more` : '';
  const list = names.slice(0, MOST_TOLD).join(', ');
  return new UnsupportedError(path, `holds the metadata of a set of TIFF files; name one of them: ${list}${more}`);
}

async function readHead(path: string): Promise<Uint8Array> {
  let open: OpenFile | undefined;
  try {
    open = await openFile(path);
    const { handle } = open;
    const read = () => handle.read(new Uint8Array(HEAD_BYTES), 0, HEAD_BYTES, 0);
    const { buffer, bytesRead } = await withinTime(LEAST_MS, path, undefined, read);
    return buffer.subarray(0, bytesRead);
  } catch (error) {
    throw fileError(error, 'read', path);
  } finally {
    if (open) await closeFile(open.handle);
  }
}

function listFormats(): string {
  return IMAGE_FORMATS.map(({ name, extensions }) => `${name} (${extensions.join(', ')})`).join(', ');
}
