import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { SegmenterError } from '../../../src/base/errors';
import { type ImageSource, openImage } from '../../../src/formats';
import { bytesOf, type DType, type PixelArray, viewAs } from '../../../src/image/dtype';
import { count, type Shape5, wholeRegion } from '../../../src/image/region';
import { needShared, sharedPath } from '../../support/shared-data';

interface GoldenImage {
  axes: string;
  shape: number[];
  dtype: DType;
  npy: string;
  sha256: string;
}

interface GoldenFile {
  file: string;
  expect: 'ok' | 'error' | 'ok-or-clear-error';
  reason?: string;
  compression?: string;
  scalingMicrometre?: Record<'x' | 'y' | 'z', number | null> | null;
  channelNames?: Array<string | null>;
  images: GoldenImage[];
}

const FOLDER = 'data/czi';
const FILES: GoldenFile[] = sharedPath(FOLDER)
  ? (JSON.parse(readFileSync(path.join(sharedPath(FOLDER) as string, 'manifest.json'), 'utf8')).files as GoldenFile[])
  : [];

/** What the messages of the files that must fail say. */
const REASONS: Record<string, RegExp> = {
  'error_unsupported_compression.czi': /compression 100/,
  'error_file_part.czi': /part 1 of a multi-file CZI/,
  'error_truncated.czi': /truncated/,
  'error_not_czi.czi': /error_not_czi\.czi/,
};

describe('CZI: the golden files', function () {
  this.timeout(20_000);

  it('are all there', function () {
    const folder = needShared(this, FOLDER);
    const inFolder = readdirSync(folder).filter((name) => name.endsWith('.czi'));
    assert.deepEqual(FILES.map(({ file }) => file).sort(), inFolder.sort());
    assert.equal(inFolder.length, 48);
  });

  for (const golden of FILES) {
    const file = path.join(sharedPath(FOLDER) as string, golden.file);
    if (golden.expect === 'error') {
      it(`${golden.file} is refused with the reason`, async () => {
        await assert.rejects(readWhole(file), (error: SegmenterError) => {
          assert.ok(error instanceof SegmenterError, String(error));
          assert.match(error.message, REASONS[golden.file]);
          assert.ok(error.message.includes(golden.file));
          return true;
        });
      });
      continue;
    }

    it(`${golden.file}: pixels, axes, names and pixel size`, async () => {
      const tolerance = golden.compression === 'jxr-lossy' ? 1 : 0;
      for (const [scene, image] of golden.images.entries()) {
        const source = await openImage(file, { scene });
        try {
          const expected = goldenPixels(path.dirname(file), image);
          assert.equal(source.info.scenes, golden.images.length);
          assert.equal(source.info.dtype, image.dtype);
          assert.deepEqual(source.info.levels[0], expected.shape);
          checkMetadata(golden, scene, source);
          await comparePixels(source, expected, tolerance);
        } finally {
          await source.close();
        }
      }
    });
  }

  it('pyramid blocks become levels, and level 0 has none of their pixels', async function () {
    const source = await openImage(needShared(this, `${FOLDER}/mosaic_pyramid.czi`));
    const means: number[] = [];
    for (const [level, shape] of source.info.levels.entries()) {
      const pixels = await source.read(wholeRegion(shape), { level });
      means.push(Array.from(pixels).reduce((sum, value) => sum + value, 0) / pixels.length);
    }
    await source.close();
    assert.deepEqual(source.info.levels, [
      [1, 1, 1, 125, 171],
      [1, 1, 1, 63, 86],
      [1, 1, 1, 32, 43],
    ]);
    // The golden file's pyramid is the negative of its image.
    for (const mean of means.slice(1)) assert.ok(Math.abs(mean + means[0] - 65535) < 700, `${means}`);
  });

  it('says that a plane is missing', async function () {
    const source = await openImage(needShared(this, `${FOLDER}/missing_plane.czi`));
    await source.close();
    assert.deepEqual(source.info.notes, ['1 of 4 planes are missing: they are 0']);
  });

  it('names the well, the field and the place on the stage', async function () {
    const source = await openImage(needShared(this, `${FOLDER}/scenes2.czi`), { scene: 1 });
    await source.close();
    const { well, field } = source.info.acquisition ?? {};
    assert.deepEqual([well, field], ['B2', 0]);
    const stack = await openImage(needShared(this, `${FOLDER}/gray16_tcz.czi`));
    await stack.close();
    // Its blocks were written last to first, 3.5 micrometres apart from 1000 on.
    assert.deepEqual(stack.info.acquisition?.stage, { z: null, y: null, x: 1000 + 11 * 3.5 });
  });
});

