/** Writes the wire format of Protocol Buffers (https://protobuf.dev/programming-guides/encoding): only what ONNX and TensorBoard need. */
export class ProtobufWriter {
  private readonly parts: Uint8Array[] = [];

  /** Varint field; negative numbers as 64-bit two's complement. */
  integer(field: number, value: number): this {
    return this.push(varint(field * 8)).push(varint(value));
  }

  float(field: number, value: number): this {
    return this.push(varint(field * 8 + 5)).push(new Uint8Array(Float32Array.of(value).buffer));
  }

  double(field: number, value: number): this {
    return this.push(varint(field * 8 + 1)).push(new Uint8Array(Float64Array.of(value).buffer));
  }

  bytes(field: number, value: Uint8Array): this {
    return this.push(varint(field * 8 + 2))
      .push(varint(value.length))
      .push(value);
  }

  string(field: number, value: string): this {
    return this.bytes(field, Buffer.from(value, 'utf8'));
  }

  message(field: number, value: ProtobufWriter): this {
    return this.bytes(field, value.finish());
  }

  /** A field that is written already. */
  raw(field: Uint8Array): this {
    return this.push(field);
  }

  finish(): Uint8Array {
    return Buffer.concat(this.parts);
  }

  private push(part: Uint8Array): this {
    this.parts.push(part);
    return this;
  }
}

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  do {
    const low = Number(rest & 127n);
    rest >>= 7n;
    bytes.push(rest > 0n ? low | 128 : low);
  } while (rest > 0n);
  return Uint8Array.from(bytes);
}
