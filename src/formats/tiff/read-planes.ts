import { throwIfCancelled } from '../../base/errors';
import { forEachConcurrently } from '../../base/long-work';
import { bytesOf, type PixelArray } from '../../image/dtype';
import { type BlockCache, DECODING } from '../byte-budget';
import type { RandomAccessFile } from '../random-access-file';
import { bytesInWork, type DecodedRows, readBlock } from './blocks/decode-block';
import { swapBytes } from './blocks/unpack-samples';
import { blockRows, type Page, rowBytes } from './page';
import { isPlain } from './sample-type';

/** A window of one page's samples and where each goes in the destination. */
export interface PlaneRequest {
  page: Page;
  /** sample number and the destination's pixel index where its window begins */
  samples: Array<{ sample: number; at: number }>;
}

/** Rows and columns wanted of every plane. */
export interface Window {
  y: number;
  x: number;
  height: number;
  width: number;
}

/** Blocks in work at a time: zlib has four threads, and the file is read meanwhile. */
const AT_ONCE = 4;
/** Bytes of a long run read at a time, a multiple of every pixel's size: most of the time goes into fresh memory. */
const PIECE = 4 * 2 ** 20;

/**
 * Reads the same window of many planes into one array, each plane's window contiguous.
 * @param into zeros, which stay where a block is absent
 * @param cache keeps decoded blocks that reach beyond the window, for the reads that follow
 */
export async function readPlanes(
  requests: Iterable<PlaneRequest>,
  window: Window,
  into: PixelArray,
  cache: BlockCache,
  signal?: AbortSignal,
): Promise<void> {
  const direct = new DirectRuns(window, into);
  const decoded: PlaneRequest[] = [];
  for (const request of requests) {
    if (isDirect(request.page, window)) direct.add(request);
    else decoded.push(request);
  }
  await direct.read(signal);
  await forEachConcurrently(blockTasks(decoded, window), AT_ONCE, async (task) => {
    throwIfCancelled(signal, 'reading');
    const bytes = bytesInWork(task.page, task.index, window.height);
    await DECODING.run(bytes, signal, () => readTask(task, window, into, cache, signal));
  });
}

/** Whether whole rows lie in the file as they shall lie in memory, but for the order of bytes. */
function isDirect(page: Page, window: Window): boolean {
  return (
    page.compression === 1 &&
    page.predictor === 1 &&
    !page.tiled &&
    (page.samples === 1 || page.planar) &&
    isPlain(page.type) &&
    !page.lowBitFirst &&
    window.width === page.width
  );
}

/** Bytes of a file that go to place `at` of the destination. */
interface Run {
  file: RandomAccessFile;
  offset: number;
  at: number;
  length: number;
  swap: boolean;
  name: string;
}

/** Uncompressed strips, read straight into the destination; strips that follow each other in one call. */
class DirectRuns {
  private readonly runs: Run[] = [];
  private readonly bytes: Uint8Array;
  private readonly size: number;

  constructor(
    private readonly window: Window,
    into: PixelArray,
  ) {
    this.bytes = bytesOf(into);
    this.size = into.BYTES_PER_ELEMENT;
  }

  add({ page, samples }: PlaneRequest): void {
    const { y, height } = this.window;
    const { file, littleEndian } = page.tiff;
    const row = rowBytes(page);
    for (const { sample, at } of samples) {
      let to = at * this.size;
      for (let block = Math.floor(y / page.blockHeight); block * page.blockHeight < y + height; block++) {
        const top = block * page.blockHeight;
        const first = Math.max(y, top);
        const last = Math.min(y + height, top + page.blockHeight);
        const index = (page.planar ? sample * page.blocksDown : 0) + block;
        const length = (last - first) * row;
        if (page.counts[index] > 0) {
          const offset = page.offsets[index] + (first - top) * row;
          this.push({ file, offset, at: to, length, swap: !littleEndian, name: page.name });
        }
        to += length;
      }
    }
  }

  async read(signal?: AbortSignal): Promise<void> {
    await forEachConcurrently(this.pieces(), AT_ONCE, async ({ file, offset, at, length, swap, name }) => {
      const part = this.bytes.subarray(at, at + length);
      await file.read(offset, part, `the pixels of ${name}`, signal);
      if (swap) swapBytes(part, this.size);
    });
  }

