import { halved, RowHalver } from '../formats/pyramid';
import { allocate, type PixelArray } from '../image/dtype';
import type { Scratch } from '../storage/scratch';
import { cutWindow, storedBefore, TILE, type Tile, tileWindow } from './levels';
import type { OpenPicture, PictureContext } from './open-picture';
import { readOverviewTile } from './overview-file';
import { loadVolume, type StackOverview, stackOverview } from './stack-overview';

/** Which tile of a view through a stack; `at` is a pixel of level 0: of y for `xz`, of x for `yz`. */
export interface StackTile {
  view: 'xz' | 'yz' | 'max';
  t: number;
  c: number;
  at: number;
  level: number;
  row: number;
  column: number;
}

/**
 * Makes one tile of the maximum along z, or of a section: rows are z, which is never halved, columns x or y of the
 * level. Where the stack is large it may be coarser than the level: then it has fewer pixels.
 */
export async function stackTile(
  picture: OpenPicture,
  scratch: Scratch,
  wanted: StackTile,
  context: PictureContext,
): Promise<Tile> {
  const section = wanted.view === 'max' ? null : await sectionOfFile(picture, wanted, context);
  if (section) return section;
  const overview = await stackOverview(picture, scratch, wanted, context);
  return wanted.view === 'max' ? maximumTile(picture, overview, wanted) : sectionOfVolume(picture, overview, wanted);
}

async function maximumTile(
  picture: OpenPicture,
  { base, maximum: { path, sizes } }: StackOverview,
  { level, row, column }: StackTile,
): Promise<Tile> {
  if (level >= base) return readOverviewTile(path, sizes, picture.dtype, { level: level - base, row, column });
  // The tile is a part of one of a coarser level.
  const times = 2 ** (base - level);
  const window = tileWindow(picture.levels[level].size, row, column);
  const place = { row: Math.floor(row / times), column: Math.floor(column / times) };
  const coarse = await readOverviewTile(path, sizes, picture.dtype, { level: 0, ...place });
  const [y, x] = [Math.floor(window.y / times) % TILE, Math.floor(window.x / times) % TILE];
  const height = Math.min(coarse.height - y, Math.ceil(window.height / times));
  const width = Math.min(coarse.width - x, Math.ceil(window.width / times));
  return { pixels: cutWindow(coarse.pixels, coarse.width, { y, x, height, width }), height, width };
}

/** A section straight from the file, where it touches few blocks; else null. */
async function sectionOfFile(
  picture: OpenPicture,
  { view, t, c, at, level, row, column }: StackTile,
  { signal, limits }: PictureContext,
): Promise<Tile | null> {
  const from = storedBefore(picture.levels, level);
  const { stored, size } = picture.levels[from];
  const reader = await picture.reader(stored ?? 0);
  const depth = picture.shape[2];
  const along = view === 'xz' ? 1 : 0;
  const steps = level - from;
  const { y: z, x, height, width } = tileWindow([depth, picture.levels[level].size[along]], row, column);
  const first = x * 2 ** steps;
  const count = Math.min(size[along] - first, width * 2 ** steps);
  const [, , , blockY, blockX] = reader.block;
  const touched = view === 'xz' ? Math.min(blockY, size[0]) * count : Math.min(blockX, size[1]) * count;
  if (height * touched > limits.sectionPixels) return null;
  const across = Math.min(size[1 - along] - 1, Math.floor(at / 2 ** from));
  const region =
    view === 'xz'
      ? { start: [t, c, z, across, first], size: [1, 1, height, 1, count] }
      : { start: [t, c, z, first, across], size: [1, 1, height, count, 1] };
  const pixels = await picture.read(stored ?? 0, { start: five(region.start), size: five(region.size) }, signal);
  return narrowed(picture, pixels, height, count, steps);
}

async function sectionOfVolume(
  picture: OpenPicture,
  { volume }: StackOverview,
  { view, at, level, row, column }: StackTile,
): Promise<Tile> {
  const pixels = await loadVolume(volume.path, picture.dtype);
  const [depth, rows, columns] = volume.shape;
  const along = view === 'xz' ? 1 : 0;
  const { y: z, x, height, width } = tileWindow([depth, picture.levels[level].size[along]], row, column);
  const scale = 2 ** (level - volume.level);
  const extent = view === 'xz' ? columns : rows;
  const first = Math.min(extent - 1, Math.floor(x * scale));
  const count = Math.min(extent - first, Math.max(1, Math.ceil(width * scale)));
  const across = Math.min((view === 'xz' ? rows : columns) - 1, Math.floor(at / 2 ** volume.level));
  const section = allocate(picture.dtype, height * count);
  for (let i = 0; i < height; i++) {
    const plane = (z + i) * rows * columns;
    if (view === 'xz') {
      const start = plane + across * columns + first;
      section.set(pixels.subarray(start, start + count), i * count);
    } else {
      for (let j = 0; j < count; j++) section[i * count + j] = pixels[plane + (first + j) * columns + across];
    }
  }
  return narrowed(picture, section, height, count, Math.max(0, level - volume.level));
}

/** Columns halved so many times; rows stay. */
function narrowed(
  { dtype, halving }: OpenPicture,
  pixels: PixelArray,
  height: number,
  width: number,
  steps: number,
): Tile {
  let [narrow, columns] = [pixels, width];
  for (let step = 0; step < steps; step++) {
    const smaller = halved(columns);
    const next = allocate(dtype, height * smaller);
    for (let row = 0; row < height; row++) {
      // Of a plane of one row both rows of a pair are that row.
      const half = new RowHalver(columns, 1, dtype, halving).add(narrow.subarray(row * columns, (row + 1) * columns));
      next.set(half, row * smaller);
    }
    [narrow, columns] = [next, smaller];
  }
  return { pixels: narrow, height, width: columns };
}

function five(numbers: number[]): [number, number, number, number, number] {
  const [t, c, z, y, x] = numbers;
  return [t, c, z, y, x];
}
