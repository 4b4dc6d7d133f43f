import { LruCache } from '../../../src/base/collections';
import { RefusedError } from '../../shared/logic/refused-error';
import type { Api } from './api';

const AT_ONCE = 3;
const MOST = 400;

/** Loads the small pictures of the rows that are in sight, the last asked for first, and keeps the last ones. */
export class Thumbnails {
  private readonly known = new LruCache<string, string>(MOST, (address) => URL.revokeObjectURL(address));
  private waiting: Array<{ id: string; picture: HTMLImageElement }> = [];
  private running = 0;
  /** those that cannot be made */
  private readonly missing = new LruCache<string, true>(MOST);

  constructor(private readonly api: Api) {}

  /** Shows a thumbnail in an element, as soon as it is there and the element still is. */
  show(id: string, picture: HTMLImageElement): void {
    const address = this.known.get(id);
    if (address) {
      picture.src = address;
      return;
    }
    if (this.missing.has(id)) return;
    this.waiting.push({ id, picture });
    // Rows come many at once, before they are part of the page.
    requestAnimationFrame(() => this.pump());
  }

  private pump(): void {
    this.waiting = this.waiting.filter(({ picture }) => picture.isConnected);
    while (this.running < AT_ONCE) {
      const next = this.waiting.pop();
      if (!next) return;
      this.running++;
      void this.load(next.id, next.picture);
    }
  }

  private async load(id: string, picture: HTMLImageElement): Promise<void> {
    const left = new AbortController();
    // Whoever scrolls on waits for others.
    const watch = setInterval(() => !picture.isConnected && left.abort(), 200);
    try {
      const address = this.known.get(id) ?? URL.createObjectURL(await this.api.thumbnail(id, left.signal));
      this.known.set(id, address);
      picture.src = address;
    } catch (error) {
      // Whoever opens the sample is told why; here its place stays empty.
      if (error instanceof RefusedError && error.status !== 401) this.missing.set(id, true);
    } finally {
      clearInterval(watch);
      this.running--;
      this.pump();
    }
  }
}
