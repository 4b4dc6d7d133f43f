import { setTimeout as sleep } from 'node:timers/promises';
import type { ErrorCode } from '../../../base/error-codes';
import { CancelledError, SegmenterError } from '../../../base/errors';
import { type Bundle, checkBundle } from '../../io/bundle';
import type { JobData } from '../job-data';
import { checkSavedRun, type SavedRun } from '../transfer/saved-run';
import { LENGTH_HEADER, OFFSET_HEADER, PIECE_BYTES } from '../transfer/wire';
import { MountError } from './mount-error';

/** One request with its answer may take so long. */
const REQUEST_MS = 60_000;
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 10_000;
/** What proxies say while the machine behind them is away. */
const AWAY = [502, 503, 504];

/** A file that is read while it is sent. */
export interface SentFile {
  size: number;
  sha256: string;
  /** Gives the bytes from `start` to before `end`. */
  read(start: number, end: number): Promise<Uint8Array<ArrayBuffer>>;
}

interface Asking {
  method: 'GET' | 'HEAD' | 'PATCH' | 'PUT';
  headers?: Record<string, string>;
  body?: Uint8Array<ArrayBuffer> | string;
}

/**
 * Talks over HTTP with the machine that asked for a job, in pieces that are asked for again where a connection is cut, for as
 * long as the patience lasts.
 */
export class AskerClient {
  private readonly base: string;

  /**
   * @param signal ends all of it
   * @param patienceMs how long the other machine may be away
   */
  constructor(
    private readonly sent: NonNullable<JobData['sent']>,
    private readonly signal: AbortSignal | undefined,
    private readonly patienceMs: number,
  ) {
    this.base = `${sent.address.replace(/\/$/, '')}/segmenter/transfer/${sent.id}`;
  }

  /** Fetches a list of files. @throws MountError where the other machine cannot be reached; SegmenterError by what it says */
  async bundle(key: string): Promise<Bundle> {
    const answer = await this.ask(`bundles/${key}`, { method: 'GET' });
    return checkBundle(await answer.json(), key);
  }

  /** Fetches the bytes of a file from `start` on: a piece, not more than to before `end`. @throws as {@link bundle} */
  async piece(sha256: string, start: number, end: number): Promise<Uint8Array> {
    const to = Math.min(end, start + PIECE_BYTES);
    const answer = await this.ask(`files/${sha256}`, { method: 'GET', headers: { range: `bytes=${start}-${to - 1}` } });
    const bytes = new Uint8Array(await answer.arrayBuffer());
    if (bytes.length > 0 && bytes.length <= to - start) return bytes;
    throw this.unlike(`${bytes.length} bytes where at most ${to - start} were asked for`);
  }

  /** Sends a file, from where it was sent before. @throws as {@link bundle}, `changed` where it changes meanwhile */
  async send({ size, sha256, read }: SentFile): Promise<void> {
    const address = `received/${sha256}`;
    let offset = offsetIn(await this.ask(address, { method: 'HEAD' }));
    let stuck = 0;
    while (offset < size || size === 0) {
      const bytes = await read(offset, Math.min(size, offset + PIECE_BYTES));
      const headers = {
        'content-type': 'application/octet-stream',
        ...{ [OFFSET_HEADER]: String(offset), [LENGTH_HEADER]: String(size) },
      };
      const next = offsetIn(await this.ask(address, { method: 'PATCH', headers, body: bytes }, [409]));
      if (size === 0) return;
      stuck = next > offset ? 0 : stuck + 1;
      // Somebody else sends the same, or an answer was lost: it goes on where the other machine is.
      if (stuck > 3) throw this.unlike(`the same offset ${next} of ${size} again and again`);
      offset = next;
    }
  }

  /** Gives what the job, a training, has saved on another worker. */
  async savedRun(): Promise<SavedRun | null> {
    const found: unknown = await (await this.ask('run', { method: 'GET' })).json();
    return found === null ? null : checkSavedRun(found);
  }

  /** Says what the training has saved; its files were sent before. */
  async keepRun(run: SavedRun): Promise<void> {
    // Node-RED reads bodies that call themselves JSON, up to a size of its own.
    const headers = { 'content-type': 'application/octet-stream' };
    await this.ask('run', { method: 'PUT', headers, body: JSON.stringify(run) });
  }

  private async ask(what: string, { method, headers, body }: Asking, alsoTaken: number[] = []): Promise<Response> {
    const begin = performance.now();
    for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(LONGEST_PAUSE_MS, 2 * pause)) {
      let problem: string;
      try {
        const answer = await this.fetch(what, { method, headers, body });
        if (answer.ok || alsoTaken.includes(answer.status)) return answer;
        if (!AWAY.includes(answer.status)) throw await this.refusal(answer);
        problem = `HTTP status ${answer.status}`;
      } catch (error) {
        if (error instanceof SegmenterError) throw error;
        problem = reasonOf(error);
      }
      if (this.signal?.aborted) throw new CancelledError('sending files');
      if (performance.now() - begin > this.patienceMs) throw this.unreachable(problem);
      await sleep(pause, undefined, { signal: this.signal }).catch(() => undefined);
    }
  }

  private async fetch(what: string, { method, headers, body }: Asking): Promise<Response> {
    const late = AbortSignal.timeout(REQUEST_MS);
    const answer = await fetch(`${this.base}/${what}`, {
      ...{ method, body, redirect: 'error' },
      headers: { ...headers, authorization: `Bearer ${this.sent.token}` },
      signal: this.signal ? AbortSignal.any([this.signal, late]) : late,
    });
    // A connection that is cut in the middle of an answer is one that failed.
    const bytes = method === 'HEAD' || answer.status === 204 ? null : await answer.arrayBuffer();
    return new Response(bytes, { status: answer.status, headers: answer.headers });
  }

  private async refusal(answer: Response): Promise<SegmenterError> {
    const said = (await answer.json().catch(() => null)) as { code?: unknown; message?: unknown } | null;
    if (typeof said?.code !== 'string' || typeof said.message !== 'string') {
      return this.unlike(`HTTP status ${answer.status} and no reason`);
    }
    return new SegmenterError(said.code as ErrorCode, `${this.sent.address}: ${said.message}`);
  }

  private unreachable(problem: string): MountError {
    const message = `the Node-RED that asked cannot be reached from here at ${this.sent.address} (${problem}); is this the address in its compute node, and open in its firewall?`;
    return new MountError('timeout', message, { address: this.sent.address });
  }

  private unlike(what: string): MountError {
    const message = `${this.sent.address} answered with ${what}: is it the Node-RED that asked, and of this version of the package?`;
    return new MountError('unsupported', message, { address: this.sent.address });
  }
}

function offsetIn(answer: Response): number {
  const text = answer.headers.get(OFFSET_HEADER) ?? '';
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new MountError('unsupported', `an answer without ${OFFSET_HEADER}: is there another program at the address?`);
}

function reasonOf(error: unknown): string {
  const { cause, message } = error as Error & { cause?: { code?: unknown; message?: unknown } };
  return String(cause?.code ?? cause?.message ?? message);
}
