import type { LruCache } from '../base/collections';
import { CancelledError, SegmenterError, throwIfCancelled } from '../base/errors';
import { allocate, bytesPerPixel, type DType, type PixelArray } from '../image/dtype';
import { count, type Shape5 } from '../image/region';

interface Waiting {
  bytes: number;
  start(): void;
}

/** Bounds the memory that is in work at a time: who needs some waits until so much is free, in the order of asking. */
export class ByteBudget {
  private used = 0;
  private readonly waiting: Waiting[] = [];

  /** @param most bytes in work at a time; what needs more is done alone */
  constructor(private readonly most: number) {}

  /**
   * Waits for its turn. Nobody may ask for more while holding some.
   * @returns gives the bytes back; more than one call does nothing more
   * @throws CancelledError
   */
  async take(bytes: number, signal?: AbortSignal): Promise<() => void> {
    const wanted = Math.min(this.most, bytes);
    throwIfCancelled(signal, 'reading');
    if (this.waiting.length > 0 || this.used + wanted > this.most) await this.turn(wanted, signal);
    else this.used += wanted;
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.used -= wanted;
      this.startNext();
    };
  }

  /** Does something that needs so many bytes until it is done. */
  async run<T>(bytes: number, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    const giveBack = await this.take(bytes, signal);
    try {
      return await work();
    } finally {
      giveBack();
    }
  }

  private turn(bytes: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const cancel = (): void => {
        this.waiting.splice(this.waiting.indexOf(entry), 1);
        reject(new CancelledError('reading'));
        this.startNext();
      };
      const entry: Waiting = {
        bytes,
        start: () => {
          signal?.removeEventListener('abort', cancel);
          resolve();
        },
      };
      signal?.addEventListener('abort', cancel, { once: true });
      this.waiting.push(entry);
    });
  }

  private startNext(): void {
    while (this.waiting.length > 0 && this.used + this.waiting[0].bytes <= this.most) {
      const next = this.waiting.shift() as Waiting;
      this.used += next.bytes;
      next.start();
    }
  }
}

/**
 * Module state on purpose: memory is the process's. All decoders of compressed blocks share it, for a file of a few
 * kilobytes may hold blocks of half a gigabyte, and several are decoded at a time.
 */
export const DECODING = new ByteBudget(512 * 2 ** 20);

/** Allocates room for a block of an image. @throws SegmenterError `invalid-input` where memory does not hold it */
export function allocateBlock(dtype: DType, size: Shape5, path: string): PixelArray {
  try {
    return allocate(dtype, count(size));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const gigabytes = ((count(size) * bytesPerPixel(dtype)) / 2 ** 30).toFixed(1);
    throw new SegmenterError(
      'invalid-input',
      `${path}: a block of [${size}] ${dtype} pixels (${gigabytes} GiB) does not fit into memory; read smaller regions`,
      { path, size },
      { cause: error },
    );
  }
}

/** Decoded blocks of a file by their places, weighed in bytes. */
export type BlockCache = LruCache<string | number, PixelArray>;
