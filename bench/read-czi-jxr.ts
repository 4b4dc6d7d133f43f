import { readFileSync } from 'node:fs';
import type { BuildBlock } from '../test/formats/czi/czi-builder';
import { sharedPath } from '../test/support/shared-data';
import { benchmarkCzi, SIDE } from './support/czi-stack';

const [WIDTH, HEIGHT] = [83, 61];

/** The one block of a golden file; nothing here writes JPEG XR. */
function goldenPayload(): Uint8Array {
  const file = sharedPath('data/czi/gray16_jxr.czi');
  if (!file) throw new Error('read-czi-jxr: the reference data are not on this machine');
  const bytes = readFileSync(file);
  const start = bytes.indexOf(Buffer.from([0x49, 0x49, 0xbc, 0x01]));
  const block = bytes.lastIndexOf('ZISRAWSUBBLOCK', start);
  return bytes.subarray(start, start + Number(bytes.readBigInt64LE(block + 32 + 8)));
}

/** Planes laid with lossless 83 x 61 blocks, 63 on each; blocks of a microscope are larger. */
const payload = goldenPayload();
void benchmarkCzi('read-czi-jxr', (z) => {
  const blocks: BuildBlock[] = [];
  for (let y = 0; y < SIDE; y += HEIGHT) {
    for (let x = 0; x < SIDE; x += WIDTH) {
      const at = { C: 0, Z: z, M: blocks.length };
      blocks.push({ pixelType: 1, compression: 4, x, y, width: WIDTH, height: HEIGHT, at, payload });
    }
  }
  return blocks;
});
