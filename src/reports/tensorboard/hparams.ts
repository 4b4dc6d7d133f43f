import { ProtobufWriter } from '../../graph/onnx/protobuf';
import { event, type Moment } from './records';

/** Numbers of `Status` in TensorBoard's api.proto. */
const STATUS = { success: 1, failure: 2 } as const;
/** DataType of the empty tensor that a value with nothing but metadata has, in TensorFlow's types.proto. */
const DT_FLOAT = 1;

/**
 * Gives the record with which TensorBoard's tab HPARAMS lists a training: its settings, beside which it shows the scalars of the same
 * run. Settings without a value are left out; what is no number, text or truth value is JSON.
 * Source: tensorboard/plugins/hparams, plugin_data.proto.
 */
export function sessionStart(moment: Moment, settings: Readonly<Record<string, unknown>>): Buffer {
  const info = new ProtobufWriter();
  for (const [name, value] of Object.entries(settings)) {
    if (value === null || value === undefined) continue;
    info.message(1, new ProtobufWriter().string(1, name).message(2, protobufValue(value)));
  }
  return hparamsEvent(moment, 'session_start_info', new ProtobufWriter().message(3, info.double(5, moment.time)));
}

/** Gives the record that ends what {@link sessionStart} began. */
export function sessionEnd(moment: Moment, status: keyof typeof STATUS): Buffer {
  const info = new ProtobufWriter().integer(1, STATUS[status]).double(2, moment.time);
  return hparamsEvent(moment, 'session_end_info', new ProtobufWriter().message(4, info));
}

/** A `google.protobuf.Value`. */
function protobufValue(value: unknown): ProtobufWriter {
  if (typeof value === 'number') return new ProtobufWriter().double(2, value);
  if (typeof value === 'boolean') return new ProtobufWriter().integer(4, value ? 1 : 0);
  return new ProtobufWriter().string(3, typeof value === 'string' ? value : JSON.stringify(value));
}

/** The plugin's data are metadata of a value that is an empty tensor. */
function hparamsEvent(moment: Moment, tag: string, data: ProtobufWriter): Buffer {
  const plugin = new ProtobufWriter().string(1, 'hparams').message(2, data);
  const tensor = new ProtobufWriter().integer(1, DT_FLOAT).message(2, new ProtobufWriter());
  const value = new ProtobufWriter()
    .string(1, `_hparams_/${tag}`)
    .message(8, tensor)
    .message(9, new ProtobufWriter().message(1, plugin));
  return event(moment, new ProtobufWriter().message(1, value));
}
