import { deflateSync } from 'node:zlib';
import { swapBytes } from '../../../src/formats/tiff/blocks/unpack-samples';
import { bytesOf, dtypeOf, isFloat, type PixelArray } from '../../../src/image/dtype';

/** A field as it shall stand in the file; RATIONAL as pairs. */
export interface BuildField {
  type: number;
  values: number[] | string | Uint8Array;
}

export interface BuildPage {
  fields: Record<number, BuildField>;
  /** stored bytes of each strip or tile */
  blocks: Uint8Array[];
  tiled: boolean;
  subPages?: BuildPage[];
}

export interface FileOptions {
  littleEndian?: boolean;
  big?: boolean;
}

const SIZES: Record<number, number> = { 1: 1, 2: 1, 3: 2, 4: 4, 5: 4, 7: 1, 13: 4, 16: 8 };

/** A TIFF file byte by byte: header, then for each page its blocks, its values and its directory. */
export function buildTiff(pages: BuildPage[], { littleEndian = true, big = false }: FileOptions = {}): Buffer {
  const parts: Buffer[] = [];
  let at = 0;
  const append = (bytes: Uint8Array): number => {
    const place = at;
    const padded = Buffer.alloc(bytes.length + (bytes.length % 2));
    padded.set(bytes);
    parts.push(padded);
    at += padded.length;
    return place;
  };
  const number = (value: number, size: number): Buffer => {
    const out = Buffer.alloc(size);
    if (size === 1) out.writeUInt8(value);
    else if (size === 2) littleEndian ? out.writeUInt16LE(value) : out.writeUInt16BE(value);
    else if (size === 4) littleEndian ? out.writeUInt32LE(value) : out.writeUInt32BE(value);
    else littleEndian ? out.writeBigUInt64LE(BigInt(value)) : out.writeBigUInt64BE(BigInt(value));
    return out;
  };
  const word = big ? 8 : 4;
  append(new Uint8Array(big ? 16 : 8));
  const [header] = parts;

  const appendPage = (page: BuildPage): { start: number; link: Buffer } => {
    const offsets = page.blocks.map((block) => (block.length === 0 ? 0 : append(block)));
    const fields = { ...page.fields };
    fields[page.tiled ? 324 : 273] ??= { type: big ? 16 : 4, values: offsets };
    fields[page.tiled ? 325 : 279] ??= { type: big ? 16 : 4, values: page.blocks.map((block) => block.length) };
    if (page.subPages) {
      fields[330] = { type: big ? 16 : 13, values: page.subPages.map((sub) => appendPage(sub).start) };
    }
    const tags = Object.keys(fields)
      .map(Number)
      .sort((a, b) => a - b);
    const entries = tags.map((tag) => {
      const { type, values } = fields[tag];
      const bytes =
        typeof values === 'string'
          ? Buffer.from(`${values}\0`)
          : values instanceof Uint8Array
            ? Buffer.from(values)
            : Buffer.concat(values.map((value) => number(value, SIZES[type])));
      const count = bytes.length / (type === 5 ? 8 : SIZES[type]);
      const slot = Buffer.alloc(word);
      if (bytes.length <= word) slot.set(bytes);
      else slot.set(number(append(bytes), word));
      return Buffer.concat([number(tag, 2), number(type, 2), number(count, word), slot]);
    });
    const link = Buffer.alloc(word);
    const start = at;
    parts.push(number(tags.length, big ? 8 : 2), ...entries, link);
    at += (big ? 8 : 2) + entries.length * (big ? 20 : 12) + word;
    return { start, link };
  };

  const chain = pages.map(appendPage);
  for (let i = 0; i + 1 < chain.length; i++) chain[i].link.set(number(chain[i + 1].start, word));
  header.write(littleEndian ? 'II' : 'MM', 'latin1');
  header.set(number(big ? 43 : 42, 2), 2);
  if (big) header.set(number(8, 2), 4);
  header.set(number(chain[0]?.start ?? 0, word), big ? 8 : 4);
  return Buffer.concat(parts);
}

export interface PlaneOptions extends FileOptions {
  samples?: number;
  planar?: boolean;
  rowsPerStrip?: number;
  /** [height, width] */
  tile?: [number, number];
  /** 1, 8, 32773 */
  compression?: number;
  predictor?: 1 | 2 | 3;
  extra?: Record<number, BuildField>;
}

/**
 * One page of pixels, cut into strips or tiles and encoded.
 * @param pixels [y, x, sample], or [sample, y, x] when planar
 */
