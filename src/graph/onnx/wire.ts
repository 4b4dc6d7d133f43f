/** A field of a Protocol Buffers message as it lies in the bytes. */
export interface WireField {
  field: number;
  /** 0: `value`; 1, 2 and 5: `bytes` */
  wire: 0 | 1 | 2 | 5;
  value: number;
  /** what the field holds */
  bytes: Uint8Array;
  /** the field with its tag, to be copied as it is */
  whole: Uint8Array;
}

/**
 * Reads the fields of a message one after the other (https://protobuf.dev/programming-guides/encoding); nothing is copied.
 * @param broken is called where the bytes are no message
 */
export function* readFields(message: Uint8Array, broken: () => never): Generator<WireField> {
  const end = message.length;
  let at = 0;
  const varint = (): number => {
    for (let value = 0, factor = 1; ; factor *= 128) {
      if (at >= end || factor > 2 ** 63) broken();
      const byte = message[at++];
      value += (byte % 128) * factor;
      if (byte < 128) return value;
    }
  };
  while (at < end) {
    const start = at;
    const tag = varint();
    const [field, wire] = [Math.floor(tag / 8), tag % 8];
    if (field === 0 || !(wire === 0 || wire === 1 || wire === 2 || wire === 5)) return broken();
    const value = wire === 0 ? varint() : 0;
    const length = wire === 1 ? 8 : wire === 5 ? 4 : wire === 2 ? varint() : 0;
    if (length > end - at) broken();
    const bytes = message.subarray(at, at + length);
    at += length;
    yield { field, wire, value, bytes, whole: message.subarray(start, at) };
  }
}

/** Reads a text of a field. */
export function textOf({ bytes }: Pick<WireField, 'bytes'>): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}