async function readWhole(file: string): Promise<void> {
  const source = await openImage(file);
  try {
    await source.read(wholeRegion(source.info.levels[0]));
  } finally {
    await source.close();
  }
}

/** The expected pixels as [t, c, z, y, x]: colours and phases are channels. */
function goldenPixels(folder: string, { axes, shape, dtype, npy, sha256 }: GoldenImage) {
  const bytes = readFileSync(path.join(folder, npy));
  const data = bytes.subarray(10 + bytes.readUInt16LE(8));
  assert.equal(createHash('sha256').update(data).digest('hex'), sha256);
  const stored = viewAs(dtype, data);
  const size = (axis: string) => (axes.includes(axis) ? shape[axes.indexOf(axis)] : 1);
  const [h, t, c, z, y, x, s] = [...'HTCZYXS'].map(size);
  const strides: Record<string, number> = {};
  [...axes].reduceRight((stride, axis) => {
    strides[axis] = stride;
    return stride * size(axis);
  }, 1);
  const out = stored.slice();
  let o = 0;
  for (let it = 0; it < t; it++) {
    for (let ic = 0; ic < c; ic++) {
      for (let ih = 0; ih < h; ih++) {
        for (let is = 0; is < s; is++) {
          const channel = it * strides.T + ic * strides.C + ih * (strides.H ?? 0) + is * (strides.S ?? 0);
          for (let iz = 0; iz < z; iz++) {
            for (let iy = 0; iy < y; iy++) {
              const row = channel + iz * strides.Z + iy * strides.Y;
              for (let ix = 0; ix < x; ix++) out[o++] = stored[row + ix * strides.X];
            }
          }
        }
      }
    }
  }
  return { shape: [t, c * h * s, z, y, x] as Shape5, pixels: out };
}

function checkMetadata(golden: GoldenFile, scene: number, { info }: ImageSource): void {
  const { scalingMicrometre: scaling, channelNames = [], images } = golden;
  if (!scaling) assert.equal(info.pixelSize, null);
  else {
    for (const axis of ['x', 'y', 'z'] as const) {
      const found: number | null = info.pixelSize?.[axis] ?? null;
      const wanted = scaling[axis];
      if (wanted === null) assert.equal(found, null);
      else assert.ok(Math.abs((found ?? 0) / wanted - 1) < 1e-12, `pixel size ${axis}: ${found}, expected ${wanted}`);
    }
  }
  // Mixed pixel types: each image has one of the file's channels.
  const names = images[0].axes === 'TCZYX' && images.length > 1 && !golden.file.startsWith('scenes');
  const expected = names ? [channelNames[scene]] : channelNames;
  const perName = info.channels.length / expected.length;
  for (const [i, { name }] of info.channels.entries()) {
    const wanted = expected[Math.floor(i / perName)];
    if (wanted !== null) assert.ok(name.startsWith(wanted), `channel ${i}: ${name}, expected ${wanted}`);
    else assert.match(name, /^Channel \d$/);
  }
  assert.equal(new Set(info.channels.map(({ name }) => name)).size, info.channels.length);
}

async function comparePixels(
  source: ImageSource,
  { shape, pixels }: { shape: Shape5; pixels: PixelArray },
  tolerance: number,
): Promise<void> {
  const found = await source.read(wholeRegion(shape));
  assert.equal(found.length, count(shape));
  if (tolerance === 0) assert.ok(Buffer.from(bytesOf(found)).equals(bytesOf(pixels as PixelArray)), 'pixels differ');
  for (let i = 0; i < found.length; i++) assert.ok(Math.abs(found[i] - pixels[i]) <= tolerance, `pixel ${i}`);
  // A window inside, over the borders of tiles.
  const [t, c, z, y, x] = shape;
  const start: Shape5 = [t - 1, c - 1, 0, y >> 2, x >> 3];
  const size: Shape5 = [1, 1, z, y >> 1, x >> 1];
  const window = await source.read({ start, size });
  let i = 0;
  for (let iz = 0; iz < z; iz++) {
    for (let iy = start[3]; iy < start[3] + size[3]; iy++) {
      const row = ((((t - 1) * c + c - 1) * z + iz) * y + iy) * x;
      for (let ix = start[4]; ix < start[4] + size[4]; ix++) assert.equal(window[i++], found[row + ix]);
    }
  }
}
