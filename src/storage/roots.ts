import { AsyncLocalStorage } from 'node:async_hooks';
import os from 'node:os';
import path from 'node:path';
import { messageOf, SegmenterError } from '../base/errors';
import { lstat, passTimeouts, realpath, withinTime } from './outside-files';
import { isInside, toPath } from './paths';

const ROOT_LIMIT_MS = 5000;

/** Lists the roots where the settings name none: the user's home and the system's temporary folder. */
export function defaultRoots(): string[] {
  return [os.homedir(), os.tmpdir()];
}

/** The environment variable that names more roots, as `PATH` names folders. */
const ROOTS_VARIABLE = 'SEGMENTER_ROOTS';

/** Lists the roots that the environment adds to those of the settings. */
export function rootsOfEnvironment(env: NodeJS.ProcessEnv = process.env): string[] {
  return (env[ROOTS_VARIABLE] ?? '').split(path.delimiter).flatMap((root) => (root.trim() === '' ? [] : [root.trim()]));
}

/** Module state on purpose: what a file names is found far below of where a job knows its roots. */
const OF_WORK = new AsyncLocalStorage<readonly string[]>();

/** Runs work whose files may name other files that lie in these roots. */
export function withRoots<T>(roots: readonly string[], work: () => Promise<T>): Promise<T> {
  return OF_WORK.run(roots, work);
}

/** Gives the roots that the work going on is confined to; null where nobody said it. */
export function rootsOfWork(): readonly string[] | null {
  return OF_WORK.getStore() ?? null;
}

/**
 * Resolves the real, absolute path of a file or folder that exists or is about to be made, with all links resolved; an
 * http(s) address as it is, where it lies on an allowed server. A path that lies in no root by its text, be it the
 * roots' own or that of their real paths, is refused before its own disk is asked for anything.
 * @param pathOrUri a path or `file://` URI; relative paths count from the working folder
 * @param roots folders that reading and writing is confined to, and addresses of servers that may be read
 * @throws SegmenterError `not-allowed` naming path and roots where it leads outside, over links or `..`; `timeout`
 *   where its disk does not answer
 */
export async function resolveInRoots(pathOrUri: string, roots: readonly string[]): Promise<string> {
  if (isWebAddress(pathOrUri)) return resolveOnServers(pathOrUri, roots);
  const given = path.resolve(toPath(pathOrUri));
  const folders = roots.filter((root) => !isWebAddress(root));
  const named = folders.filter((root) => isInside(path.resolve(root), given));
  const others = folders.filter((root) => !named.includes(root));
  if (named.length === 0 && !(await isWithin(others, given))) throw outsideRoots(given, folders, given);
  const real = await realPathOf(given, folders);
  // A root whose disk is dead is only asked where the path's own root does not hold it.
  if ((await isWithin(named, real)) || (await isWithin(others, real))) return real;
  throw outsideRoots(given, folders, real);
}

/**
 * Whether a path lies in the real path of one of the roots.
 * @throws SegmenterError `timeout` where a root does not answer and no other one holds the path
 */
async function isWithin(roots: readonly string[], real: string): Promise<boolean> {
  const answers = roots.map(async (root) => {
    // A root that cannot be looked up holds nothing; the message lists it.
    const realRoot = await inTime(root, realPathOf(path.resolve(root), roots)).catch(passTimeouts(null));
    if (realRoot === null || !isInside(realRoot, real)) throw new NotHere();
  });
  try {
    await Promise.any(answers);
    return true;
  } catch (error) {
    const reasons = (error as AggregateError).errors as unknown[];
    const dead = reasons.find((reason) => !(reason instanceof NotHere));
    if (dead) throw dead;
    return false;
  }
}

/** For the roots that do not hold a path; never seen outside. */
class NotHere extends Error {}

/** A root is looked up once for each path: its disk gets less time than that of a file. */
function inTime<T>(root: string, looking: Promise<T>): Promise<T> {
  return withinTime(ROOT_LIMIT_MS, root, undefined, () => looking, 'looking up this root');
}

