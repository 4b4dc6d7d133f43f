import { constants, type Dirent, type Stats } from 'node:fs';
import * as fs from 'node:fs/promises';
import { SegmenterError } from '../base/errors';

/**
 * What node:fs does, for places that belong to others: paths from messages and tables, folders of users. Their disk may
 * be dead, so everything has a time limit; they may be pipes or devices, which would be waited for without end.
 * Errors of the file system are thrown as node:fs throws them.
 */

/** Asks for the status of what a path leads to. @throws SegmenterError `timeout` */
export function stat(place: string): Promise<Stats> {
  return within(place, 'looking it up', () => fs.stat(place));
}

/** Asks for the status of what lies at a path, links not followed. @throws SegmenterError `timeout` */
export function lstat(place: string): Promise<Stats> {
  return within(place, 'looking it up', () => fs.lstat(place));
}

/**
 * Says what is at a place; null where nothing is, or what is there may not be seen.
 * @throws SegmenterError `timeout`
 */
export function lookAt(place: string): Promise<Stats | null> {
  return stat(place).catch(passTimeouts(null));
}

/** Resolves all links of a path. @throws SegmenterError `timeout` */
export function realpath(place: string): Promise<string> {
  return within(place, 'looking it up', () => fs.realpath(place));
}

/** Lists a folder. @throws SegmenterError `timeout` */
export function listFolder(folder: string): Promise<Dirent[]> {
  return within(folder, 'listing', () => fs.readdir(folder, { withFileTypes: true }));
}

/**
 * Lists a folder up to a number of entries, in no order.
 * @returns isAll: whether there are no more
 * @throws SegmenterError `timeout`
 */
export function listUpTo(folder: string, most: number): Promise<{ entries: Dirent[]; isAll: boolean }> {
  return within(folder, 'listing', async (signal) => {
    const entries: Dirent[] = [];
    for await (const entry of await fs.opendir(folder)) {
      if (entries.length === most || signal.aborted) return { entries, isAll: false };
      entries.push(entry);
    }
    return { entries, isAll: true };
  });
}

const PIECE = 2 ** 20;

/** A file that is open for reading. */
export interface OpenFile {
  handle: fs.FileHandle;
  status: Stats;
}

/**
 * Opens a file for reading. Nothing but a regular file is opened at all.
 * @throws SegmenterError `invalid-input` for a pipe, device or socket, `timeout`; EISDIR for a folder
 */
export async function openFile(place: string): Promise<OpenFile> {
  await requireFile(place);
  const open = await openAnything(place);
  try {
    // It may have become something else meanwhile.
    refuseOther(place, open.status);
    return open;
  } catch (error) {
    await closeFile(open.handle);
    throw error;
  }
}

/**
 * Opens whatever is at a place, without waiting for the other end of a pipe; for places where only status tells.
 * @param flags beside O_RDONLY
 * @throws SegmenterError `timeout`
 */
export async function openAnything(place: string, flags = 0): Promise<OpenFile> {
  const nonBlocking = constants.O_NONBLOCK ?? 0;
  const opening = async (signal: AbortSignal) => {
    const handle = await fs.open(place, constants.O_RDONLY | nonBlocking | flags);
    if (!signal.aborted) return handle;
    await handle.close();
    throw new SegmenterError('timeout', `${place}: was opened too late`, { path: place });
  };
  const handle = await within(place, 'opening', opening);
  try {
    return { handle, status: await within(place, 'looking it up', () => handle.stat()) };
  } catch (error) {
    await closeFile(handle);
    throw error;
  }
}

/** Checks that a regular file is there. @throws as {@link openFile} */
export async function requireFile(place: string): Promise<void> {
  refuseOther(place, await stat(place));
}

/** Reads the bytes of a whole file. @throws as {@link openFile} */
export async function readFile(place: string): Promise<Buffer<ArrayBuffer>> {
  const { handle, status } = await openFile(place);
  try {
    const bytes = await withinTime(timeLimit(status.size), place, undefined, (signal) => handle.readFile({ signal }));
    return bytes as Buffer<ArrayBuffer>;
  } finally {
    await closeFile(handle);
  }
}

/**
 * Reads the bytes of a file from `start` to before `end`, piece by piece; each piece is gone with the next.
 * @throws as {@link openFile}
 */
