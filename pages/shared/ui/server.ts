import { type DType, viewAs } from '../../../src/image/dtype';
import { editorToken } from '../logic/editor-token';
import { RefusedError } from '../logic/refused-error';
import type { LoadedTile, WantedTile } from '../logic/tile-loader';

/** Nobody answers: Node-RED is away, or the network is. */
export class UnreachableError extends Error {
  override readonly name = 'UnreachableError';
}

/**
 * The routes of a node, relative to its page; every request carries the editor's token in its header, and what changes
 * something one that pages of other sites cannot read.
 */
export class Server {
  private token = '';

  /** @param onLoggedOut called where the server asks for a login */
  constructor(private readonly onLoggedOut: () => void) {}

  async tile({ sample, key }: WantedTile, signal: AbortSignal): Promise<LoadedTile> {
    const response = await this.request(`tile/${encodeURIComponent(sample)}?${key}`, { signal });
    const dtype = (response.headers.get('x-dtype') ?? 'uint8') as DType;
    const [rows, columns] = (response.headers.get('x-shape') ?? '').split(',').map(Number);
    const pixels = viewAs(dtype, new Uint8Array(await response.arrayBuffer()));
    if (rows * columns !== pixels.length)
      throw new Error(`tile ${key}: ${pixels.length} pixels for ${rows} x ${columns}`);
    return { pixels, size: [rows, columns] };
  }

  /** The server has another token after a restart, and says so. */
  protected async change(address: string, options: RequestInit): Promise<Response> {
    const send = () => this.fetch(address, { ...options, headers: { ...options.headers, 'x-segmenter': this.token } });
    const before = this.token;
    const response = await send();
    return response.status === 403 && this.token !== before ? send() : response;
  }

  protected async request(address: string, options: RequestInit = {}): Promise<Response> {
    const response = await this.fetch(address, options);
    if (!response.ok) throw await refusal(response);
    return response;
  }

  private async fetch(address: string, options: RequestInit): Promise<Response> {
    const token = editorToken(localStorage, location.pathname);
    const headers = { ...options.headers, ...(token ? { authorization: `Bearer ${token}` } : {}) };
    const response = await reach(new URL(address, new URL('.', location.href)), { ...options, headers });
    this.token = response.headers.get('x-segmenter') ?? this.token;
    if (response.status === 401) this.onLoggedOut();
    // A proxy whose server is away answers in its place: as good as no network.
    if (response.status === 502 || response.status === 503 || response.status === 504) {
      throw new UnreachableError(`the server is not there (${response.status})`);
    }
    return response;
  }
}

async function reach(address: URL, options: RequestInit): Promise<Response> {
  try {
    return await fetch(address, options);
  } catch (cause) {
    if (options.signal?.aborted) throw cause;
    throw new UnreachableError('the server cannot be reached', { cause });
  }
}

/** What the server says against a request. */
export async function refusal(response: Response): Promise<RefusedError> {
  const answer: unknown = await response.json().catch(() => null);
  const message = (answer as { error?: { message?: string } } | null)?.error?.message;
  return new RefusedError(message ?? `${response.status} ${response.statusText}`, response.status);
}
