import { setTimeout as sleep } from 'node:timers/promises';
import { CancelledError, InvalidInputError, SegmenterError, UnsupportedError } from '../../base/errors';
import { type ByteRange, cutShort, type StoreOptions, tooLarge, type ZarrStore } from './store';

/** A request that has not answered whole by then is given up. */
const TIMEOUT_MS = 30_000;
/** What fails on the way (no connection, 429, 5xx) is tried again after these pauses. */
const PAUSES_MS = [250, 1000, 4000];

/**
 * A Zarr hierarchy on a web server. Only addresses below the image's own are asked for; an answer that leads elsewhere
 * (a redirect) is an error. Whether the server may be asked at all is decided before (`storage/roots.ts`).
 */
export class HttpStore implements ZarrStore {
  private readonly base: URL;

  /** @param pauses milliseconds before each further try */
  constructor(
    address: string,
    private readonly pauses: readonly number[] = PAUSES_MS,
  ) {
    this.base = new URL(address);
    if (this.base.username || this.base.password) {
      throw new InvalidInputError('address', 'an address without a user and a password', this.base.origin);
    }
  }

  nameOf(key: string): string {
    const url = new URL(this.base);
    const path = key.split('/').map(encodeURIComponent).join('/');
    url.pathname = path === '' ? url.pathname : `${url.pathname.replace(/\/$/, '')}/${path}`;
    return url.href;
  }

  async stamp(): Promise<string> {
    return '';
  }

  async read(key: string, options: StoreOptions): Promise<Uint8Array<ArrayBuffer> | undefined> {
    return (await this.fetch(this.nameOf(key), {}, options))?.bytes;
  }

  async readRange(key: string, range: ByteRange, options: StoreOptions): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const name = this.nameOf(key);
    const length = 'offset' in range ? range.length : range.suffixLength;
    const whole = Number.isSafeInteger(length) && (!('offset' in range) || Number.isSafeInteger(range.offset));
    if (!whole || length < 0) throw cutShort(name, range, 0);
    if (length > options.maxBytes) throw tooLarge(`${name}, a chunk in it`, length, options.maxBytes);
    if (length === 0) return new Uint8Array(0);
    const wanted = 'offset' in range ? `${range.offset}-${range.offset + length - 1}` : `-${length}`;
    const answer = await this.fetch(name, { Range: `bytes=${wanted}` }, options);
    if (!answer) return undefined;
    if (answer.status !== 206) {
      throw new UnsupportedError(
        name,
        'the server gives no parts of files (Range requests), which a sharded image needs',
      );
    }
    if (answer.bytes.byteLength !== length) throw cutShort(name, range, answer.bytes.byteLength);
    return answer.bytes;
  }

  private async fetch(
    name: string,
    headers: Record<string, string>,
    options: StoreOptions,
  ): Promise<{ status: number; bytes: Uint8Array<ArrayBuffer> } | undefined> {
    for (let attempt = 0; ; attempt++) {
      const pause = this.pauses[attempt];
      try {
        return await request(name, headers, options);
      } catch (error) {
        if (options.signal?.aborted) throw new CancelledError('reading');
        if (!(error instanceof Passing)) throw error;
        if (pause === undefined) throw unreachable(name, error, attempt + 1);
      }
      await sleep(pause, undefined, { signal: options.signal }).catch(() => {
        throw new CancelledError('reading');
      });
    }
  }
}

/** A failure that may be over in a moment. */
class Passing extends Error {}

async function request(
  name: string,
  headers: Record<string, string>,
  { signal, maxBytes }: StoreOptions,
): Promise<{ status: number; bytes: Uint8Array<ArrayBuffer> } | undefined> {
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  try {
    const response = await fetch(name, {
      headers,
      redirect: 'manual',
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
    });
    const { status } = response;
    if (status === 200 || status === 206) return { status, bytes: await bodyOf(response, name, maxBytes) };
    await response.body?.cancel();
    if (status === 404 || status === 410) return undefined;
    if (status === 429 || status >= 500) throw new Passing(`status ${status} ${response.statusText}`.trim());
    throw refused(name, response);
  } catch (error) {
    if (error instanceof SegmenterError || error instanceof Passing) throw error;
    if (timeout.aborted) throw new Passing(`no answer within ${TIMEOUT_MS / 1000} s`, { cause: error });
    const { message, cause } = error as Error;
    throw new Passing(cause instanceof Error ? cause.message || message : message, { cause: error });
  }
}

/** The body, no more of it than is expected: a server may say anything of its length. */
async function bodyOf(response: Response, name: string, maxBytes: number): Promise<Uint8Array<ArrayBuffer>> {
  const promised = Number(response.headers.get('content-length') ?? 0);
  if (promised > maxBytes) {
    await response.body?.cancel();
    throw tooLarge(name, promised, maxBytes);
  }
  const pieces: Uint8Array[] = [];
  let total = 0;
  for await (const piece of response.body ?? []) {
    total += piece.byteLength;
    if (total > maxBytes) throw tooLarge(name, total, maxBytes);
    pieces.push(piece);
  }
  const bytes = new Uint8Array(total);
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.byteLength;
  }
  return bytes;
}

function refused(name: string, { status, statusText, headers }: Response): SegmenterError {
  const details = { url: name, status };
  if (status >= 300 && status < 400) {
    const to = headers.get('location') ?? 'elsewhere';
    return new SegmenterError(
      'not-allowed',
      `${name}: the server leads to ${to} (status ${status}), which is not followed`,
      details,
    );
  }
  const code = status === 401 || status === 403 ? 'not-allowed' : 'unsupported';
  return new SegmenterError(code, `${name}: the server answered ${`status ${status} ${statusText}`.trim()}`, details);
}

function unreachable(name: string, cause: Passing, attempts: number): SegmenterError {
  const tries = attempts === 1 ? 'one try' : `${attempts} tries`;
  return new SegmenterError('not-found', `${name}: ${cause.message}, after ${tries}`, { url: name }, { cause });
}
