import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { type BuildBlock, buildCzi } from '../../test/formats/czi/czi-builder';
import { benchmarkReading, STACK, stackPixels, withFolder } from './stack';

const [, , PLANES] = STACK;
/** Side of a plane of the stack. */
export const SIDE = STACK[4];

/**
 * Reads the stack of the benchmarks from a CZI file and prints how fast.
 * @param blocksOf the sub-blocks of plane z
 */
export async function benchmarkCzi(
  name: string,
  blocksOf: (z: number, plane: Uint16Array<ArrayBuffer>) => BuildBlock[],
): Promise<void> {
  const pixels = stackPixels();
  const plane = SIDE * SIDE;
  await withFolder(async (folder) => {
    const file = path.join(folder, `${name}.czi`);
    const blocks = Array.from({ length: PLANES }, (_, z) => blocksOf(z, pixels.subarray(z * plane, (z + 1) * plane)));
    writeFileSync(process.argv[2] ?? file, buildCzi(blocks.flat()));
    await benchmarkReading(name, process.argv[2] ?? file);
  });
}
