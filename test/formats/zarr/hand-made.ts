import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { crc32c } from '../../../src/base/crc32c';
import { count } from '../../../src/image/region';

/** A Zarr array written by hand, from the specification alone: what the reader is compared with. */
export interface HandMadeArray {
  shape: number[];
  chunks: number[];
  /** name as in Zarr 3, for example "uint16" */
  dtype: string;
  /** the pixels' bytes, little-endian, C order of the array */
  bytes: Uint8Array;
  bigEndian?: boolean;
  /** entries of v3's codecs behind "bytes", with the one that encodes a chunk's bytes */
  codecs?: object[];
  /** v2's compressor */
  compressor?: object | null;
  /** v2's filters */
  filters?: object[] | null;
  encode?: (bytes: Uint8Array) => Uint8Array | Promise<Uint8Array>;
  fill?: unknown;
  /** chunks at these grid positions get no file */
  absent?: (position: number[]) => boolean;
  names?: string[];
  attributes?: object;
}

export function writeJson(file: string, json: unknown): void {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify(json));
}

/** A group with attributes, Zarr 3 or 2. */
export function writeGroup(folder: string, version: 2 | 3, attributes: object): void {
  if (version === 3) writeJson(path.join(folder, 'zarr.json'), { zarr_format: 3, node_type: 'group', attributes });
  else {
    writeJson(path.join(folder, '.zgroup'), { zarr_format: 2 });
    writeJson(path.join(folder, '.zattrs'), attributes);
  }
}

export async function writeV3(folder: string, array: HandMadeArray): Promise<void> {
  writeJson(path.join(folder, 'zarr.json'), v3Metadata(array, array.chunks, chunkCodecs(array)));
  for (const { position, bytes } of chunksOf(array, array.chunks)) {
    if (array.absent?.(position)) continue;
    const file = path.join(folder, 'c', ...position.map(String));
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, (await array.encode?.(bytes)) ?? bytes);
  }
}

export async function writeV2(folder: string, array: HandMadeArray, separator: '.' | '/' = '/'): Promise<void> {
  const { shape, chunks, dtype, compressor = null, filters = null, fill = 0, bigEndian } = array;
  const [kind] = dtype === 'bool' ? 'b' : dtype;
  const size = bytesOfType(dtype);
  const order = size === 1 ? '|' : bigEndian ? '>' : '<';
  writeJson(path.join(folder, '.zarray'), {
    zarr_format: 2,
    shape,
    chunks,
    dtype: `${order}${kind}${size}`,
    compressor,
    fill_value: fill,
    order: 'C',
    filters,
    ...(separator === '/' ? { dimension_separator: '/' } : {}),
  });
  for (const { position, bytes } of chunksOf(array, chunks)) {
    if (array.absent?.(position)) continue;
    const file = path.join(folder, ...position.join(separator).split('/'));
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, (await array.encode?.(bytes)) ?? bytes);
  }
}

