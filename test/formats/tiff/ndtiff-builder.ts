import { bytesOf } from '../../../src/image/dtype';

/** A plane of an NDTiff data set. */
export interface NdPlane {
  axes: Record<string, number | string>;
  pixels: Uint8Array<ArrayBuffer> | Uint16Array<ArrayBuffer>;
  /** which of the set's files it lies in (0) */
  file?: number;
  metadata?: object;
  /** number of the pixel type in the index; default: by the pixels */
  pixelType?: number;
}

export interface NdOptions {
  height: number;
  width: number;
  name?: string;
  summary?: object;
  /** bytes that the writer reserved in index and last file, and has not given back */
  reserved?: number;
}

/**
 * Writes a data set as the specification of NDTiff 3.x says: files by their names, `NDTiff.index` among them. Each TIFF has a header
 * of 28 bytes, the summary, and for each plane a directory, pixels and JSON.
 */
export function buildNdTiff(
  planes: readonly NdPlane[],
  { height, width, name = 'scan', summary = { 'z-step_um': 0.5 }, reserved = 0 }: NdOptions,
): Record<string, Uint8Array> {
  const files: Record<string, Buffer[]> = {};
  const index: Buffer[] = [];
  const count = 1 + Math.max(0, ...planes.map(({ file = 0 }) => file));
  for (let number = 0; number < count; number++) {
    const fileName = `${name}_NDTiffStack${number === 0 ? '' : `_${number}`}.tif`;
    const own = planes.filter(({ file = 0 }) => file === number);
    const text = padded(Buffer.from(JSON.stringify(summary)));
    const head = Buffer.alloc(28);
    head.write('II');
    head.writeUInt16LE(42, 2);
    for (const [i, value] of [head.length + text.length, 483729, 3, 3, 2355492, text.length].entries()) {
      head.writeUInt32LE(value, 4 + 4 * i);
    }
    const parts = [head, text];
    let at = head.length + text.length;
    for (const [i, plane] of own.entries()) {
      const { axes, pixels, metadata = {} } = plane;
      const json = Buffer.from(JSON.stringify({ Axes: axes, ...metadata }));
      const samples = pixels.length / (height * width);
      const bits = 8 * pixels.BYTES_PER_ELEMENT;
      const isColour = samples === 3;
      const values = at + 2 + 13 * 12 + 4;
      const pixelsAt = values + (isColour ? 6 : 0) + 16;
      const jsonAt = pixelsAt + pixels.byteLength;
      const end = jsonAt + json.length + (json.length % 2);
      const next = i + 1 < own.length ? end : 0;
      const resolution = pixelsAt - 16;
      const fields: Array<[tag: number, type: number, count: number, value: number]> = [
        [256, 4, 1, width],
        [257, 4, 1, height],
        [258, 3, samples, isColour ? values : bits],
        [259, 3, 1, 1],
        [262, 3, 1, isColour ? 2 : 1],
        [273, 4, 1, pixelsAt],
        [277, 3, 1, samples],
        [278, 3, 1, height],
        [279, 4, 1, pixels.byteLength],
        [282, 5, 1, resolution],
        [283, 5, 1, resolution + 8],
        [296, 3, 1, 3],
        [51123, 2, json.length, jsonAt],
      ];
      const directory = Buffer.alloc(pixelsAt - at);
      directory.writeUInt16LE(fields.length, 0);
      for (const [n, [tag, type, items, value]] of fields.entries()) {
        directory.writeUInt16LE(tag, 2 + 12 * n);
        directory.writeUInt16LE(type, 4 + 12 * n);
        directory.writeUInt32LE(items, 6 + 12 * n);
        directory.writeUInt32LE(value, 10 + 12 * n);
      }
      directory.writeUInt32LE(next, 2 + 12 * fields.length);
      if (isColour) for (let sample = 0; sample < 3; sample++) directory.writeUInt16LE(bits, values - at + 2 * sample);
      for (let word = 0; word < 4; word++) directory.writeUInt32LE(1, resolution - at + 4 * word);
      parts.push(directory, Buffer.from(bytesOf(pixels)), padded(json));
      const type = plane.pixelType ?? (isColour ? 2 : bits === 8 ? 0 : 1);
      const numbers = [pixelsAt, width, height, type, 0, jsonAt, json.length, 0];
      index.push(counted(JSON.stringify(axes)), counted(fileName), Buffer.concat(numbers.map(uint32)));
      at = end;
    }
    if (number === count - 1) parts.push(Buffer.alloc(reserved));
    files[fileName] = parts;
  }
  const all = { ...files, 'NDTiff.index': [...index, Buffer.alloc(reserved)] };
  return Object.fromEntries(Object.entries(all).map(([file, parts]) => [file, new Uint8Array(Buffer.concat(parts))]));
}

function uint32(value: number): Buffer {
  const out = Buffer.alloc(4);
  out.writeUInt32LE(value);
  return out;
}

function counted(text: string): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([uint32(bytes.length), bytes]);
}

function padded(bytes: Buffer): Buffer {
  return bytes.length % 2 === 0 ? bytes : Buffer.concat([bytes, Buffer.from(' ')]);
}