  private *pieces(): Generator<Run> {
    for (const run of this.runs) {
      for (let done = 0; done < run.length; done += PIECE) {
        const length = Math.min(PIECE, run.length - done);
        yield { ...run, offset: run.offset + done, at: run.at + done, length };
      }
    }
  }

  private push(run: Run): void {
    const last = this.runs.at(-1);
    const follows =
      last?.file === run.file &&
      last.offset + last.length === run.offset &&
      last.at + last.length === run.at &&
      last.swap === run.swap;
    if (last && follows) last.length += run.length;
    else this.runs.push(run);
  }
}

interface BlockTask {
  page: Page;
  index: number;
  /** the block's upper left pixel in the page */
  top: number;
  left: number;
  samples: PlaneRequest['samples'];
}

function* blockTasks(requests: PlaneRequest[], window: Window): Generator<BlockTask> {
  for (const { page, samples } of requests) {
    const { blockWidth, blockHeight, blocksAcross, blocksDown } = page;
    const groups = page.planar ? samples.map((each) => [each]) : [samples];
    for (const group of groups) {
      const plane = page.planar ? group[0].sample * blocksAcross * blocksDown : 0;
      for (let by = Math.floor(window.y / blockHeight); by * blockHeight < window.y + window.height; by++) {
        for (let bx = Math.floor(window.x / blockWidth); bx * blockWidth < window.x + window.width; bx++) {
          const index = plane + by * blocksAcross + bx;
          yield { page, index, top: by * blockHeight, left: bx * blockWidth, samples: group };
        }
      }
    }
  }
}

async function readTask(
  { page, index, top, left, samples }: BlockTask,
  window: Window,
  into: PixelArray,
  cache: BlockCache,
  signal?: AbortSignal,
): Promise<void> {
  // An absent block is zeros, as the destination is.
  if (page.offsets[index] === 0 && page.counts[index] === 0) return;
  const y0 = Math.max(window.y, top);
  const y1 = Math.min(window.y + window.height, top + page.blockHeight);
  const x0 = Math.max(window.x, left);
  const x1 = Math.min(window.x + window.width, left + page.blockWidth);
  const whole = {
    rows: Math.min(blockRows(page, index), page.height - top),
    columns: Math.min(page.blockWidth, page.width - left),
    samples: page.planar ? 1 : page.samples,
  };
  const rest = y1 - y0 < whole.rows || x1 - x0 < whole.columns || samples.length < whole.samples || page.shared;
  const rows = { first: y0 - top, count: y1 - y0 };
  const { pixels, firstRow } = await decodedRows(page, index, rows, rest ? cache : null, signal);
  const stride = page.planar ? 1 : page.samples;
  for (const { sample, at } of samples) {
    const offset = page.planar ? 0 : sample;
    for (let y = y0; y < y1; y++) {
      const from = ((y - top - firstRow) * page.blockWidth + x0 - left) * stride + offset;
      const to = at + (y - window.y) * window.width + x0 - window.x;
      copyRow(pixels, from, stride, into, to, x1 - x0);
    }
  }
}

/** Compressed blocks are decoded whole: what a read leaves over is kept, what it uses up is not. */
async function decodedRows(
  page: Page,
  index: number,
  rows: { first: number; count: number },
  cache: BlockCache | null,
  signal?: AbortSignal,
): Promise<DecodedRows> {
  if (!cache || page.compression === 1 || page.counts[index] === 0) return readBlock(page, index, rows, signal);
  const key = `${page.tiff.file.path}:${page.offsets[index]}`;
  const kept = cache.get(key);
  if (kept) return { pixels: kept, firstRow: 0 };
  const decoded = await readBlock(page, index, rows, signal);
  cache.set(key, decoded.pixels, decoded.pixels.byteLength);
  return decoded;
}

function copyRow(from: PixelArray, start: number, stride: number, into: PixelArray, to: number, count: number): void {
  if (stride === 1) {
    into.set(from.subarray(start, start + count), to);
    return;
  }
  for (let i = 0, source = start; i < count; i++, source += stride) into[to + i] = from[source];
}
