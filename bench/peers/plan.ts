import { BACKENDS } from '../../src/engines/backends';
import type { DeviceName, EngineName, Precision } from '../../src/engines/engine';
import { ROW_NAMES, type RowName } from '../support/rows';

/** One of our ways to compute. */
export interface OurWay {
  engine: EngineName;
  device: DeviceName;
  precision: Precision;
}

/** Where PyTorch computes. */
export type PeerDevice = 'cpu' | 'cuda';

const PRECISIONS: Record<DeviceName, Precision[]> = {
  cpu: ['float32'],
  cuda: ['float32', 'tf32', 'float16'],
  webgpu: ['float32', 'float16'],
};
const VARIANTS: Record<PeerDevice, string[]> = {
  cpu: ['eager', 'channels-last'],
  cuda: ['fp32', 'eager', 'channels-last', 'channels-last+bf16', 'channels-last+fp16'],
};

/** The rows asked for by name; all without any. A CPU would take many minutes for the large volume, so it must be named. */
export function rowsAsked(names: string[], device: PeerDevice): RowName[] {
  for (const name of names) {
    if (!ROW_NAMES.some((row) => row === name)) {
      throw new Error(`peers: expected rows of ${ROW_NAMES.join(', ')}, got ${name}`);
    }
  }
  if (names.length > 0) return names as RowName[];
  return ROW_NAMES.filter((name) => device === 'cuda' || name !== 'predict-large');
}

/**
 * What `ENGINE`, `DEVICE` and `PRECISION` (one or more, with commas) ask for; where neither of the first two is set, every
 * backend on a GPU. Without `PRECISION` in every one that a device may have. Whether this machine has them turns out later.
 */
export function ourWays({ ENGINE, DEVICE, PRECISION } = process.env): OurWay[] {
  const asked = BACKENDS.filter(({ engine, device }) => {
    const place = DEVICE ? device === DEVICE : device !== 'cpu' || ENGINE;
    return place && (!ENGINE || engine === ENGINE);
  });
  if (asked.length === 0) {
    const known = BACKENDS.map(({ engine, device }) => `${engine} on ${device}`).join(', ');
    throw new Error(`peers: expected ENGINE and DEVICE of ${known}, got ${ENGINE ?? 'any'} on ${DEVICE ?? 'any'}`);
  }
  return asked.flatMap(({ engine, device }) => {
    const precisions = (PRECISION?.split(',') as Precision[] | undefined) ?? PRECISIONS[device];
    return precisions.map((precision) => ({ engine, device, precision }));
  });
}

/** What to measure where no GPU works; null where something else was asked for. */
export function insteadOfGpu({ ENGINE, DEVICE } = process.env): OurWay | null {
  return ENGINE || DEVICE ? null : { engine: 'onnx', device: 'cpu', precision: 'float32' };
}

/** Images a call: `BATCH` (one or more, with commas), or 1 and, on a GPU, 8. */
export function batches(device: PeerDevice, { BATCH } = process.env): number[] {
  if (!BATCH) return device === 'cuda' ? [1, 8] : [1];
  return BATCH.split(',').map(Number);
}

/** PyTorch's variants: `VARIANTS` (one or more, with commas), or the usual ones of a device. */
export function variants(device: PeerDevice, { VARIANTS: asked } = process.env): string[] {
  return asked?.split(',') ?? VARIANTS[device];
}
