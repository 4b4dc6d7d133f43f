import { deflateRawSync } from 'node:zlib';

/** A zip file of some files, every second of them deflated. */
export function zipBytes(files: Record<string, string | Buffer>): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  Object.entries(files).forEach(([name, content], i) => {
    const data = Buffer.from(content);
    const method = i % 2 === 0 ? 8 : 0;
    const packed = method === 8 ? deflateRawSync(data) : data;
    const local = header(0x04034b50, 30, name, [
      [8, method],
      [18, packed.length],
      [22, data.length],
    ]);
    directory.push(
      header(0x02014b50, 46, name, [
        [10, method],
        [20, packed.length],
        [24, data.length],
        [42, offset],
      ]),
    );
    parts.push(local, packed);
    offset += local.length + packed.length;
  });
  const entries = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt32LE(entries.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, entries, end]);
}

/** A header with the name after it; its length lies at byte 26 of a local header, at 28 of the directory's. */
function header(signature: number, length: number, name: string, numbers: Array<[at: number, value: number]>): Buffer {
  const bytes = Buffer.alloc(length + Buffer.byteLength(name));
  bytes.writeUInt32LE(signature, 0);
  bytes.writeUInt16LE(Buffer.byteLength(name), length === 30 ? 26 : 28);
  for (const [at, value] of numbers) {
    // the method has two bytes, all else four
    if (at < 12) bytes.writeUInt16LE(value, at);
    else bytes.writeUInt32LE(value, at);
  }
  bytes.write(name, length);
  return bytes;
}
