import { lstat, realpath } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { SegmenterError } from '../base/errors';
import { isInside, toPath } from './paths';
import { isWebAddress, resolveOnServers } from './servers';

/** The roots where the settings name none: the user's home and the system's temporary folder. */
export function defaultRoots(): string[] {
  return [os.homedir(), os.tmpdir()];
}

/**
 * The real, absolute path of a file or folder that exists or is about to be made, with all links resolved; an http(s)
 * address as it is, where it lies on an allowed server.
 * @param pathOrUri a path or `file://` URI; relative paths count from the working folder
 * @param roots folders that reading and writing is confined to, and addresses of servers that may be read
 * @throws SegmenterError `not-allowed` naming path and roots where it leads outside, over links or `..`
 */
export async function resolveInRoots(pathOrUri: string, roots: readonly string[]): Promise<string> {
  if (isWebAddress(pathOrUri)) return resolveOnServers(pathOrUri, roots);
  const given = path.resolve(toPath(pathOrUri));
  const folders = roots.filter((root) => !isWebAddress(root));
  const real = await realPathOf(given, folders);
  for (const root of folders) {
    // A root that cannot be looked up holds nothing; the message below lists it.
    const realRoot = await realPathOf(path.resolve(root), folders).catch(() => null);
    if (realRoot && isInside(realRoot, real)) return real;
  }
  throw notAllowed(given, folders, real === given ? 'lies' : `leads to ${real}, which lies`);
}

/** Links resolved in the part of the path that exists; the rest follows as it is. */
async function realPathOf(absolute: string, roots: readonly string[]): Promise<string> {
  const missing: string[] = [];
  for (let existing = absolute; ; existing = path.dirname(existing)) {
    try {
      return path.join(await realpath(existing), ...missing);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ELOOP') throw notAllowed(absolute, roots, 'holds links that lead in a circle, so it lies');
      if (code !== 'ENOENT' && code !== 'ENOTDIR') throw unreadable(absolute, error);
      // A link to nothing would be followed as soon as something is written to it.
      if (await isLink(existing))
        throw notAllowed(absolute, roots, `holds a link to nothing (${existing}), so it lies`);
      if (path.dirname(existing) === existing) return absolute;
      missing.unshift(path.basename(existing));
    }
  }
}

async function isLink(file: string): Promise<boolean> {
  const status = await lstat(file).catch(() => null);
  return status?.isSymbolicLink() ?? false;
}

function notAllowed(given: string, roots: readonly string[], how: string): SegmenterError {
  const list = roots.length > 0 ? roots.join(', ') : 'none';
  return new SegmenterError('not-allowed', `${given} ${how} outside the allowed folders (${list})`, {
    path: given,
    roots: [...roots],
  });
}

function unreadable(given: string, cause: unknown): SegmenterError {
  const message = cause instanceof Error ? cause.message : String(cause);
  return new SegmenterError('not-allowed', `${given} cannot be looked up: ${message}`, { path: given }, { cause });
}