export async function* readPieces(
  place: string,
  start = 0,
  end = Number.POSITIVE_INFINITY,
): AsyncGenerator<Uint8Array> {
  const { handle } = await openFile(place);
  const piece = new Uint8Array(PIECE);
  try {
    for (let at = start; at < end; ) {
      const read = () => handle.read(piece, 0, Math.min(PIECE, end - at), at);
      const { bytesRead } = await within(place, 'reading', read);
      if (bytesRead === 0) return;
      yield piece.subarray(0, bytesRead);
      at += bytesRead;
    }
  } finally {
    await closeFile(handle);
  }
}

/** Reads the text of a whole file, UTF-8. @throws as {@link openFile} */
export async function readText(place: string): Promise<string> {
  return (await readFile(place)).toString('utf8');
}

/**
 * Reads the text of a file in a folder where this package writes: it makes no links there, and what one leads to may be
 * nobody's business.
 * @throws SegmenterError `not-allowed` for a link
 */
export async function readUnlinkedText(place: string): Promise<string> {
  if ((await lstat(place)).isSymbolicLink()) {
    throw new SegmenterError('not-allowed', `${place} is a link, expected a file`, { path: place });
  }
  return readText(place);
}

/** Closing may wait for a dead disk, too: whoever has read all needs not know. */
const CLOSE_MS = 5000;

/** Closes a file, or leaves it where its disk does not answer. */
export async function closeFile(handle: fs.FileHandle): Promise<void> {
  await withinTime(CLOSE_MS, 'a file', undefined, () => handle.close(), 'closing').catch((error: unknown) => {
    if (!(error instanceof SegmenterError)) throw error;
  });
}

/** Handles a `catch`: a time limit stays an error, any other failure gives a value. */
export function passTimeouts<T>(otherwise: T): (error: unknown) => T {
  return (error) => {
    if (error instanceof SegmenterError && error.code === 'timeout') throw error;
    return otherwise;
  };
}

function within<T>(place: string, doing: string, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  return withinTime(LEAST_MS, place, undefined, work, doing);
}

function refuseOther(place: string, status: Stats): void {
  if (status.isFile()) return;
  if (status.isDirectory()) throw Object.assign(new Error(`EISDIR: ${place} is a folder`), { code: 'EISDIR' });
  throw new SegmenterError('invalid-input', `${place} is ${kindOf(status)}, expected a file`, { path: place });
}

function kindOf(status: Stats): string {
  if (status.isFIFO()) return 'a named pipe';
  if (status.isSocket()) return 'a socket';
  return status.isCharacterDevice() || status.isBlockDevice() ? 'a device' : 'no file';
}

/** Anything asked of a disk may take so long, ... */
export const LEAST_MS = 60_000;
/** ... and reading and writing so much longer for each MB: a slow network share is no error. */
const MS_PER_MB = 1000;

/** Says how long reading or writing so many bytes may take. */
export function timeLimit(bytes: number): number {
  return LEAST_MS + MS_PER_MB * Math.ceil(bytes / 2 ** 20);
}

/**
 * Asks one thing of a disk and ends it where it takes too long: disks and network shares that hang give no error
 * themselves. What hangs keeps a thread of the process, which is of little use from then on.
 * @param ask is given a signal that is set on a cancel and when the time is over
 * @param doing what is done, in the error
 * @throws SegmenterError `timeout` naming the file; what `ask` throws
 */
export async function withinTime<T>(
  limitMs: number,
  path: string,
  signal: AbortSignal | undefined,
  ask: (signal: AbortSignal) => Promise<T>,
  doing = 'reading',
): Promise<T> {
  const over = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const expire = () => {
      const message = `${path}: ${doing} took longer than ${Math.round(limitMs / 1000)} s; is its disk or network share within reach?`;
      reject(new SegmenterError('timeout', message, { path, limitMs }));
      over.abort();
    };
    // A process that was busy itself finds the timer due before it has looked at what was read meanwhile.
    const lastChance = () => {
      timer = setTimeout(expire, Math.min(limitMs, 1000)).unref();
    };
    timer = setTimeout(lastChance, limitMs).unref();
  });
  const asking = ask(signal ? AbortSignal.any([signal, over.signal]) : over.signal);
  try {
    return await Promise.race([asking, late]);
  } finally {
    clearTimeout(timer);
  }
}
