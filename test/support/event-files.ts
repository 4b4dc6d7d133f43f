import assert from 'node:assert/strict';
import { Crc32c } from '@aws-crypto/crc32c';
import protobuf from 'protobufjs';

/** As much of TensorFlow's event.proto, summary.proto and tensor.proto as events of trainings use, with its numbers. */
const PROTO = `
syntax = "proto3";
package tensorflow;
message Event {
  double wall_time = 1;
  int64 step = 2;
  oneof what { string file_version = 3; bytes graph_def = 4; Summary summary = 5; }
}
message Summary {
  message Image { int32 height = 1; int32 width = 2; int32 colorspace = 3; bytes encoded_image_string = 4; }
  message Value {
    string node_name = 7;
    string tag = 1;
    SummaryMetadata metadata = 9;
    oneof value { float simple_value = 2; bytes obsolete = 3; Image image = 4; TensorProto tensor = 8; }
  }
  repeated Value value = 1;
}
message SummaryMetadata {
  message PluginData { string plugin_name = 1; bytes content = 2; }
  PluginData plugin_data = 1;
  string display_name = 2;
}
message TensorShapeProto { message Dim { int64 size = 1; } repeated Dim dim = 2; }
message TensorProto { int32 dtype = 1; TensorShapeProto tensor_shape = 2; repeated bytes string_val = 8; }
`;
const Event = protobuf.parse(PROTO).root.lookupType('tensorflow.Event');

/** As much of TensorBoard's hparams/plugin_data.proto and Protocol Buffers' struct.proto. */
const HPARAMS = `
syntax = "proto3";
package hparams;
message Value { oneof kind { int32 null_value = 1; double number_value = 2; string string_value = 3; bool bool_value = 4; } }
message HParamsPluginData {
  int32 version = 1;
  oneof data { SessionStartInfo session_start_info = 3; SessionEndInfo session_end_info = 4; }
}
message SessionStartInfo { map<string, Value> hparams = 1; string group_name = 4; double start_time_secs = 5; }
message SessionEndInfo { int32 status = 1; double end_time_secs = 2; }
`;
const PluginData = protobuf.parse(HPARAMS).root.lookupType('hparams.HParamsPluginData');

/** What TensorBoard's tab HPARAMS is told. */
interface ReadHparams {
  sessionStartInfo?: { hparams: Record<string, Record<string, unknown>>; startTimeSecs: number };
  sessionEndInfo?: { status: number; endTimeSecs: number };
}

/** An event as another program reads it. */
export interface ReadEvent {
  step: number;
  time: number;
  fileVersion?: string;
  values: Record<string, number>;
  texts: Record<string, string>;
  pictures: Record<string, { width: number; height: number; png: Uint8Array }>;
  hparams: Record<string, ReadHparams>;
}

/** Reads a file of events, with libraries that have nothing to do with what wrote it; every checksum is checked. */
export function readEvents(file: Buffer): ReadEvent[] {
  const events: ReadEvent[] = [];
  for (let at = 0; at < file.length; ) {
    const length = Number(file.readBigUInt64LE(at));
    assert.equal(file.readUInt32LE(at + 8), masked(file.subarray(at, at + 8)), 'checksum of the length');
    const bytes = file.subarray(at + 12, at + 12 + length);
    assert.equal(file.readUInt32LE(at + 12 + length), masked(bytes), 'checksum of the bytes');
    events.push(read(bytes));
    at += 16 + length;
  }
  return events;
}

interface Value {
  tag: string;
  simpleValue?: number;
  image?: { width: number; height: number; encodedImageString: Uint8Array };
  tensor?: { dtype: number; tensorShape: { dim: Array<{ size: unknown }> }; stringVal: Uint8Array[] };
  metadata?: { pluginData: { pluginName: string; content: Uint8Array } };
}

function read(bytes: Uint8Array): ReadEvent {
  const { wallTime, step, fileVersion, summary } = Event.decode(bytes) as unknown as {
    wallTime: number;
    step: unknown;
    fileVersion?: string;
    summary?: { value: Value[] };
  };
  const event: ReadEvent = { step: Number(step), time: wallTime, values: {}, texts: {}, pictures: {}, hparams: {} };
  if (fileVersion) event.fileVersion = fileVersion;
  for (const { tag, simpleValue, image, tensor, metadata } of summary?.value ?? []) {
    if (image) event.pictures[tag] = { width: image.width, height: image.height, png: image.encodedImageString };
    else if (metadata?.pluginData.pluginName === 'hparams') {
      // An empty tensor of floats, as TensorBoard's own writer has it.
      assert.deepEqual([tensor?.dtype, tensor?.tensorShape.dim.length], [1, 0]);
      event.hparams[tag] = PluginData.toObject(PluginData.decode(metadata.pluginData.content)) as ReadHparams;
    } else if (tensor) {
      assert.deepEqual([tensor.dtype, Number(tensor.tensorShape.dim[0].size)], [7, 1]);
      assert.equal(metadata?.pluginData.pluginName, 'text');
      event.texts[tag] = Buffer.from(tensor.stringVal[0]).toString('utf8');
    } else event.values[tag] = simpleValue ?? 0;
  }
  return event;
}

function masked(bytes: Uint8Array): number {
  const crc = new Crc32c().update(bytes).digest();
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}
