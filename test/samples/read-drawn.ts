import assert from 'node:assert/strict';
import type { ImageDescription } from '../../src/image/description';
import type { PixelArray } from '../../src/image/dtype';
import { wholeRegion } from '../../src/image/region';
import { parseForeground, parseUnknown } from '../../src/masks/foreground-text';
import { openSegmentation, type SegmentationOptions } from '../../src/samples/segmentation';
import { DISKS, drawn, HEIGHT, tiff, WIDTH } from './drawn-masks';
import { openAll, requestOf, type TemporaryFolder } from './temporary-files';

/** 1 inside of the disks. */
export const MASK = Uint8Array.from(DISKS, (disk) => (disk === 0 ? 0 : 1));

export const binary = (pixels: ArrayLike<number>) => Uint8Array.from(pixels, (value) => (value === 0 ? 0 : 1));

/** Loads a file as seg1, as load-image does. @param bytes null: the file is there */
async function load(
  folder: TemporaryFolder,
  name: string,
  bytes: Uint8Array | null,
  foreground: string,
  unknown: string,
) {
  const raw = await folder.write('raw.tif', tiff(drawn(Uint8Array, (_, x, y) => x + y)));
  const seg1 = bytes ? await folder.write(name, bytes) : folder.at(name);
  const stated = parseForeground(foreground, 'foreground');
  const left = parseUnknown(unknown, 'unknown');
  const request = requestOf({
    ...(stated ? { foreground: { seg1: stated } } : {}),
    ...(left ? { unknown: { seg1: left } } : {}),
  });
  const [sample] = await openAll({ id: 'a', raw, seg1, scene: 0 }, request, [folder.path]);
  assert.ok(sample.seg1);
  return sample.seg1;
}

/** What a segmentation of the disks is read as, and all that is told of it. */
export async function readDrawn(
  folder: TemporaryFolder,
  name: string,
  bytes: Uint8Array | null,
  foreground = '',
  { unknown = '', ...more }: Partial<SegmentationOptions> & { unknown?: string } = {},
): Promise<{ pixels: PixelArray; notes: string; image: ImageDescription }> {
  const image = await load(folder, name, bytes, foreground, unknown);
  const reader = await openSegmentation(image, { name: 'seg1 of sample a', ...more });
  try {
    assert.deepEqual(reader.shape, [1, 1, 1, HEIGHT, WIDTH]);
    const pixels = await reader.read(wholeRegion(reader.shape));
    return { pixels, notes: [...(image.notes ?? []), ...reader.notes].join('; '), image };
  } finally {
    await reader.close();
  }
}
