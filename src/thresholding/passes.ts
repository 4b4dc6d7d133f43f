import { SegmenterError } from '../base/errors';
import { type DType, dtypeOf, type PixelArray } from '../image/dtype';

/** The pixels of one image (one t and c) in chunks, so that images larger than memory can be read again and again. */
export interface PixelChunks {
  readonly dtype: DType;
  /** pixels in all chunks together */
  readonly count: number;
  /** Every pixel once, in C order; called once a pass. The chunks may be of any length, at least one pixel each. */
  chunks(): AsyncIterable<PixelArray> | Iterable<PixelArray>;
}

/** What looks at every pixel once. A chunk is valid until `add` returns. */
export interface Pass {
  add(chunk: PixelArray): void;
}

/**
 * An algorithm that needs the pixels several times: it yields a pass, and goes on when that has seen every pixel.
 * Written so, the same code serves pixels in memory and pixels that stream from a file.
 */
export type Passes<T> = Generator<Pass, T, void>;

/** Runs an algorithm over pixels in memory. */
export function runInMemory<T>(passes: Passes<T>, pixels: PixelArray): T {
  for (;;) {
    const next = passes.next();
    if (next.done) return next.value;
    next.value.add(pixels);
  }
}

/**
 * Runs an algorithm over streamed pixels.
 * @throws SegmenterError `internal` when the source delivers another type or number of pixels than it states
 */
export async function runStreamed<T>(passes: Passes<T>, source: PixelChunks): Promise<T> {
  for (;;) {
    const next = passes.next();
    if (next.done) return next.value;
    let seen = 0;
    for await (const chunk of source.chunks()) {
      if (dtypeOf(chunk) !== source.dtype)
        throw new SegmenterError('internal', `pixel chunk: expected ${source.dtype}, got ${dtypeOf(chunk)}`);
      seen += chunk.length;
      if (seen > source.count) break;
      next.value.add(chunk);
    }
    if (seen !== source.count)
      throw new SegmenterError('internal', `pixel chunks: expected ${source.count} pixels in all, got ${seen}`);
  }
}
