import { Random } from '../../src/base/random';
import { createImageWriter, describeImage } from '../../src/formats';
import { planeBands } from '../../src/image/bands';
import type { ImageDescription } from '../../src/image/description';

export const TILE = 512;
/** One tile of so many has nuclei; the others are 0 and not stored. */
const SHARE = 8;
const RADIUS = 12;
const PER_TILE = 40;
const STAMPS = 8;

interface Stamp {
  raw: Uint16Array;
  mask: Uint8Array;
}

/** Camera noise on bright discs, and which pixels the discs have. */
function makeStamp(random: Random): Stamp {
  const raw = Uint16Array.from({ length: TILE * TILE }, () => 200 + random.integer(60));
  const mask = new Uint8Array(TILE * TILE);
  for (let n = 0; n < PER_TILE; n++) {
    const [cy, cx] = [0, 1].map(() => RADIUS + random.integer(TILE - 2 * RADIUS));
    for (let y = cy - RADIUS; y < cy + RADIUS; y++) {
      for (let x = cx - RADIUS; x < cx + RADIUS; x++) {
        if (Math.hypot(y - cy, x - cx) >= RADIUS) continue;
        raw[y * TILE + x] = 1500 + random.integer(800);
        mask[y * TILE + x] = 255;
      }
    }
  }
  return { raw, mask };
}

/**
 * A square uint16 plane of any size with nuclei in some tiles, and its true mask, as sparse tiled BigTIFFs that are
 * written one row of tiles at a time.
 */
export async function writeNucleiTiles(rawFile: string, maskFile: string, side: number): Promise<void> {
  const random = new Random(1);
  const stamps = Array.from({ length: STAMPS }, () => makeStamp(random));
  const layout = { shape: [1, 1, 1, side, side] as [number, number, number, number, number], tile: TILE, sparse: true };
  const pixelSize = { z: null, y: 0.5, x: 0.5 };
  const of = (name: string) => ({
    ...layout,
    channels: [{ index: 0, name }],
    pixelSize,
    compression: 'deflate' as const,
  });
  const rawWriter = await createImageWriter(rawFile, { ...of('nuclei'), dtype: 'uint16' }, 'ome-tiff');
  const maskWriter = await createImageWriter(maskFile, { ...of('mask'), dtype: 'uint8' }, 'ome-tiff');
  const raw = new Uint16Array(TILE * side);
  const mask = new Uint8Array(TILE * side);
  for (const { y, rows } of planeBands(side, TILE)) {
    raw.fill(0);
    mask.fill(0);
    const down = y / TILE;
    for (let across = (3 * down) % SHARE; (across + 1) * TILE <= side; across += SHARE) {
      const stamp = stamps[(across + down) % STAMPS];
      for (let row = 0; row < rows; row++) {
        const to = row * side + across * TILE;
        raw.set(stamp.raw.subarray(row * TILE, (row + 1) * TILE), to);
        mask.set(stamp.mask.subarray(row * TILE, (row + 1) * TILE), to);
      }
    }
    await rawWriter.write(raw.subarray(0, rows * side));
    await maskWriter.write(mask.subarray(0, rows * side));
  }
  await rawWriter.finish();
  await maskWriter.finish();
}

/** The first rows of an image, whole width. */
export async function firstRows(file: string, id: string, rows: number): Promise<ImageDescription> {
  const whole = await describeImage(file, { id });
  const [t, c, z, , x] = whole.shape;
  const size: ImageDescription['shape'] = [t, c, z, rows, x];
  return { ...whole, shape: size, region: { start: [0, 0, 0, 0, 0], size } };
}
