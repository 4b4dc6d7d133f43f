import { crc32c } from '../../base/crc32c';
import { ProtobufWriter } from '../../graph/onnx/protobuf';

/** When something happened: the step, and seconds since 1970. */
export interface Moment {
  step: number;
  time: number;
}

/** DataType of a tensor of strings, in TensorFlow's types.proto. */
const DT_STRING = 7;
const RGB = 3;

/**
 * Gives the record that a file of events begins with. Events are TensorFlow's event.proto and summary.proto in the framing
 * of its record files; one may be appended to another at any time, and a reader passes over one that was cut off.
 * @param time seconds since 1970
 */
export function beginEvents(time: number): Buffer {
  return framed(new ProtobufWriter().double(1, time).string(3, 'brain.Event:2').finish());
}

/** Gives the record of numbers, by their tags, at one moment. */
export function scalarEvent(moment: Moment, scalars: ReadonlyMap<string, number>): Buffer {
  const summary = new ProtobufWriter();
  for (const [tag, value] of scalars) summary.message(1, new ProtobufWriter().string(1, tag).float(2, value));
  return event(moment, summary);
}

/** Gives the record of a picture in colours. */
export function pictureEvent(
  moment: Moment,
  tag: string,
  { png, width, height }: { png: Uint8Array; width: number; height: number },
): Buffer {
  const image = new ProtobufWriter().integer(1, height).integer(2, width).integer(3, RGB).bytes(4, png);
  return event(moment, new ProtobufWriter().message(1, new ProtobufWriter().string(1, tag).message(4, image)));
}

/** Gives the record of a text in Markdown. */
export function textEvent(moment: Moment, tag: string, text: string): Buffer {
  const shape = new ProtobufWriter().message(2, new ProtobufWriter().integer(1, 1));
  const tensor = new ProtobufWriter().integer(1, DT_STRING).message(2, shape).string(8, text);
  const metadata = new ProtobufWriter().message(1, new ProtobufWriter().string(1, 'text'));
  const value = new ProtobufWriter().string(1, tag).message(8, tensor).message(9, metadata);
  return event(moment, new ProtobufWriter().message(1, value));
}

/** Makes a table of two columns in Markdown. */
export function markdownTable(rows: ReadonlyArray<readonly [name: string, value: string]>): string {
  const plain = (text: string) => text.replaceAll('|', '\\|').replaceAll(/\s+/g, ' ');
  const lines = rows.map((row) => `| ${row.map(plain).join(' | ')} |`);
  return ['| | |', '|---|---|', ...lines].join('\n');
}

/** Gives the record of a summary. */
export function event({ step, time }: Moment, summary: ProtobufWriter): Buffer {
  return framed(new ProtobufWriter().double(1, time).integer(2, step).message(5, summary).finish());
}

/** Length as uint64, its checksum, the bytes, their checksum. */
function framed(bytes: Uint8Array): Buffer {
  const head = Buffer.alloc(12);
  head.writeBigUInt64LE(BigInt(bytes.length));
  head.writeUInt32LE(masked(head.subarray(0, 8)), 8);
  const tail = Buffer.alloc(4);
  tail.writeUInt32LE(masked(bytes));
  return Buffer.concat([head, bytes, tail]);
}

/** A checksum of bytes that may have checksums in them. */
function masked(bytes: Uint8Array): number {
  const crc = crc32c(bytes);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}
