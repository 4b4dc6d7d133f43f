import { LruCache } from '../../../src/base/collections';

/** Pixels of a tile as they came. */
export interface LoadedTile {
  pixels: ArrayLike<number> & { byteLength: number };
  /** [rows, columns] */
  size: [number, number];
}

/** The address of a tile within one sample. */
export interface WantedTile {
  sample: string;
  key: string;
}

const AT_ONCE = 6;
const MAX_BYTES = 256 * 2 ** 20;
/** A tile that failed is asked for again after so long, milliseconds. */
const RETRY_AFTER = 3000;

/**
 * Loads the tiles that are in sight first, then those that soon may be, a few at a time; a request for what is neither
 * any more is aborted. What came is kept, the last used 256 MiB.
 */
export class TileLoader {
  private readonly loaded = new LruCache<string, LoadedTile>(MAX_BYTES);
  private readonly running = new Map<string, AbortController>();
  private readonly failed = new Map<string, number>();
  private readonly wanted = new Map<string, WantedTile[]>();
  private ahead: WantedTile[] = [];

  /**
   * @param load fetches one tile
   * @param onChange called when a tile came or failed
   */
  constructor(
    private readonly load: (tile: WantedTile, signal: AbortSignal) => Promise<LoadedTile>,
    private readonly onChange: (error?: unknown) => void,
    private readonly now: () => number = Date.now,
  ) {}

  get(tile: WantedTile): LoadedTile | undefined {
    return this.loaded.get(nameOf(tile));
  }

  /** What one view shows now; replaces what it showed before. */
  want(view: string, tiles: WantedTile[]): void {
    this.wanted.set(view, tiles);
    this.pump();
  }

  /** What may be shown next. */
  prefetch(tiles: WantedTile[]): void {
    this.ahead = tiles;
    this.pump();
  }

  /** Whether everything in sight is there. */
  get complete(): boolean {
    return [...this.wanted.values()].flat().every((tile) => this.loaded.has(nameOf(tile)));
  }

  get bytes(): number {
    return this.loaded.weight;
  }

  /** Failed tiles are tried again at once: the network is back. */
  retry(): void {
    this.failed.clear();
    this.pump();
  }

  private pump(): void {
    const order = [...[...this.wanted.values()].flat(), ...this.ahead];
    const names = new Set(order.map(nameOf));
    for (const [name, controller] of this.running) {
      if (names.has(name)) continue;
      this.running.delete(name);
      controller.abort();
    }
    for (const tile of order) {
      if (this.running.size >= AT_ONCE) break;
      const name = nameOf(tile);
      const waits = this.now() - (this.failed.get(name) ?? -Infinity) < RETRY_AFTER;
      if (!waits && !this.loaded.has(name) && !this.running.has(name)) void this.start(name, tile);
    }
  }

  private async start(name: string, tile: WantedTile): Promise<void> {
    const controller = new AbortController();
    this.running.set(name, controller);
    let problem: unknown;
    try {
      const loaded = await this.load(tile, controller.signal);
      // The newest is kept however large it is: it would be asked for without end.
      this.loaded.set(name, loaded, Math.min(loaded.pixels.byteLength, MAX_BYTES));
      this.failed.delete(name);
    } catch (error) {
      if (controller.signal.aborted) return;
      this.failed.set(name, this.now());
      problem = error;
    }
    if (this.running.get(name) === controller) this.running.delete(name);
    this.pump();
    this.onChange(problem);
  }
}

function nameOf({ sample, key }: WantedTile): string {
  return `${sample}?${key}`;
}
