import { bytesOf } from '../src/image/dtype';
import { benchmarkCzi, noisyPlane, SIDE } from './support/czi-stack';

/** An uncompressed CZI file, a block a plane, from the system's file cache. */
void benchmarkCzi('read-czi-raw', (z) => [
  { pixelType: 1, width: SIDE, height: SIDE, at: { C: 0, Z: z }, payload: bytesOf(noisyPlane(z)) },
]);
