import zlib from 'node:zlib';
import { splitBytes } from '../test/formats/czi/czi-builder';
import { benchmarkCzi, SIDE } from './support/czi-stack';

const { zstdCompressSync } = zlib as typeof zlib & { zstdCompressSync?: (bytes: Uint8Array) => Buffer };
if (!zstdCompressSync) {
  console.error('read-czi-zstd: its file is made with Zstandard, which Node.js has from 22.15 on');
  process.exit(1);
}

/** As ZEN writes it: low and high bytes parted, then Zstandard; a block a plane. */
void benchmarkCzi('read-czi-zstd', (z, plane) => {
  const packed = zstdCompressSync(splitBytes(plane));
  const payload = Buffer.concat([Buffer.from([3, 1, 1]), packed]);
  return [{ pixelType: 1, compression: 6, width: SIDE, height: SIDE, at: { C: 0, Z: z }, payload }];
});
