import type { LruCache } from '../base/lru-cache';
import type { PixelArray } from '../image/dtype';

/** Decoded blocks of a file by their places, weighed in bytes. */
export type BlockCache = LruCache<string | number, PixelArray>;