export function planePage(pixels: PixelArray, height: number, width: number, options: PlaneOptions = {}): BuildPage {
  const { samples = 1, planar = false, tile, compression = 1, predictor = 1, littleEndian = true, extra } = options;
  const dtype = dtypeOf(pixels);
  const size = pixels.BYTES_PER_ELEMENT;
  const together = planar ? 1 : samples;
  const [blockHeight, blockWidth] = tile ?? [options.rowsPerStrip ?? height, width];
  const bytes = bytesOf(pixels);
  const blocks: Uint8Array[] = [];
  for (let plane = 0; plane < (planar ? samples : 1); plane++) {
    for (let top = 0; top < height; top += blockHeight) {
      for (let left = 0; left < width; left += blockWidth) {
        const rows = tile ? blockHeight : Math.min(blockHeight, height - top);
        const block = new Uint8Array(rows * blockWidth * together * size);
        for (let y = top; y < Math.min(top + rows, height); y++) {
          const from = ((plane * height + y) * width + left) * together * size;
          const length = Math.min(blockWidth, width - left) * together * size;
          block.set(bytes.subarray(from, from + length), (y - top) * blockWidth * together * size);
        }
        const predicted = predict(block, predictor, blockWidth * together, together, size, littleEndian);
        blocks.push(encode(predicted, compression));
      }
    }
  }
  const short = (value: number): BuildField => ({ type: 3, values: [value] });
  const layoutFields: Record<number, BuildField> = tile
    ? { 322: short(blockWidth), 323: short(blockHeight) }
    : { 278: short(blockHeight) };
  return {
    blocks,
    tiled: tile !== undefined,
    fields: {
      256: { type: 4, values: [width] },
      257: { type: 4, values: [height] },
      258: { type: 3, values: new Array(samples).fill(size * 8) },
      259: short(compression),
      262: short(samples >= 3 ? 2 : 1),
      277: short(samples),
      284: short(planar ? 2 : 1),
      ...layoutFields,
      317: short(predictor),
      339: { type: 3, values: new Array(samples).fill(isFloat(dtype) ? 3 : dtype.startsWith('int') ? 2 : 1) },
      ...extra,
    },
  };
}

function encode(bytes: Uint8Array, compression: number): Uint8Array {
  if (compression === 1) return bytes;
  if (compression === 8 || compression === 32946) return deflateSync(bytes);
  if (compression === 32773) return packBits(bytes);
  throw new Error(`the builder has no codec ${compression}`);
}

/** Differences from the right end of each row to the left, in the file's byte order; predictor 3 on bytes, highest first. */
function predict(
  block: Uint8Array,
  predictor: number,
  perRow: number,
  stride: number,
  size: number,
  littleEndian: boolean,
): Uint8Array {
  if (predictor === 3) {
    const out = new Uint8Array(block.length);
    for (let row = 0; row < block.length; row += perRow * size) {
      for (let i = 0; i < perRow; i++) {
        for (let b = 0; b < size; b++) out[row + b * perRow + i] = block[row + i * size + size - 1 - b];
      }
      for (let i = perRow * size - 1; i >= stride; i--) out[row + i] -= out[row + i - stride];
    }
    return out;
  }
  const view = new DataView(block.buffer, block.byteOffset, block.byteLength);
  if (predictor === 2) {
    const get = (i: number): bigint =>
      size === 1
        ? BigInt(view.getUint8(i))
        : size === 2
          ? BigInt(view.getUint16(i * 2, true))
          : size === 4
            ? BigInt(view.getUint32(i * 4, true))
            : view.getBigUint64(i * 8, true);
    for (let row = 0; row * perRow * size < block.length; row++) {
      for (let i = perRow - 1; i >= stride; i--) {
        const at = row * perRow + i;
        const difference = BigInt.asUintN(size * 8, get(at) - get(at - stride));
        for (let b = 0; b < size; b++) block[at * size + b] = Number((difference >> BigInt(8 * b)) & 255n);
      }
    }
  }
  if (!littleEndian) swapBytes(block, size);
  return block;
}

/** PackBits with runs of 2 to 128 and literals up to 128 bytes. */
export function packBits(bytes: Uint8Array): Uint8Array {
  const out: number[] = [];
  for (let i = 0; i < bytes.length; ) {
    let run = 1;
    while (run < 128 && i + run < bytes.length && bytes[i + run] === bytes[i]) run++;
    if (run > 1) {
      out.push(257 - run, bytes[i]);
      i += run;
    } else {
      let end = i + 1;
      while (end < bytes.length && end - i < 128 && bytes[end] !== bytes[end - 1]) end++;
      out.push(end - i - 1, ...bytes.subarray(i, end));
      i = end;
    }
  }
  return Uint8Array.from(out);
}
