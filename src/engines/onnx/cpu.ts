import { InvalidInputError } from '../../base/errors';
import { blockedLowerings } from '../../graph/lowering/blocked';
import { BLOCKED_DOMAIN } from '../../graph/lowering/map-layout';
import { PLANE_LOWERINGS } from '../../graph/lowering/planes';
import { CPU_LOWERINGS } from '../../graph/lowering/tables';
import { encodeModel } from '../../graph/onnx/model';
import type { Backend } from '../engine';
import { OnnxEngine, type OnnxForm } from './engine';
import { createSession, onnxRuntime, requireOnnxRuntime } from './session';

/** The largest block of any processor. */
const CHANNELS = 16;

/** Module state on purpose: it is one of the processor, and each prediction asks. */
let known: number | null = null;

/**
 * How many channels ONNX Runtime's blocked convolution puts beside each other on this processor: found by moving two
 * positions of some channels into blocks. null where this build of it has no such convolution.
 */
export async function channelBlock(): Promise<number | null> {
  known ??= await findChannelBlock();
  return known;
}

async function findChannelBlock(): Promise<number | null> {
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

/** @param block of the runtime's blocked convolution; null where it has none */
function formOf(block: number | null): OnnxForm {
  const lowerings = block === null ? CPU_LOWERINGS : blockedLowerings(block);
  return {
    device: 'cpu',
    session: { provider: 'cpu' },
    training: { lowerings, stepsAtOnce: 1, stateStays: false, divides: true },
    prediction: {
      // ONNX Runtime has the blocked convolution that this form is made for on x64 only
      lowerings: ({ dimensions }) => (dimensions === 3 && process.arch === 'x64' ? PLANE_LOWERINGS : null),
      together: false,
    },
  };
}

/** ONNX Runtime's own kernels: always there, float32 only. */
export const onnxOnCpu: Backend = {
  engine: 'onnx',
  device: 'cpu',
  /** @throws InvalidInputError for another precision than float32; EngineUnavailableError */
  open: async ({ threads, precision }) => {
    if (precision !== 'float32') throw new InvalidInputError('precision', 'float32 on the CPU', precision);
    requireOnnxRuntime('cpu');
    return new OnnxEngine(formOf(await channelBlock()), threads);
  },
};
