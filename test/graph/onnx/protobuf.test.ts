import assert from 'node:assert/strict';
import { ProtobufWriter } from '../../../src/graph/onnx/protobuf';

const hex = (writer: ProtobufWriter) => Buffer.from(writer.finish()).toString('hex');

describe('ProtobufWriter', () => {
  it("writes the examples of the format's own description", () => {
    assert.equal(hex(new ProtobufWriter().integer(1, 150)), '089601');
    assert.equal(hex(new ProtobufWriter().string(2, 'testing')), '120774657374696e67');
    assert.equal(hex(new ProtobufWriter().message(3, new ProtobufWriter().integer(1, 150))), '1a03089601');
  });

  it('writes negative numbers as 64-bit two’s complement, 0 as one byte and large field numbers', () => {
    assert.equal(hex(new ProtobufWriter().integer(1, -1)), `08${'ff'.repeat(9)}01`);
    assert.equal(hex(new ProtobufWriter().integer(1, 0)), '0800');
    assert.equal(hex(new ProtobufWriter().integer(20, 7)), 'a00107');
    assert.equal(hex(new ProtobufWriter().integer(1, 2 ** 40)), '08808080808020');
  });

  it('writes floats, bytes and UTF-8 in order', () => {
    assert.equal(hex(new ProtobufWriter().float(2, 1.5)), '150000c03f');
    const both = new ProtobufWriter().bytes(1, Uint8Array.of(1, 2)).string(1, 'µ');
    assert.equal(hex(both), '0a0201020a02c2b5');
    assert.equal(hex(new ProtobufWriter()), '');
  });
});
