import { show, UnsupportedError } from '../../base/errors';
import { isRecord } from '../../base/plain-json';
import { count } from '../../image/region';
import { inside, integers, list, type Place, record, text, wrong } from './json';
import { fillOf, type StoredType, storedType, v2Type } from './stored-types';

/** A decoded chunk of more bytes is refused: it would have to be in memory at once. */
const MAX_CHUNK_BYTES = 512 * 2 ** 20;
/** Chunks in one shard: its index has 16 bytes for each. */
const MAX_SHARD_CHUNKS = 2 ** 22;
const MAX_SIZE = 2 ** 40;

export interface CodecEntry {
  name: string;
  configuration: Record<string, unknown>;
}

/** Place and length of each chunk of a shard, as pairs of 64-bit integers. */
export interface ShardIndex {
  /** it lies at the beginning of the shard, else at its end */
  indexAtStart: boolean;
  bigEndian: boolean;
  /** a CRC-32C follows it */
  checksum: boolean;
}

/** A Zarr array's metadata, checked, in the terms of v3 whichever version it has. */
export interface ZarrArrayInfo {
  shape: number[];
  /** what is decoded at once: a chunk, or a chunk inside a shard */
  chunks: number[];
  /** what one file holds: as `chunks`, or a shard */
  fileShape: number[];
  /** how the index of a shard is stored; null where each chunk is a file */
  shard: ShardIndex | null;
  type: StoredType;
  /** of pixels of absent chunks */
  fill: number;
  separator: '.' | '/';
  /** how chunk files are named: `c/0/0` or `0.0` */
  keys: 'default' | 'v2';
  /** of a chunk, also of one inside a shard */
  codecs: CodecEntry[];
  dimensionNames: string[] | null;
}

/** Codecs from bytes to bytes that are decoded; others are refused by name when the image is opened, not when it is half read. */
export const BYTE_CODECS = ['gzip', 'zlib', 'zstd', 'blosc', 'lz4', 'crc32c', 'shuffle'] as const;
export type ByteCodec = (typeof BYTE_CODECS)[number];

/** Bytes that a stored chunk, or one between two codecs, may have beyond its pixels: headers, checksums, what does not compress. */
const EXTRA_BYTES = 64 * 1024;

/** Parses `zarr.json` of an array. @throws CorruptFileError, UnsupportedError naming what is not read */
export function parseV3(json: Record<string, unknown>, file: string): ZarrArrayInfo {
  const place: Place = { file, name: 'array' };
  const shape = integers(json.shape, inside(place, 'shape'), null, 0, MAX_SIZE);
  const typeName = isRecord(json.data_type) ? json.data_type.name : json.data_type;
  const type = storedType(text(typeName, inside(place, 'data_type')));
  if (!type) throw new UnsupportedError(file, `pixels of type ${show(typeName)} are not read`);
  if (Array.isArray(json.storage_transformers) && json.storage_transformers.length > 0) {
    throw new UnsupportedError(file, 'storage transformers are not read');
  }
  const fileShape = chunkShape(json, shape.length, place);
  const codecs = entries(json.codecs, inside(place, 'codecs'));
  const sharding = codecs.find(({ name }) => name === 'sharding_indexed');
  if (sharding && codecs.length > 1)
    throw new UnsupportedError(file, 'other codecs around a sharding codec are not read');
  const inner = sharding ? innerChunks(sharding, fileShape, inside(place, 'codecs')) : null;
  checkCodecs(inner?.codecs ?? codecs, shape.length, file);
  const { keys, separator } = keyEncoding(json.chunk_key_encoding, inside(place, 'chunk_key_encoding'));
  const names = Array.isArray(json.dimension_names) ? json.dimension_names : [];
  return {
    shape,
    chunks: checkChunk(inner?.chunks ?? fileShape, type, file),
    fileShape,
    shard: inner?.shard ?? null,
    type,
    fill: fillValue(json.fill_value, type, inside(place, 'fill_value')),
    separator,
    keys,
    codecs: inner?.codecs ?? codecs,
    dimensionNames: names.length === shape.length && names.every(isText) ? names : null,
  };
}