/** Links resolved in the part of the path that exists; the rest follows as it is. */
async function realPathOf(absolute: string, roots: readonly string[]): Promise<string> {
  const missing: string[] = [];
  for (let existing = absolute; ; existing = path.dirname(existing)) {
    try {
      return path.join(await realpath(existing), ...missing);
    } catch (error) {
      if (error instanceof SegmenterError) throw error;
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
  const status = await lstat(file).catch(passTimeouts(null));
  return status?.isSymbolicLink() ?? false;
}

function notAllowed(given: string, roots: readonly string[], how: string): SegmenterError {
  const list = roots.length > 0 ? roots.join(', ') : 'none';
  return new SegmenterError('not-allowed', `${given} ${how} outside the allowed folders (${list})`, {
    path: given,
    roots: [...roots],
  });
}

/** @param outside what would have to be allowed: the path itself, or where its links lead */
function outsideRoots(given: string, roots: readonly string[], outside: string): SegmenterError {
  const folder = folderOf(outside);
  const how = outside === given ? 'lies' : `leads to ${outside}, which lies`;
  // What lies within another root adds nothing to a list that a person copies.
  const needed = roots.filter((root) => !roots.some((other) => other !== root && isInside(other, root)));
  const line = `roots: ${JSON.stringify([...needed, folder])}`;
  const shown = /^[\w./:\\-]+$/.test(folder) ? folder : JSON.stringify(folder);
  const { message, details } = notAllowed(given, roots, how);
  const hint = `To allow it, start with: npm start -- --data ${shown}; or set ${ROOTS_VARIABLE}=${shown}; or write in Node-RED's settings.js, below segmenter: ${line}; then restart Node-RED`;
  return new SegmenterError('not-allowed', `${message}. ${hint}`, { ...details, folder });
}

/** The folder that holds a file, by its name: nothing outside the roots is asked what it is. */
function folderOf(outside: string): string {
  const isFile = path.extname(outside) !== '' && path.dirname(outside) !== path.parse(outside).root;
  return isFile ? path.dirname(outside) : outside;
}

function unreadable(given: string, cause: unknown): SegmenterError {
  const message = messageOf(cause);
  return new SegmenterError('not-allowed', `${given} cannot be looked up: ${message}`, { path: given }, { cause });
}

/** Tells whether a text is an http(s) address, as against a path or `file://` URI. */
export function isWebAddress(text: string): boolean {
  return /^https?:\/\//i.test(text.trim());
}

/**
 * Resolves an address on one of the servers that may be asked, normalised (no `..`, host in lower case).
 * @param places addresses that reading is confined to, each with all below it; places that are no addresses do not count
 * @throws SegmenterError `not-allowed` naming the address and the setting
 */
export function resolveOnServers(address: string, places: readonly string[]): string {
  const url = parse(address);
  const servers = places.filter(isWebAddress);
  // A slash that is written as %2F may become one again on the server, and `..%2F` a way out.
  const plain = url !== null && url.username === '' && url.password === '' && !/%2f|%5c|%00/i.test(url.pathname);
  if (plain && servers.some((server) => holds(server, url))) return url.href;
  const list = servers.length > 0 ? servers.join(', ') : 'none';
  throw new SegmenterError(
    'not-allowed',
    `${url && plain ? url.href : address} lies on no allowed server (${list}); add its address to segmenter.servers in Node-RED's settings.js`,
    { url: address, servers },
  );
}

function holds(server: string, { origin, pathname }: URL): boolean {
  const allowed = parse(server);
  if (!allowed || allowed.origin !== origin) return false;
  const folder = withoutSlashes(allowed.pathname);
  return pathname === folder || pathname.startsWith(`${folder}/`);
}

function withoutSlashes(pathname: string): string {
  let end = pathname.length;
  while (pathname[end - 1] === '/') end--;
  return pathname.slice(0, end);
}

function parse(address: string): URL | null {
  try {
    return new URL(address.trim());
  } catch {
    return null;
  }
}

/** Gives host and path of an address as folder names, for example `data.lab.example/plates/a.zarr`. */
export function pathOnServer(address: string): string {
  const { host, pathname } = new URL(address);
  const names = pathname.split('/').filter((name) => name !== '');
  return [host, ...names.map(decoded)].join('/');
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
