import { throwIfCancelled } from '../base/errors';
import { RowHalver } from '../formats/pyramid';
import { bandRows, planeBands } from '../image/bands';
import { AtomicFile } from '../storage/atomic-file';
import type { Scratch } from '../storage/scratch';
import { storedBefore, type Tile, tileWindow } from './levels';
import type { OpenPicture, PictureContext } from './open-picture';
import { OverviewWriter, overviewBytes, readOverviewTile } from './overview-file';

/** Which tile of a plane. */
export interface PlaneTile {
  t: number;
  c: number;
  z: number;
  level: number;
  row: number;
  column: number;
}

/**
 * Makes one tile of a plane: from the file where it holds the level, else from an overview of the plane, which is made
 * once.
 */
export async function planeTile(
  picture: OpenPicture,
  scratch: Scratch,
  wanted: PlaneTile,
  { signal, limits }: PictureContext,
): Promise<Tile> {
  const { t, c, z, level, row, column } = wanted;
  const { stored, size } = picture.levels[level];
  if (stored !== null) {
    const { y, x, height, width } = tileWindow(size, row, column);
    const pixels = await picture.read(stored, { start: [t, c, z, y, x], size: [1, 1, 1, height, width] }, signal);
    return { pixels, height, width };
  }
  const base = storedBefore(picture.levels, level);
  const sizes = madeFrom(picture, base);
  const file = await planeOverview(picture, scratch, { t, c, z, base }, sizes, { signal, limits });
  return readOverviewTile(file, sizes, picture.dtype, { level: level - base - 1, row, column });
}

/** Sizes of the levels that are made by halving a level of the file. */
function madeFrom({ levels }: OpenPicture, base: number): Array<[number, number]> {
  const after = levels.slice(base + 1);
  const end = after.findIndex(({ stored }) => stored !== null);
  return after.slice(0, end < 0 ? undefined : end).map(({ size }) => size);
}

async function planeOverview(
  picture: OpenPicture,
  scratch: Scratch,
  { t, c, z, base }: { t: number; c: number; z: number; base: number },
  sizes: Array<[number, number]>,
  { signal, limits }: PictureContext,
): Promise<string> {
  const key = `plane ${t} ${c} ${z} from ${base} of ${picture.key}`;
  const there = await scratch.find('overview', key, '.bin');
  if (there) return there;
  const { dtype, halving, levels } = picture;
  const { size, stored } = levels[base];
  const { path, options } = await scratch.newFileFor('overview', key, '.bin', overviewBytes(sizes, dtype));
  const file = await AtomicFile.create(path, options);
  try {
    const writer = new OverviewWriter(file, sizes, dtype, halving);
    const halver = new RowHalver(size[1], size[0], dtype, halving);
    const { shape, block } = await picture.reader(stored ?? 0);
    for (const { y, rows } of planeBands(shape[3], bandRows(shape, [block[3]], limits.bandPixels))) {
      throwIfCancelled(signal, 'an overview');
      const region = { start: [t, c, z, y, 0], size: [1, 1, 1, rows, shape[4]] } as const;
      const pixels = await picture.read(stored ?? 0, { start: [...region.start], size: [...region.size] }, signal);
      await writer.add(halver.add(pixels));
    }
  } catch (error) {
    await file.abort();
    throw error;
  }
  await file.commit();
  return path;
}
