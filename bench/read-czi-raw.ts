import { bytesOf } from '../src/image/dtype';
import { benchmarkCzi, SIDE } from './support/czi-stack';

/** An uncompressed CZI file, a block a plane, from the system's file cache. */
void benchmarkCzi('read-czi-raw', (z, plane) => [
  { pixelType: 1, width: SIDE, height: SIDE, at: { C: 0, Z: z }, payload: bytesOf(plane) },
]);
