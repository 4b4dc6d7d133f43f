import { messageOf, SegmenterError } from '../../base/errors';
import { count } from '../../image/region';
import { type ByteCodec, byteCodec, byteLimit, type CodecEntry, type ZarrArrayInfo } from './array-metadata';
import { checkBlosc, checkLz4, gunzip, inflateChunk, unzstd, withoutCrc32c } from './byte-codecs';

type Step = (bytes: Uint8Array, limit: number) => Uint8Array | Promise<Uint8Array>;
interface Decoder {
  decode(bytes: Uint8Array): Uint8Array | Promise<Uint8Array>;
}
type MakeStep = (configuration: Record<string, unknown>) => Step;

const STEPS: Record<ByteCodec, MakeStep> = {
  gzip: () => gunzip,
  zlib: () => inflateChunk,
  zstd: () => unzstd,
  crc32c: () => withoutCrc32c,
  shuffle: ({ elementsize = 4 }) => unshuffle(elementsize),
  blosc: () => async (bytes, limit) => {
    checkBlosc(bytes, limit);
    return (await numcodecs('blosc')).decode(bytes);
  },
  lz4: () => async (bytes, limit) => {
    checkLz4(bytes, limit);
    return (await numcodecs('lz4')).decode(bytes);
  },
};

/**
 * Decodes the stored bytes of a chunk of an array to the bytes of its pixels, in this machine's order.
 * @returns a function from stored bytes; it throws an Error whose message names the codec
 */
export function chunkDecoder(info: ZarrArrayInfo): (stored: Uint8Array) => Promise<Uint8Array<ArrayBuffer>> {
  const { chunks, type, codecs } = info;
  const limit = byteLimit(count(chunks) * type.bytes);
  const steps = codecs.flatMap(({ name, configuration }) => {
    const codec = byteCodec(name);
    return codec ? [{ name: codec, step: STEPS[codec](configuration) }] : [];
  });
  const bigEndian = codecs.some(({ name, configuration }) => name === 'bytes' && configuration.endian === 'big');
  return async (stored) => {
    let bytes = stored;
    for (const { name, step } of steps.toReversed()) {
      try {
        bytes = await step(bytes, limit);
      } catch (error) {
        if (error instanceof SegmenterError) throw error;
        throw new Error(`${name}: ${messageOf(error)}`, { cause: error });
      }
    }
    // Arrays of numbers begin at multiples of their size, and what is swapped may be kept by others.
    const own = bytes.byteOffset % type.bytes === 0 && !bigEndian ? (bytes as Uint8Array<ArrayBuffer>) : copyOf(bytes);
    if (bigEndian) swap(own, type.bytes);
    return own;
  };
}

/** Counts the pixels from one to the next along each dimension of a decoded chunk. */
export function chunkStride({ chunks, codecs }: Pick<ZarrArrayInfo, 'chunks' | 'codecs'>): number[] {
  const stride = chunks.map(() => 1);
  let next = 1;
  for (const dim of storedOrder(codecs, chunks.length).toReversed()) {
    stride[dim] = next;
    next *= chunks[dim];
  }
  return stride;
}

/** The dimensions as they are stored, the slowest first. */
function storedOrder(codecs: readonly CodecEntry[], rank: number): number[] {
  const order = codecs.find(({ name }) => name === 'transpose')?.configuration.order ?? 'C';
  if (Array.isArray(order)) return order as number[];
  const dimensions = Array.from({ length: rank }, (_, dim) => dim);
  return order === 'F' ? dimensions.reverse() : dimensions;
}

/** Blosc and LZ4 in WebAssembly, by the package of the Zarr community. */
async function numcodecs(id: 'blosc' | 'lz4'): Promise<Decoder> {
  const codec = id === 'blosc' ? import('numcodecs/blosc') : import('numcodecs/lz4');
  const { default: Codec } = await codec.catch((error: Error) => {
    throw new SegmenterError('internal', `the package numcodecs cannot be loaded: ${error.message}`);
  });
  return Codec.fromConfig({ id });
}

/** The byte shuffle of numcodecs: first the first bytes of all elements, then the second ones. */
function unshuffle(elementSize: unknown): Step {
  if (typeof elementSize !== 'number' || !Number.isInteger(elementSize) || elementSize < 1 || elementSize > 64) {
    throw new Error(`elementsize: expected a whole number from 1 to 64, got ${String(elementSize)}`);
  }
  return (bytes) => {
    const elements = bytes.length / elementSize;
    if (!Number.isInteger(elements)) throw new Error(`has ${bytes.length} bytes, no multiple of ${elementSize}`);
    const result = new Uint8Array(bytes.length);
    for (let byte = 0, from = 0; byte < elementSize; byte++) {
      for (let i = byte; i < bytes.length; i += elementSize) result[i] = bytes[from++];
    }
    return result;
  };
}

function copyOf(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(bytes);
}

/** Turns the bytes of each element around, in place. */
function swap(bytes: Uint8Array, size: number): void {
  for (let at = 0; at + size <= bytes.length; at += size) bytes.subarray(at, at + size).reverse();
}
