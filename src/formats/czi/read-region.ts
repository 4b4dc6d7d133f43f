import { throwIfCancelled } from '../../base/errors';
import { bytesOf, type DType, type PixelArray, viewAs } from '../../image/dtype';
import type { Region } from '../../image/region';
import { allocateBlock, type BlockCache, DECODING } from '../byte-budget';
import type { RandomAccessFile } from '../random-access-file';
import { bytesInWork, readCompressedBlock, UNCOMPRESSED } from './decode-block';
import { type PixelType, pixelBytes, pixelTypeOf, storedSample } from './pixel-types';
import type { PlacedSubBlock, Rectangle } from './plane-blocks';
import { type CziScene, planeNumber, type SceneLevel } from './scene';
import type { Note } from './segments';
import { describeSubBlock, locatePayload } from './sub-block';

export interface ReadContext {
  file: RandomAccessFile;
  /** decoded blocks, by their position in the file */
  cache: BlockCache;
  note: Note;
  signal?: AbortSignal;
}

/** Blocks in work at a time: decoders have threads, and the file is read meanwhile. */
const AT_ONCE = 4;
/** Bytes of uncompressed pixels that are read in one go. */
const PIECE = 8 * 2 ** 20;

/** Rows of a block and where its samples go. */
interface Task {
  placed: PlacedSubBlock;
  type: PixelType;
  /** first row and number of rows, counted in the block */
  rows: { first: number; count: number };
  /** sample number, and the destination's pixel index where its window begins */
  samples: Array<{ sample: number; at: number }>;
  /** no other block has pixels in the window */
  alone: boolean;
}

/** Pixels that wait to be painted: rows from `firstRow` of the block on; null where they are in their place already. */
type Loaded = { pixels: PixelArray; firstRow: number; done?: () => void } | null;

/**
 * Paints the blocks that a region of a level touches, higher tiles over lower ones; uncovered pixels are 0.
 * @param region [t, c, z, y, x] in pixels of the level, inside it
 * @throws CorruptFileError
 */
export async function readRegion(
  context: ReadContext,
  scene: CziScene,
  level: SceneLevel,
  region: Region,
): Promise<PixelArray> {
  const { file, signal } = context;
  const out = allocateBlock(scene.dtype, region.size, file.path);
  const [, , , y, x] = region.start;
  const [, , , height, width] = region.size;
  const window = { y, x, height, width };
  await inOrder(
    tasksOf(scene, level, region, window, file.path),
    (task) => {
      throwIfCancelled(signal, 'reading');
      return load(context, task, window, out, scene.dtype);
    },
    (task, loaded) => {
      if (loaded) paint(task, loaded, window, out);
    },
    (loaded) => loaded?.done?.(),
  );
  return out;
}

function* tasksOf(
  { groups: { groups }, sizeZ }: CziScene,
  level: SceneLevel,
  { start, size }: Region,
  window: Rectangle,
  path: string,
): Generator<Task> {
  const [t0, c0, z0] = start;
  const [nt, nc, nz] = size;
  const planePixels = window.height * window.width;
  for (let t = 0; t < nt; t++) {
    for (const [number, { first, samples: count }] of groups.entries()) {
      const from = Math.max(c0, first);
      const to = Math.min(c0 + nc, first + count);
      for (let z = 0; z < nz && from < to; z++) {
        const blocks =
          level.planes.get(planeNumber(t0 + t, number, z0 + z, groups.length, sizeZ))?.touching(window) ?? [];
        const samples = Array.from({ length: to - from }, (_, i) => {
          return { sample: from + i - first, at: ((t * nc + from + i - c0) * nz + z) * planePixels };
        });
        for (const placed of blocks) {
          const type = pixelTypeOf(placed.block.pixelType, path);
          for (const rows of pieces(placed, type, window)) {
            yield { placed, type, rows, samples, alone: blocks.length === 1 };
          }
        }
      }
    }
  }
}

/** The rows of a block that lie in the window; those of uncompressed blocks in pieces. */
function* pieces(placed: PlacedSubBlock, type: PixelType, window: Rectangle): Generator<Task['rows']> {
  const first = Math.max(0, window.y - placed.y);
  const end = Math.min(placed.height, window.y + window.height - placed.y);
  const most = Math.max(1, Math.floor(PIECE / (placed.width * pixelBytes(type))));
  const step = placed.block.compression === UNCOMPRESSED ? most : end - first;
  for (let row = first; row < end; row += step) yield { first: row, count: Math.min(step, end - row) };
}

