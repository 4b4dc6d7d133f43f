import { BLOCKED_DOMAIN } from '../../graph/lowering/map-layout';
import { encodeModel } from '../../graph/onnx/model';
import { createSession, onnxRuntime } from './session';

/** The largest block of any processor. */
const CHANNELS = 16;

/**
 * How many channels ONNX Runtime's blocked convolution puts beside each other on this processor: found by moving two
 * positions of some channels into blocks. null where this build of it has no such convolution.
 */
export async function channelBlock(): Promise<number | null> {
  // measured on x64 only
  if (process.arch !== 'x64') return null;
  const shape = [1, CHANNELS, 1, 2];
  const type = 'ReorderInput';
  const node = { type, domain: BLOCKED_DOMAIN, inputs: ['x'], output: 'y', attributes: { channels_last: 0 } };
  const model = encodeModel({
    name: 'channel-block',
    nodes: [node],
    constants: [],
    inputs: [{ name: 'x', shape }],
    outputs: [{ name: 'y', shape }],
  });
  try {
    const session = await createSession(model, { provider: 'cpu', threads: 1 });
    const positions = Float32Array.from({ length: 2 * CHANNELS }, (_, i) => i);
    const { y } = await session.run({ x: new (onnxRuntime().Tensor)('float32', positions, shape) });
    await session.release();
    // the second position of the first channel comes after the first position of a whole block
    const block = (y.data as Float32Array).indexOf(1);
    return block > 1 ? block : null;
  } catch {
    return null;
  }
}