/** An array in shards: chunks one behind the other, and an index of their places at either end. */
export async function writeSharded(
  folder: string,
  array: HandMadeArray,
  shard: number[],
  location: 'start' | 'end' = 'end',
): Promise<void> {
  const perShard = shard.map((n, dim) => n / array.chunks[dim]);
  const indexBytes = count(perShard) * 16 + 4;
  const files = new Map<string, Array<{ slot: number; bytes: Uint8Array }>>();
  for (const { position, bytes } of chunksOf(array, array.chunks)) {
    if (array.absent?.(position)) continue;
    const file = position.map((n, dim) => Math.floor(n / perShard[dim])).join('/');
    const slot = position.reduce((sum, n, dim) => sum * perShard[dim] + (n % perShard[dim]), 0);
    const list = files.get(file) ?? [];
    list.push({ slot, bytes: (await array.encode?.(bytes)) ?? bytes });
    files.set(file, list);
  }
  const sharding = {
    name: 'sharding_indexed',
    configuration: {
      chunk_shape: array.chunks,
      codecs: chunkCodecs(array),
      index_codecs: [{ name: 'bytes', configuration: { endian: 'little' } }, { name: 'crc32c' }],
      index_location: location,
    },
  };
  writeJson(path.join(folder, 'zarr.json'), v3Metadata(array, shard, [sharding]));
  for (const [file, parts] of files) {
    const index = new DataView(new ArrayBuffer(indexBytes));
    for (let i = 0; i + 4 < indexBytes; i += 8) index.setBigUint64(i, 2n ** 64n - 1n, true);
    let at = location === 'start' ? indexBytes : 0;
    for (const { slot, bytes } of parts) {
      index.setBigUint64(slot * 16, BigInt(at), true);
      index.setBigUint64(slot * 16 + 8, BigInt(bytes.length), true);
      at += bytes.length;
    }
    index.setUint32(indexBytes - 4, crc32c(new Uint8Array(index.buffer, 0, indexBytes - 4)), true);
    const data = parts.map(({ bytes }) => bytes);
    const ends = new Uint8Array(index.buffer);
    const name = path.join(folder, 'c', ...file.split('/'));
    mkdirSync(path.dirname(name), { recursive: true });
    writeFileSync(name, Buffer.concat(location === 'start' ? [ends, ...data] : [...data, ends]));
  }
}

function chunkCodecs({ bigEndian, codecs = [] }: HandMadeArray): object[] {
  return [{ name: 'bytes', configuration: { endian: bigEndian ? 'big' : 'little' } }, ...codecs];
}

function v3Metadata(
  { shape, dtype, fill = 0, names, attributes = {} }: HandMadeArray,
  grid: number[],
  codecs: object[],
) {
  return {
    zarr_format: 3,
    node_type: 'array',
    shape,
    data_type: dtype,
    chunk_grid: { name: 'regular', configuration: { chunk_shape: grid } },
    chunk_key_encoding: { name: 'default', configuration: { separator: '/' } },
    fill_value: fill,
    codecs,
    attributes,
    ...(names ? { dimension_names: names } : {}),
  };
}

export function bytesOfType(dtype: string): number {
  return dtype === 'bool' ? 1 : Number(/\d+$/.exec(dtype)?.[0]) / 8;
}

/** Every chunk with its bytes, pixel by pixel, the slow, obvious way; beyond the border 0. */
function* chunksOf(array: HandMadeArray, chunks: number[]): Generator<{ position: number[]; bytes: Uint8Array }> {
  const { shape, bytes } = array;
  const size = bytesOfType(array.dtype);
  for (const position of positions(shape.map((n, dim) => Math.ceil(n / chunks[dim])))) {
    const out = new Uint8Array(count(chunks) * size);
    let at = 0;
    for (const offset of positions(chunks)) {
      const place = offset.map((n, dim) => position[dim] * chunks[dim] + n);
      if (place.every((n, dim) => n < shape[dim])) {
        const from = place.reduce((sum, n, dim) => sum * shape[dim] + n, 0) * size;
        const pixel = bytes.slice(from, from + size);
        out.set(array.bigEndian ? pixel.reverse() : pixel, at);
      }
      at += size;
    }
    yield { position, bytes: out };
  }
}

function* positions(shape: number[]): Generator<number[]> {
  if (shape.length === 0) yield [];
  else for (let n = 0; n < shape[0]; n++) for (const rest of positions(shape.slice(1))) yield [n, ...rest];
}

const TYPES: Record<string, string> = { t: 'time', c: 'channel' };

/** NGFF metadata of one image, axes by their letters, micrometres. */
export function multiscales(axes: string, levels = 1, extra: object = {}): object {
  return {
    multiscales: [
      {
        version: '0.4',
        axes: [...axes].map((name) => ({
          name,
          type: TYPES[name] ?? 'space',
          ...(TYPES[name] ? {} : { unit: 'micrometer' }),
        })),
        datasets: Array.from({ length: levels }, (_, i) => ({
          path: `${i}`,
          coordinateTransformations: [
            { type: 'scale', scale: [...axes].map((name) => ('yx'.includes(name) ? 0.5 * 2 ** i : 1)) },
          ],
        })),
        ...extra,
      },
    ],
  };
}
