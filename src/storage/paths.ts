import os from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { InvalidInputError } from '../base/errors';

/** Gives the `file://` URI of an absolute path. */
export function toUri(absolutePath: string): string {
  return pathToFileURL(absolutePath).href;
}

/** Puts the user's home in place of a `~` that a path begins with. */
export function withHome(given: string, home: string = os.homedir()): string {
  return /^~(?=$|[/\\])/.test(given) ? home + given.slice(1) : given;
}

/**
 * Finds the path that a user's or a message's text stands for: a path as it is, `~` the user's home, or that of a
 * `file://` URI.
 * @throws InvalidInputError where it is empty, holds a null byte, or is a URI of another kind
 */
export function toPath(pathOrUri: string): string {
  if (typeof pathOrUri !== 'string' || pathOrUri.trim() === '' || pathOrUri.includes('\0')) {
    throw new InvalidInputError('path', 'the path of a file or folder', pathOrUri);
  }
  if (!/^[a-z][a-z0-9+.-]+:\/\//i.test(pathOrUri)) return withHome(pathOrUri);
  try {
    return fileURLToPath(pathOrUri);
  } catch {
    throw new InvalidInputError('path', 'a path or a file:// URI of this machine', pathOrUri);
  }
}

/** Tells whether `target` is `folder` or lies below it; both absolute. `flavour` is that of the paths' system. */
export function isInside(folder: string, target: string, flavour: typeof path.posix = path): boolean {
  const relative = flavour.relative(folder, target);
  // On Windows a path on another drive stays absolute.
  return relative !== '..' && !relative.startsWith(`..${flavour.sep}`) && !flavour.isAbsolute(relative);
}

/** What decides where a user's cached files belong; the defaults are this machine's. */
interface CachePlace {
  platform?: NodeJS.Platform;
  env?: NodeJS.ProcessEnv;
  home?: string;
}

/** Finds the folder for cached files of this package, by the system's custom. */
export function defaultCacheFolder(place: CachePlace = {}): string {
  const { platform = process.platform, env = process.env, home = os.homedir() } = place;
  const name = 'node-red-segmenter';
  if (platform === 'win32') {
    const local = env.LOCALAPPDATA ?? path.win32.join(home, 'AppData', 'Local');
    return path.win32.join(local, name, 'Cache');
  }
  if (platform === 'darwin') return path.posix.join(home, 'Library', 'Caches', name);
  const base = env.XDG_CACHE_HOME;
  return path.posix.join(base && path.posix.isAbsolute(base) ? base : path.posix.join(home, '.cache'), name);
}
