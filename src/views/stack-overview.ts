import { readFile } from 'node:fs/promises';
import { throwIfCancelled } from '../base/errors';
import { halved, RowHalver } from '../formats/pyramid';
import { bandRows, planeBands } from '../image/bands';
import { bytesOf, bytesPerPixel, type PixelArray, viewAs } from '../image/dtype';
import { AtomicFile } from '../storage/atomic-file';
import { fileError } from '../storage/file-error';
import type { NewScratchFile, Scratch } from '../storage/scratch';
import type { OpenPicture, PictureContext } from './open-picture';
import { halves, OverviewWriter, overviewBytes } from './overview-file';

/** What one pass over a stack leaves: its maximum along z, and a volume that fits into memory. */
export interface StackOverview {
  /** level of the picture that was read, and that the first plane of `maximum` has */
  base: number;
  /** file and sizes as in `overview-file.ts` */
  maximum: { path: string; sizes: Array<[number, number]> };
  /** [z, y, x] with y and x as of level `level` */
  volume: { path: string; level: number; shape: [number, number, number] };
}

/** Finds the overview of one time point and channel of a stack: made in bands, once, and kept in the scratch store. */
export async function stackOverview(
  picture: OpenPicture,
  scratch: Scratch,
  { t, c }: { t: number; c: number },
  { signal, limits }: PictureContext,
): Promise<StackOverview> {
  const { dtype, levels, shape } = picture;
  const depth = shape[2];
  const base = levelToRead(picture, limits.stackPixels);
  const sizes = halves(levels[base].size);
  let level = base;
  let [height, width] = levels[base].size;
  for (; depth * height * width > limits.volumePixels && Math.max(height, width) > 1; level++) {
    [height, width] = [halved(height), halved(width)];
  }
  const key = `stack ${t} ${c} from ${base} of ${picture.key}`;
  const volumeShape: [number, number, number] = [depth, height, width];
  const [maximum, volume] = await Promise.all([
    scratch.find('maximum', key, '.bin'),
    scratch.find('volume', key, '.bin'),
  ]);
  const result = (paths: { maximum: string; volume: string }): StackOverview => ({
    base,
    maximum: { path: paths.maximum, sizes },
    volume: { path: paths.volume, level, shape: volumeShape },
  });
  if (maximum && volume) return result({ maximum, volume });

  const volumeBytes = depth * height * width * bytesPerPixel(dtype);
  const files = {
    maximum: await scratch.newFileFor('maximum', key, '.bin', overviewBytes(sizes, dtype)),
    volume: await scratch.newFileFor('volume', key, '.bin', volumeBytes),
  };
  await writeBoth([files.maximum, files.volume], async (maximumFile, volumeFile) => {
    const writer = new OverviewWriter(maximumFile, sizes, dtype, picture.halving);
    await goThrough(picture, { t, c, base, shrink: level - base }, { signal, limits }, async (band) => {
      if ('highest' in band) await writer.add(band.highest);
      else {
        const place = (band.z * height + band.y) * width * bytesPerPixel(dtype);
        await volumeFile.write(bytesOf(band.rows), place);
      }
    });
  });
  return result({ maximum: files.maximum.path, volume: files.volume.path });
}

/** The finest level of the file that is not too large to be gone through. */
function levelToRead({ levels, shape }: OpenPicture, most: number): number {
  const stored = levels.map(({ stored }, level) => (stored === null ? -1 : level)).filter((level) => level >= 0);
  const fits = stored.find((level) => shape[2] * levels[level].size[0] * levels[level].size[1] <= most);
  return fits ?? stored[stored.length - 1];
}

type StackBand = { highest: PixelArray } | { z: number; y: number; rows: PixelArray };

/** Reads a stack once in bands of rows: gives the rows of every plane, made smaller, and of each band the maximum. */
async function goThrough(
  picture: OpenPicture,
  { t, c, base, shrink }: { t: number; c: number; base: number; shrink: number },
  { signal, limits }: PictureContext,
  take: (band: StackBand) => Promise<void>,
): Promise<void> {
  const { dtype, halving } = picture;
  const stored = picture.levels[base].stored ?? 0;
  const { shape, block } = await picture.reader(stored);
  const [, , depth, height, width] = shape;
  // Bands of whole groups of rows that become one row: each plane's band is made smaller by itself.
  const group = 2 ** shrink;
  const rows = Math.max(1, Math.round(bandRows(shape, [block[3]], limits.bandPixels) / group)) * group;
  for (const band of planeBands(height, rows)) {
    let highest: PixelArray | null = null;
    for (let z = 0; z < depth; z++) {
      throwIfCancelled(signal, 'an overview');
      const pixels = await picture.read(
        stored,
        { start: [t, c, z, band.y, 0], size: [1, 1, 1, band.rows, width] },
        signal,
      );
      if (highest === null) highest = pixels.slice();
      else raise(highest, pixels);
      let small = pixels;
      for (let step = 0, [h, w] = [band.rows, width]; step < shrink; step++, h = halved(h), w = halved(w)) {
        small = new RowHalver(w, h, dtype, halving).add(small);
      }
      await take({ z, y: band.y / group, rows: small });
    }
    if (highest) await take({ highest });
  }
}

function raise(highest: PixelArray, pixels: PixelArray): void {
  for (let i = 0; i < pixels.length; i++) if (pixels[i] > highest[i]) highest[i] = pixels[i];
}

async function writeBoth(
  places: readonly NewScratchFile[],
  write: (maximum: AtomicFile, volume: AtomicFile) => Promise<void>,
): Promise<void> {
  const files: AtomicFile[] = [];
  try {
    for (const { path, options } of places) files.push(await AtomicFile.create(path, options));
    await write(files[0], files[1]);
    for (const file of files) await file.commit();
  } catch (error) {
    for (const file of files) await file.abort();
    throw error;
  }
}

/** The volume used last stays in memory: a person drags a section through it. */
let loaded: { path: string; pixels: PixelArray } | null = null;

/** Reads all pixels of an overview's volume. @throws SegmenterError `not-found` where it was evicted */
export async function loadVolume(path: string, dtype: OpenPicture['dtype']): Promise<PixelArray> {
  if (loaded?.path === path) return loaded.pixels;
  loaded = null;
  const bytes = await readFile(path).catch((error: unknown) => {
    throw fileError(error, 'read', path);
  });
  loaded = { path, pixels: viewAs(dtype, bytes) };
  return loaded.pixels;
}