/** Parses `.zarray`. */
export function parseV2(
  json: Record<string, unknown>,
  attributes: Record<string, unknown>,
  file: string,
): ZarrArrayInfo {
  const place: Place = { file, name: 'array' };
  const shape = integers(json.shape, inside(place, 'shape'), null, 0, MAX_SIZE);
  const chunks = integers(json.chunks, inside(place, 'chunks'), shape.length, 1, MAX_SIZE);
  const found = typeof json.dtype === 'string' ? v2Type(json.dtype) : null;
  if (!found) throw new UnsupportedError(file, `pixels of type ${show(json.dtype)} are not read`);
  const { type, bigEndian } = found;
  const { order, compressor, filters, dimension_separator: separator = '.' } = json;
  if (order !== 'C' && order !== 'F') throw wrong(inside(place, 'order'), '"C" or "F"', order);
  if (separator !== '.' && separator !== '/')
    throw wrong(inside(place, 'dimension_separator'), '"." or "/"', separator);
  const v2Codec = (value: unknown, at: Place): CodecEntry => {
    const { id, ...configuration } = record(value, at);
    return { name: `numcodecs.${text(id, inside(at, 'id'))}`, configuration };
  };
  const used = filters === null || filters === undefined ? [] : list(filters, inside(place, 'filters'), 8);
  const codecs: CodecEntry[] = [
    ...(order === 'F' ? [{ name: 'transpose', configuration: { order: 'F' } }] : []),
    ...used.map((filter, i) => v2Codec(filter, inside(inside(place, 'filters'), i))),
    { name: 'bytes', configuration: { endian: bigEndian ? 'big' : 'little' } },
    ...(compressor ? [v2Codec(compressor, inside(place, 'compressor'))] : []),
  ];
  checkCodecs(codecs, shape.length, file);
  const names = Array.isArray(attributes._ARRAY_DIMENSIONS) ? attributes._ARRAY_DIMENSIONS : [];
  return {
    shape,
    chunks: checkChunk(chunks, type, file),
    fileShape: chunks,
    shard: null,
    type,
    fill: fillValue(json.fill_value, type, inside(place, 'fill_value')),
    separator,
    keys: 'v2',
    codecs,
    dimensionNames: names.length === shape.length && names.every(isText) ? names : null,
  };
}

/** Gives the codec from bytes to bytes of a name, in front of which v2 puts `numcodecs.`; undefined for other codecs. */
export function byteCodec(name: string): ByteCodec | undefined {
  const short = name.replace(/^numcodecs\./, '');
  return BYTE_CODECS.find((known) => known === short);
}

/**
 * Counts the bytes that a chunk may have at any step between the file and its pixels. @param size of the pixels in bytes
 */
export function byteLimit(size: number): number {
  return size + Math.ceil(size / 8) + EXTRA_BYTES;
}

/** Counts the bytes of a shard's index; 0 where there are no shards. */
export function indexBytes({ chunks, fileShape, shard }: ZarrArrayInfo): number {
  if (!shard) return 0;
  return 16 * count(chunks.map((n, dim) => fileShape[dim] / n)) + (shard.checksum ? 4 : 0);
}

