import { constants } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { SegmenterError, throwIfCancelled } from '../../base/errors';
import { fileError } from '../../storage/file-error';
import { closeFile, lookAt, type OpenFile, openAnything, realpath } from '../../storage/outside-files';
import { isInside } from '../../storage/paths';
import { type ByteRange, cutShort, type StoreOptions, tooLarge, type ZarrStore } from './store';

/** A name that promises a Zarr image. */
const NAMED = /.\.zarr$/i;
/** Files of which every node of a hierarchy has one. */
const NODES = ['zarr.json', '.zgroup', '.zarray'];
/** Files with the metadata of a group or array. */
const METADATA = [...NODES, '.zattrs'];

/** Tells whether the last name of a path promises a Zarr image. */
export function isNamedZarr(place: string): boolean {
  return NAMED.test(path.basename(place));
}

/** Tells whether a folder of these entries is a node of a Zarr hierarchy. */
export function holdsZarrMetadata(entries: readonly { name: string }[]): boolean {
  return entries.some(({ name }) => NODES.includes(name));
}

/**
 * Finds the outermost folder above a path, or the path itself, that is named like a Zarr image; null where there is
 * none.
 */
export function zarrFolderAbove(absolute: string): string | null {
  const parts = absolute.split(path.sep);
  const at = parts.findIndex((part) => NAMED.test(part));
  return at < 0 ? null : parts.slice(0, at + 1).join(path.sep);
}

/**
 * Tells whether a path is a Zarr image, or a group or array in one, and not a folder of images: by its name, by a folder
 * above it, or by the metadata in it.
 */
export async function isZarrFolder(folder: string): Promise<boolean> {
  const status = await lookAt(folder);
  if (!status?.isDirectory()) return false;
  if (zarrFolderAbove(path.resolve(folder)) !== null) return true;
  const found = await Promise.all(NODES.map((name) => lookAt(path.join(folder, name))));
  return found.some((file) => file?.isFile());
}

/** Tells whether a Zarr image has a file of this name: metadata, and chunks of levels that are named by numbers. */
export function isNameInZarr(name: string): boolean {
  return /^(\d+\/)?(zarr\.json|\.zgroup|\.zarray|\.zattrs|\.zmetadata)$|^\d+\/(c[/.])?\d+([/.]\d+)*$/.test(name);
}

/** One `read` call takes at most 2 GiB; smaller pieces also keep a cancelled read short. */
const PIECE = 64 * 2 ** 20;
/** Folders whose links were looked up are remembered up to this many. */
const KNOWN_FOLDERS = 10_000;

/**
 * A Zarr hierarchy in a folder. Links that lead out of the image are refused: the image's folder was allowed, not what
 * it points to.
 */
export class FolderStore implements ZarrStore {
  private readonly known = new Set<string>();

  private constructor(
    private readonly folder: string,
    /** real path of the outermost .zarr folder */
    private readonly top: string,
  ) {}

  /** @throws SegmenterError `not-found`, `not-allowed` */
  static async open(folder: string): Promise<FolderStore> {
    const real = await realpath(folder).catch((error) => {
      throw fileError(error, 'read', folder);
    });
    return new FolderStore(folder, zarrFolderAbove(real) ?? real);
  }

  nameOf(key: string): string {
    return path.join(this.folder, key);
  }

  async stamp(): Promise<string> {
    const files = ['', ...METADATA].map((name) => lookAt(path.join(this.folder, name)));
    return (await Promise.all(files)).map((file) => file && [file.ino, file.size, file.ctimeMs].join()).join(' ');
  }

  read(key: string, options: StoreOptions): Promise<Uint8Array<ArrayBuffer> | undefined> {
    return this.withFile(key, (handle, name, size) => {
      if (size > options.maxBytes) throw tooLarge(name, size, options.maxBytes);
      return readBytes(handle, name, 0, size, options.signal);
    });
  }

  readRange(key: string, range: ByteRange, options: StoreOptions): Promise<Uint8Array<ArrayBuffer> | undefined> {
    return this.withFile(key, (handle, name, size) => {
      const length = 'offset' in range ? range.length : range.suffixLength;
      const offset = 'offset' in range ? range.offset : size - range.suffixLength;
      const whole = Number.isSafeInteger(offset) && Number.isSafeInteger(length) && offset >= 0 && length >= 0;
      if (!whole || offset + length > size) throw cutShort(name, range, size);
      if (length > options.maxBytes) throw tooLarge(`${name}, a chunk in it`, length, options.maxBytes);
      return readBytes(handle, name, offset, length, options.signal);
    });
  }

  private async withFile<T>(
    key: string,
    use: (handle: FileHandle, name: string, size: number) => Promise<T>,
  ): Promise<T | undefined> {
    const name = this.nameOf(key);
    let open: OpenFile | undefined;
    try {
      await this.checkFolder(path.dirname(name));
      open = await openAnything(name, constants.O_NOFOLLOW ?? 0);
      const { handle, status } = open;
      if (!status.isFile()) return undefined;
      return await use(handle, name, status.size);
    } catch (error) {
      const { code } = (error ?? {}) as NodeJS.ErrnoException;
      if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EISDIR') return undefined;
      if (code === 'ELOOP') throw leadsOut(name);
      throw fileError(error, 'read', name);
    } finally {
      if (open) await closeFile(open.handle);
    }
  }

  private async checkFolder(folder: string): Promise<void> {
    if (this.known.has(folder)) return;
    const real = await realpath(folder);
    if (!isInside(this.top, real)) throw leadsOut(folder);
    if (this.known.size >= KNOWN_FOLDERS) this.known.clear();
    this.known.add(folder);
  }
}

function leadsOut(name: string): SegmenterError {
  return new SegmenterError('not-allowed', `${name} is a link that leads out of the Zarr image`, { path: name });
}

async function readBytes(
  handle: FileHandle,
  name: string,
  offset: number,
  length: number,
  signal: AbortSignal | undefined,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(length);
  for (let done = 0; done < length; ) {
    throwIfCancelled(signal, 'reading');
    const piece = Math.min(PIECE, length - done);
    const { bytesRead } = await handle.read(bytes, done, piece, offset + done);
    if (bytesRead === 0) throw cutShort(name, { offset, length }, offset + done);
    done += bytesRead;
  }
  return bytes;
}
