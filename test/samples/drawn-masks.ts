import sharp from 'sharp';
import type { PixelArray } from '../../src/image/dtype';
import { type BuildField, buildTiff, planePage } from '../formats/tiff/tiff-builder';

export const WIDTH = 64;
export const HEIGHT = 48;
const PIXELS = WIDTH * HEIGHT;

/** Three disks: 0 outside, their numbers 1 to 3 inside; row 47 and column 63 are free. */
export const DISKS = Uint8Array.from({ length: PIXELS }, (_, i) => {
  const [x, y] = [i % WIDTH, Math.floor(i / WIDTH)];
  const within = (cx: number, cy: number, r: number) => (x - cx) ** 2 + (y - cy) ** 2 <= r * r;
  return within(15, 15, 8) ? 1 : within(45, 30, 9) ? 2 : within(20, 38, 5) ? 3 : 0;
});

/** Values by the disk's number. */
export function drawn<T extends Uint8Array | Int8Array | Uint16Array | Int32Array | Float32Array>(
  type: { from(values: ArrayLike<number>, map: (value: number, index: number) => number): T },
  value: (disk: number, x: number, y: number) => number,
): T {
  return type.from(DISKS, (disk, i) => value(disk, i % WIDTH, Math.floor(i / WIDTH)));
}

export interface TiffLook {
  /** 0 white is zero, 1 black is zero, 3 palette */
  photometric?: number;
  palette?: (index: number) => [number, number, number];
  samples?: number;
  /** ExtraSamples */
  extra?: number[];
  /** fewer than 8: pixels are packed */
  bits?: 1 | 2 | 4;
  description?: string;
  software?: string;
}

/** A TIFF of one page. @param pixels [y, x, sample] */
export function tiff(pixels: PixelArray, look: TiffLook = {}): Buffer {
  const { photometric, palette, samples = 1, extra, bits, description, software } = look;
  const short = (values: number[]): BuildField => ({ type: 3, values });
  const fields: Record<number, BuildField> = {};
  if (photometric !== undefined) fields[262] = short([photometric]);
  if (extra) fields[338] = short(extra);
  if (description) fields[270] = { type: 2, values: description };
  if (software) fields[305] = { type: 2, values: software };
  if (palette) {
    const colours = Array.from({ length: 2 ** (bits ?? 8 * pixels.BYTES_PER_ELEMENT) }, (_, i) => palette(i));
    fields[320] = short([0, 1, 2].flatMap((sample) => colours.map((colour) => 257 * colour[sample])));
  }
  const page = planePage(pixels, HEIGHT, WIDTH, { samples, extra: fields });
  if (bits) {
    page.fields[258] = short([bits]);
    page.blocks = [packed(pixels, bits)];
  }
  return buildTiff([page]);
}

function packed(pixels: PixelArray, bits: number): Uint8Array {
  const rowBytes = Math.ceil((WIDTH * bits) / 8);
  const bytes = new Uint8Array(rowBytes * HEIGHT);
  for (let i = 0; i < pixels.length; i++) {
    const bit = (i % WIDTH) * bits;
    bytes[Math.floor(i / WIDTH) * rowBytes + (bit >> 3)] |= pixels[i] << (8 - bits - (bit & 7));
  }
  return bytes;
}

/** A picture for sharp to write. @param colour samples by the disk's number */
export function picture(channels: 1 | 2 | 3 | 4, colour: (disk: number) => number[]): sharp.Sharp {
  const samples = Buffer.from(Array.from(DISKS, (disk) => colour(disk)).flat());
  return sharp(samples, { raw: { width: WIDTH, height: HEIGHT, channels } });
}