async function load(
  context: ReadContext,
  task: Task,
  window: Rectangle,
  out: PixelArray,
  dtype: DType,
): Promise<Loaded> {
  const { placed, type, rows, samples, alone } = task;
  const { block } = placed;
  if (block.compression !== UNCOMPRESSED) return { ...(await decoded(context, task)), firstRow: 0 };

  const rowBytes = placed.width * pixelBytes(type);
  const whole = placed.x === window.x && placed.width === window.width;
  if (alone && whole && type.samples === 1 && type.dtype === dtype) {
    const at = samples[0].at * out.BYTES_PER_ELEMENT + (placed.y + rows.first - window.y) * rowBytes;
    await readRows(context, task, bytesOf(out).subarray(at, at + rows.count * rowBytes));
    return null;
  }
  const bytes = new Uint8Array(rows.count * rowBytes);
  await readRows(context, task, bytes);
  return { pixels: viewAs(type.dtype, bytes), firstRow: rows.first };
}

async function decoded(
  { file, cache, note, signal }: ReadContext,
  { placed, type }: Task,
): Promise<{ pixels: PixelArray; done?: () => void }> {
  const { block } = placed;
  const known = cache.get(block.position);
  if (known) return { pixels: known };
  // Blocks are painted in the order in which they came by their memory: the first in line waits for no other.
  const done = await DECODING.take(bytesInWork(block, type), signal);
  try {
    const pixels = await readCompressedBlock(file, block, type, note, signal);
    cache.set(block.position, pixels, pixels.byteLength);
    return { pixels, done };
  } catch (error) {
    done();
    throw error;
  }
}

/** Uncompressed rows; what the block does not hold stays 0. */
async function readRows({ file, note, signal }: ReadContext, task: Task, into: Uint8Array): Promise<void> {
  const { placed, type, rows } = task;
  const { block, width, height } = placed;
  const rowBytes = width * pixelBytes(type);
  const { offset, size } = locatePayload(file, block);
  if (size < height * rowBytes) {
    note(`${describeSubBlock(block)} holds ${size} of ${height * rowBytes} bytes of pixels; the rest reads as 0`);
  }
  const present = Math.max(0, Math.min(into.byteLength, size - rows.first * rowBytes));
  await file.read(
    offset + rows.first * rowBytes,
    into.subarray(0, present),
    `the pixels of ${describeSubBlock(block)}`,
    signal,
  );
}

function paint(task: Task, { pixels, firstRow }: NonNullable<Loaded>, window: Rectangle, out: PixelArray): void {
  const { placed, type, rows, samples } = task;
  const x0 = Math.max(window.x, placed.x);
  const count = Math.min(window.x + window.width, placed.x + placed.width) - x0;
  for (const { sample, at } of samples) {
    const stored = storedSample(sample, type);
    for (let row = rows.first; row < rows.first + rows.count; row++) {
      const from = ((row - firstRow) * placed.width + x0 - placed.x) * type.samples + stored;
      const to = at + (placed.y + row - window.y) * window.width + x0 - window.x;
      copyRow(pixels, from, type.samples, out, to, count);
    }
  }
}

function copyRow(from: PixelArray, start: number, stride: number, into: PixelArray, to: number, count: number): void {
  if (stride === 1) {
    into.set(from.subarray(start, start + count), to);
    return;
  }
  for (let i = 0, source = start; i < count; i++, source += stride) into[to + i] = from[source];
}

/**
 * Loads a few items at a time and uses them in their order. Nothing is under way any more when it ends, in error too.
 * @param discard is given every result when it was used or never will be
 */
async function inOrder<T, R>(
  items: Iterable<T>,
  start: (item: T) => Promise<R>,
  use: (item: T, result: R) => void,
  discard: (result: R) => void,
): Promise<void> {
  const underWay: Array<{ item: T; result: Promise<R> }> = [];
  const useFirst = async (): Promise<void> => {
    const [{ item, result }] = underWay;
    const loaded = await result;
    underWay.shift();
    try {
      use(item, loaded);
    } finally {
      discard(loaded);
    }
  };
  try {
    for (const item of items) {
      if (underWay.length === AT_ONCE) await useFirst();
      const result = start(item);
      // Its failure is seen when its turn comes.
      result.catch(() => undefined);
      underWay.push({ item, result });
    }
    while (underWay.length > 0) await useFirst();
  } finally {
    const left = await Promise.allSettled(underWay.map(({ result }) => result));
    for (const each of left) if (each.status === 'fulfilled') discard(each.value);
  }
}