/** Names the file, below the array, that holds a chunk (its grid position counted in `fileShape`). */
export function chunkKey({ keys, separator }: ZarrArrayInfo, position: readonly number[]): string {
  if (keys === 'default') return ['c', ...position].join(separator);
  return position.join(separator) || '0';
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function chunkShape(json: Record<string, unknown>, rank: number, place: Place): number[] {
  const grid = record(json.chunk_grid, inside(place, 'chunk_grid'));
  if (grid.name !== 'regular') throw new UnsupportedError(place.file, `a chunk grid ${show(grid.name)} is not read`);
  const at = inside(inside(place, 'chunk_grid'), 'configuration');
  return integers(record(grid.configuration, at).chunk_shape, inside(at, 'chunk_shape'), rank, 1, MAX_SIZE);
}

function keyEncoding(given: unknown, place: Place): Pick<ZarrArrayInfo, 'keys' | 'separator'> {
  const { name, configuration = {} } = isRecord(given) ? given : { name: given };
  if (name !== 'default' && name !== 'v2') throw wrong(place, '"default" or "v2"', name);
  const { separator = name === 'default' ? '/' : '.' } = record(configuration, inside(place, 'configuration'));
  if (separator !== '.' && separator !== '/') throw wrong(place, 'the separator "." or "/"', separator);
  return { keys: name, separator };
}

function entries(given: unknown, place: Place): CodecEntry[] {
  return list(given, place, 16).map((entry, i) => {
    const at = inside(place, i);
    const { name, configuration = {} } = isText(entry) ? { name: entry } : record(entry, at);
    return { name: text(name, inside(at, 'name')), configuration: record(configuration, inside(at, 'configuration')) };
  });
}

function innerChunks(
  { configuration }: CodecEntry,
  fileShape: readonly number[],
  place: Place,
): { chunks: number[]; codecs: CodecEntry[]; shard: ShardIndex } {
  const { chunk_shape: given, index_location: location = 'end' } = configuration;
  const chunks = integers(given, inside(place, 'chunk_shape'), fileShape.length, 1, MAX_SIZE);
  if (!chunks.every((n, axis) => fileShape[axis] % n === 0)) {
    throw wrong(inside(place, 'chunk_shape'), `a divisor of the shard's [${fileShape}]`, chunks);
  }
  const perShard = count(chunks.map((n, axis) => fileShape[axis] / n));
  if (perShard > MAX_SHARD_CHUNKS) {
    throw new UnsupportedError(place.file, `shards of ${perShard} chunks are not read, at most ${MAX_SHARD_CHUNKS}`);
  }
  if (location !== 'start' && location !== 'end')
    throw wrong(inside(place, 'index_location'), '"start" or "end"', location);
  const index = entries(configuration.index_codecs, inside(place, 'index_codecs'));
  const plain = index.every(({ name }, i) => name === (i === 0 ? 'bytes' : 'crc32c')) && index.length > 0;
  if (!plain || index.length > 2)
    throw new UnsupportedError(place.file, 'a shard index of other codecs than bytes and crc32c is not read');
  const codecs = entries(configuration.codecs, inside(place, 'codecs'));
  const bigEndian = index[0].configuration.endian === 'big';
  return { chunks, codecs, shard: { indexAtStart: location === 'start', bigEndian, checksum: index.length === 2 } };
}

/** Every codec known, in the order arrays to arrays, arrays to bytes, bytes to bytes. */
function checkCodecs(codecs: readonly CodecEntry[], rank: number, file: string): void {
  let stage = 0;
  for (const { name, configuration } of codecs) {
    const next = name === 'transpose' ? 0 : name === 'bytes' ? 1 : byteCodec(name) ? 2 : null;
    // v2 lists the byte shuffle among the filters, in front of the bytes.
    const early = name === 'numcodecs.shuffle' && stage === 0;
    if (next === null) throw new UnsupportedError(file, `the codec ${show(name)} is not read`);
    if (next < stage || (next === 1 && stage === 1))
      throw wrong({ file, name: 'codecs' }, 'an order that can be decoded', name);
    if (name === 'transpose') checkOrder(configuration.order, rank, file);
    if (!early) stage = next;
  }
  if (!codecs.some(({ name }) => name === 'bytes')) throw wrong({ file, name: 'codecs' }, 'the codec "bytes"', codecs);
  if (codecs.filter(({ name }) => name === 'transpose').length > 1) {
    throw new UnsupportedError(file, 'more than one transposition is not read');
  }
}

function checkOrder(order: unknown, rank: number, file: string): void {
  if (order === 'C' || order === 'F') return;
  const place: Place = { file, name: 'codecs.transpose.order' };
  const axes = integers(order, place, rank, 0, rank - 1);
  if (new Set(axes).size < rank) throw wrong(place, 'each dimension once', order);
}

function checkChunk(chunks: number[], type: StoredType, file: string): number[] {
  const bytes = count(chunks) * type.bytes;
  if (bytes <= MAX_CHUNK_BYTES) return chunks;
  const text = `chunks of [${chunks}] ${type.name} pixels (${(bytes / 2 ** 20).toFixed(0)} MiB) are not read, at most ${MAX_CHUNK_BYTES / 2 ** 20} MiB`;
  throw new UnsupportedError(file, text, { chunks, bytes });
}

function fillValue(given: unknown, type: StoredType, place: Place): number {
  const fill = fillOf(given, type);
  if (fill === null) throw wrong(place, `a value of type ${type.name}`, given);
  return fill;
}
