import path from 'node:path';
import { openImage } from '../../../src/formats';
import { count, type Region, type Shape5 } from '../../../src/image/region';
import { readManifest } from '../../../src/samples/manifest';
import { readRegionsFile } from '../../../src/samples/regions-file';

const MOST_LEVELS = 3;
/** A level up to this size is read whole, of a larger one its corners. */
const WHOLE = 2 ** 16;
const CORNER: Shape5 = [1, 2, 2, 24, 24];

/** Opens a file as a node would and reads some of it. Throws what the reader throws. */
export async function readInput(file: string, extension: string): Promise<void> {
  if (extension === '.csv') {
    await readManifest(file, [path.dirname(file)]);
    return;
  }
  if (extension === '.npy' || extension === '.json') {
    await readRegionsFile(file);
    return;
  }
  const source = await openImage(file);
  try {
    for (const [level, shape] of source.info.levels.slice(0, MOST_LEVELS).entries()) {
      for (const region of regionsOf(shape)) {
        const pixels = await source.read(region, { level });
        if (pixels.length !== count(region.size)) throw new Error(`${pixels.length} pixels of [${region.size}]`);
      }
    }
  } finally {
    await source.close();
  }
}

function regionsOf(shape: Shape5): Region[] {
  if (count(shape) <= WHOLE) return [{ start: [0, 0, 0, 0, 0], size: [...shape] }];
  const size = shape.map((n, axis) => Math.min(n, CORNER[axis])) as Shape5;
  const end = shape.map((n, axis) => n - size[axis]) as Shape5;
  return [
    { start: [0, 0, 0, 0, 0], size },
    { start: end, size },
  ];
}
