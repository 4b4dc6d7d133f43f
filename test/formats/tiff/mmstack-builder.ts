/** A plane of a Micro-Manager stack; all of its pixels have one value. */
export interface StackPlane {
  channel: number;
  slice: number;
  frame: number;
  value: number;
}

export interface StackOptions {
  height: number;
  width: number;
  position: number;
  /** OME-XML, as it is written into every file of an acquisition when it ends */
  xml: string;
  /** 4 GiB in earnest; false: the stack was closed, which writes what lies behind the pages and gives the rest back */
  reserved?: number | false;
}

/**
 * Writes a file of Micro-Manager's "image stack file" format, 16 bits, as its MultipageTiffWriter does: header of 40 bytes and summary, then
 * for each plane a directory, pixels, resolutions and JSON; on closing an index map, the OME-XML and ImageJ's description (two
 * ImageDescription tags in one directory), display settings, comments and 8 bytes more.
 */
export function buildMmStack(planes: readonly StackPlane[], options: StackOptions): Buffer {
  const { height, width, position, xml, reserved = false } = options;
  const summary = Buffer.from(JSON.stringify({ Channels: 2, Slices: 1, Frames: 1, PixelSizeUm: 0.5 }));
  const head = Buffer.alloc(40);
  head.write('II*\0', 'latin1');
  head.writeUInt32LE(head.length + summary.length, 4);
  head.writeUInt32LE(2355492, 32);
  head.writeUInt32LE(summary.length, 36);
  const parts: Buffer[] = [head, summary];
  let at = head.length + summary.length;
  const append = (bytes: Buffer): number => {
    parts.push(bytes);
    at += bytes.length;
    return at - bytes.length;
  };
  const index: number[] = [];
  let first: Buffer | null = null;
  for (const [i, { channel, slice, frame, value }] of planes.entries()) {
    const names = { ChannelIndex: channel, SliceIndex: slice, FrameIndex: frame, PositionIndex: position };
    const json = Buffer.from(`${JSON.stringify({ ...names, Channel: `C${channel}` })} `);
    const bytes = 2 * height * width;
    const count = 13 + (i === 0 ? 2 : 0) - 2;
    const pixelsAt = at + 2 + 12 * count + 4;
    const resolutionAt = pixelsAt + bytes;
    const jsonAt = resolutionAt + 16;
    const entries: Array<[number, number, number, number]> = [
      [256, 4, 1, width],
      [257, 4, 1, height],
      [258, 3, 1, 16],
      [259, 3, 1, 1],
      [262, 3, 1, 1],
      ...(i === 0
        ? ([
            [270, 2, 0, 0],
            [270, 2, 0, 0],
          ] as Array<[number, number, number, number]>)
        : []),
      [273, 4, 1, pixelsAt],
      [277, 3, 1, 1],
      [278, 3, 1, height],
      [279, 4, 1, bytes],
      [282, 5, 1, resolutionAt],
      [51123, 2, json.length, jsonAt],
    ];
    const directory = Buffer.alloc(2 + 12 * count + 4);
    directory.writeUInt16LE(entries.length, 0);
    for (const [n, [tag, type, items, content]] of entries.entries()) {
      directory.writeUInt16LE(tag, 2 + 12 * n);
      directory.writeUInt16LE(type, 4 + 12 * n);
      directory.writeUInt32LE(items, 6 + 12 * n);
      directory.writeUInt32LE(content, 10 + 12 * n);
    }
    // While the acquisition goes on the last directory leads to where the next will be.
    const isLast = i + 1 === planes.length && reserved === false;
    directory.writeUInt32LE(isLast ? 0 : jsonAt + json.length, 2 + 12 * entries.length);
    first ??= directory;
    index.push(channel, slice, frame, position, append(directory));
    const pixels = Buffer.alloc(bytes);
    for (let pixel = 0; pixel < bytes; pixel += 2) pixels.writeUInt16LE(value, pixel);
    append(pixels);
    append(words(1, 20, 1, 20));
    append(json);
  }
  if (reserved !== false) return Buffer.concat([...parts, Buffer.alloc(reserved)]);
  const block = (headerAt: number, headerMark: number, mark: number, items: number, content: Buffer) => {
    words(headerMark, append(Buffer.concat([words(mark, items), content]))).copy(head, headerAt);
  };
  block(8, 54773648, 3453623, planes.length, words(...index));
  const describe = (text: string, entry: number) => {
    const content = Buffer.from(`${text}\0`);
    words(content.length, append(content)).copy(first as Buffer, 2 + 12 * entry + 4);
  };
  describe(xml, 5);
  describe('ImageJ=1.48g\nchannels=2\nhyperstack=true\nunit=cm\n', 6);
  block(16, 483765892, 347834724, 512, Buffer.concat([Buffer.from('[]'), Buffer.alloc(510)]));
  block(24, 99384722, 84720485, 2, Buffer.from('{}'));
  return Buffer.concat([...parts, Buffer.alloc(8)]);
}

function words(...values: number[]): Buffer {
  const out = Buffer.alloc(4 * values.length);
  for (const [i, value] of values.entries()) out.writeUInt32LE(value, 4 * i);
  return out;
}
