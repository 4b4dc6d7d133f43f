import type { OutlinePolygon, OutlineRing } from '../objects/outlines';

/** A region as ImageJ shows it. */
export interface ImageJRoi {
  name: string;
  /** of the plane, from 1; 0: of all, or the only one */
  z: number;
  t: number;
  /** along the edges of pixels, of one plane of an object; at least one */
  polygons: readonly OutlinePolygon[];
}

const HEADER = 64;
const HEADER2 = 64;
/** Of ImageJ 1.52i, the first whose readers know places in c, z and t and names of their own. */
const VERSION = 228;
const TYPE = { rectangle: 1, traced: 8 } as const;
const SEGMENT = { move: 0, line: 1, close: 4 } as const;
/** Places in the header, and in the second one behind the corners. */
const AT = { type: 6, top: 8, left: 10, bottom: 12, right: 14, corners: 16, shape: 36, header2: 60 } as const;
const AT2 = { z: 8, t: 12, name: 16, nameLength: 20 } as const;
/** Corners are 16-bit numbers, of which ImageJ takes those above for negative ones. */
const LARGEST_CORNER = 60_535;
const MOST_CORNERS = 65_535;

/**
 * Encodes a region as a file of ImageJ (.roi): a traced outline where it is one polygon without holes, else a shape of several,
 * which is also how an outline is kept that is too large for the other. All numbers are big-endian. Source: the table in
 * ij/io/RoiDecoder.java of ImageJ, version 228.
 */
export function encodeRoi({ name, z, t, polygons }: ImageJRoi): Uint8Array {
  const rings = polygons.flatMap((rings) => rings.map(open));
  const box = boxOf(rings);
  const isTraced =
    rings.length === 1 &&
    box.right <= LARGEST_CORNER &&
    box.bottom <= LARGEST_CORNER &&
    rings[0].length <= MOST_CORNERS;
  const body = isTraced ? traced(rings[0], box) : shape(rings);
  const head = Buffer.alloc(HEADER);
  head.write('Iout', 'latin1');
  head.writeUInt16BE(VERSION, 4);
  head.writeUInt8(isTraced ? TYPE.traced : TYPE.rectangle, AT.type);
  for (const side of ['top', 'left', 'bottom', 'right'] as const) head.writeUInt16BE(box[side] & 0xffff, AT[side]);
  if (isTraced) head.writeUInt16BE(rings[0].length, AT.corners);
  else head.writeUInt32BE(body.length / 4, AT.shape);
  head.writeUInt32BE(HEADER + body.length, AT.header2);
  const title = Buffer.from(name, 'utf16le').swap16();
  const head2 = Buffer.alloc(HEADER2);
  head2.writeUInt32BE(z, AT2.z);
  head2.writeUInt32BE(t, AT2.t);
  head2.writeUInt32BE(HEADER + body.length + HEADER2, AT2.name);
  head2.writeUInt32BE(name.length, AT2.nameLength);
  return Buffer.concat([head, body, head2, title]);
}

/** ImageJ closes a ring by itself. */
function open(ring: OutlineRing): OutlineRing {
  return ring.slice(0, -1);
}

interface Box {
  top: number;
  left: number;
  bottom: number;
  right: number;
}

function boxOf(rings: readonly OutlineRing[]): Box {
  const box = { top: Number.POSITIVE_INFINITY, left: Number.POSITIVE_INFINITY, bottom: 0, right: 0 };
  for (const [x, y] of rings.flat()) {
    box.top = Math.min(box.top, y);
    box.left = Math.min(box.left, x);
    box.bottom = Math.max(box.bottom, y);
    box.right = Math.max(box.right, x);
  }
  return box;
}

/** All x, then all y, counted from the box. */
function traced(ring: OutlineRing, { left, top }: Box): Buffer {
  const body = Buffer.alloc(4 * ring.length);
  for (const [i, [x, y]] of ring.entries()) {
    body.writeUInt16BE(x - left, 2 * i);
    body.writeUInt16BE(y - top, 2 * (ring.length + i));
  }
  return body;
}

/** Each ring as a path of float32, which hold whole numbers up to 2^24. */
function shape(rings: readonly OutlineRing[]): Buffer {
  const values = rings.flatMap((ring) => [
    ...ring.flatMap(([x, y], i) => [i === 0 ? SEGMENT.move : SEGMENT.line, x, y]),
    SEGMENT.close,
  ]);
  const body = Buffer.alloc(4 * values.length);
  for (const [i, value] of values.entries()) body.writeFloatBE(value, 4 * i);
  return body;
}
