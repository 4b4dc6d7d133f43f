import { bandRows, imageBands } from '../../image/bands';
import type { PixelArray } from '../../image/dtype';
import { type Sample, truthRole } from '../../samples/sample';
import { type OpenPart, type OpenReader, openPart } from './open-part';

/** Whether a sample's segmentation has foreground that counts; it is read until some is found. */
export async function hasForeground(sample: Sample, open: OpenPart = openPart): Promise<boolean> {
  const { id, weight } = sample;
  const truth = sample[truthRole(sample)];
  if (!truth) return false;
  const readers: OpenReader[] = [];
  try {
    readers.push(await open(truth, { role: truthRole(sample), id }));
    if (weight) readers.push(await open(weight, { role: 'weight', id }));
    for (const { t, z, y, rows } of imageBands(truth.shape, bandRows(truth.shape, []))) {
      const read = (reader: OpenReader) =>
        reader.read({ start: [t, 0, z, y, 0], size: [1, 1, 1, rows, truth.shape[4]] });
      const target = await read(readers[0]);
      if (hasCounted(target, readers[1] ? await read(readers[1]) : null)) return true;
    }
    return false;
  } finally {
    await Promise.all(readers.map((reader) => reader.close()));
  }
}

function hasCounted(target: PixelArray, weight: PixelArray | null): boolean {
  for (let i = 0; i < target.length; i++) if (target[i] !== 0 && (weight === null || weight[i] !== 0)) return true;
  return false;
}
