/** A region as a reader of ImageJ's table of the format finds it; written apart from the writer, with places as that table lists them. */
export interface DecodedRoi {
  type: number;
  version: number;
  name: string;
  c: number;
  z: number;
  t: number;
  bounds: { top: number; left: number; bottom: number; right: number };
  /** [x, y] of the corners of each closed path */
  paths: number[][][];
}

/** As `RoiDecoder.getShort` of ImageJ reads a number. */
function short(view: DataView, at: number): number {
  const signed = view.getInt16(at);
  return signed < -5000 ? signed + 65536 : signed;
}

export function decodeRoi(bytes: Uint8Array): DecodedRoi {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (String.fromCharCode(...bytes.subarray(0, 4)) !== 'Iout') throw new Error('no ROI of ImageJ');
  const bounds = { top: short(view, 8), left: short(view, 10), bottom: short(view, 12), right: short(view, 14) };
  const second = view.getInt32(60);
  const [nameAt, nameLength] = [view.getInt32(second + 16), view.getInt32(second + 20)];
  let name = '';
  for (let i = 0; i < nameLength; i++) name += String.fromCharCode(view.getUint16(nameAt + 2 * i));
  const shapeSize = view.getInt32(36);
  const paths = shapeSize > 0 ? shapePaths(view, shapeSize) : [polygon(view, bounds)];
  const place = { c: view.getInt32(second + 4), z: view.getInt32(second + 8), t: view.getInt32(second + 12) };
  return { type: bytes[6], version: view.getInt16(4), name, ...place, bounds, paths };
}

function polygon(view: DataView, { left, top }: DecodedRoi['bounds']): number[][] {
  const n = view.getUint16(16);
  return Array.from({ length: n }, (_, i) => [left + short(view, 64 + 2 * i), top + short(view, 64 + 2 * n + 2 * i)]);
}

/** Segments of java.awt.geom.PathIterator: 0 moves, 1 draws a line, 4 closes. */
function shapePaths(view: DataView, size: number): number[][][] {
  const paths: number[][][] = [];
  let path: number[][] = [];
  for (let i = 0; i < size; ) {
    const segment = view.getFloat32(64 + 4 * i++);
    if (segment === 4) {
      paths.push(path);
      path = [];
      continue;
    }
    if (segment !== (path.length === 0 ? 0 : 1)) throw new Error(`segment ${segment}`);
    path.push([view.getFloat32(64 + 4 * i++), view.getFloat32(64 + 4 * i++)]);
  }
  if (path.length > 0) throw new Error('a path that is not closed');
  return paths;
}

/** The files of a ZIP archive by its directory, ZIP64 included. */
export function unzip(archive: Uint8Array, inflate: (packed: Uint8Array) => Uint8Array): Map<string, Uint8Array> {
  const bytes = Buffer.from(archive);
  const end = bytes.length - 22;
  let [count, at] = [bytes.readUInt16LE(end + 10), bytes.readUInt32LE(end + 16)];
  if (bytes.readUInt32LE(end) !== 0x06054b50) throw new Error('no end of a ZIP archive');
  if (count === 0xffff) {
    const large = Number(bytes.readBigUInt64LE(end - 20 + 8));
    if (bytes.readUInt32LE(large) !== 0x06064b50) throw new Error('no end of ZIP64');
    count = Number(bytes.readBigUInt64LE(large + 32));
    at = Number(bytes.readBigUInt64LE(large + 48));
  }
  const files = new Map<string, Uint8Array>();
  for (let i = 0; i < count; i++) {
    const [method, packed, length] = [
      bytes.readUInt16LE(at + 10),
      bytes.readUInt32LE(at + 20),
      bytes.readUInt16LE(at + 28),
    ];
    const local = bytes.readUInt32LE(at + 42);
    const name = bytes.toString('utf8', at + 46, at + 46 + length);
    const start = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28);
    const content = bytes.subarray(start, start + packed);
    files.set(name, method === 0 ? content : inflate(content));
    at += 46 + length + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32);
  }
  return files;
}
