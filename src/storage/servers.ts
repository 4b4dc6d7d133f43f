import { SegmenterError } from '../base/errors';

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
