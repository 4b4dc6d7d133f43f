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
  sceneName: string | null;
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

    // Its images are the channels of one scene.
    if (golden.file === 'mixed_pixeltypes.czi') continue;

    it(`${golden.file}: pixels, axes, names and pixel size`, async () => {
      const tolerance = golden.compression === 'jxr-lossy' ? 1 : 0;
      for (const [scene, image] of golden.images.entries()) {
        const source = await openImage(file, { scene });
        try {
          const expected = goldenPixels(path.dirname(file), image);
          assert.equal(source.info.scenes, golden.images.length);
          assert.equal(source.info.dtype, image.dtype);
          assert.deepEqual(source.info.levels[0], expected.shape);
          checkMetadata(golden, source);
          assert.equal(source.info.sceneName ?? null, image.sceneName);
          await comparePixels(source, expected, tolerance);
        } finally {
          await source.close();
        }
      }
    });
  }

  it('mixed_pixeltypes.czi: one scene in the type that holds the values of both channels', async function () {
    const file = needShared(this, `${FOLDER}/mixed_pixeltypes.czi`);
    const { images } = FILES.find((golden) => golden.file === 'mixed_pixeltypes.czi') as GoldenFile;
    const source = await openImage(file);
    const { info } = source;
    const pixels = await source.read(wholeRegion(info.levels[0]));
    await source.close();
    assert.deepEqual([info.scenes, info.dtype, info.levels], [1, 'uint16', [[1, 2, 1, 35, 42]]]);
    assert.deepEqual(
      info.channels.map(({ name }) => name),
      ['A', 'B'],
    );
    const both = images.flatMap((image) => [...goldenPixels(path.dirname(file), image).pixels]);
    assert.deepEqual([...pixels], both);
    assert.match(info.notes?.[0] ?? '', /Gray8 \(channel 0\), Gray16 \(channel 1\); all are given as uint16/);
  });

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

  it('levels are found whatever the pyramid byte says, in each scene', async function () {
    const levels = async (file: string, scene: number) => {
      const source = await openImage(file, { scene });
      await source.close();
      return source.info.levels;
    };
    const slide = needShared(this, `${FOLDER}/mosaic_pyramid_bgr24_jxr.czi`);
    assert.deepEqual(await levels(slide, 0), [
      [1, 3, 1, 86, 110],
      [1, 3, 1, 43, 55],
    ]);
    const scenes = needShared(this, `${FOLDER}/scenes_mosaic_pyramid.czi`);
    for (const scene of [0, 1]) {
      assert.deepEqual(await levels(scenes, scene), [
        [1, 1, 1, 57, 68],
        [1, 1, 1, 29, 34],
      ]);
    }
  });

  it('says what is missing in the file, in opening and in reading', async function () {
    const notesOf = async (file: string) => {
      const source = await openImage(file);
      await source.read(wholeRegion(source.info.levels[0]));
      await source.close();
      return source.info.notes;
    };
    const folder = needShared(this, FOLDER);
    const expected: Record<string, RegExp[]> = {
      'gray16_tcz.czi': [],
      'missing_plane.czi': [/^1 of 4 planes are missing and read as 0: T1 C1 Z0$/],
      'no_directory.czi': [/^the file has no directory of its sub-blocks .* searched for$/],
      'short_payload.czi': [/^the sub-block at byte \d+ \(T0 C0 Z0\) holds 1000 of 1200 bytes/],
    };
    for (const [name, patterns] of Object.entries(expected)) {
      const notes = (await notesOf(path.join(folder, name))) ?? [];
      assert.equal(notes.length, patterns.length, `${name}: ${notes}`);
      for (const [i, pattern] of patterns.entries()) assert.match(notes[i], pattern);
    }
  });

  it('the time between images is that of the time stamps where the metadata have none', async function () {
    const source = await openImage(needShared(this, `${FOLDER}/reserved_attachments.czi`));
    await source.close();
    assert.equal(source.info.acquisition?.timeIncrement, 12.5);
  });

  it('phases are channels of their own', async function () {
    const source = await openImage(needShared(this, `${FOLDER}/phases_h.czi`));
    await source.close();
    const names = source.info.channels.map(({ name }) => name);
    assert.deepEqual(names, ['Ch1 H0', 'Ch1 H1', 'Ch1 H2', 'Ch2 H0', 'Ch2 H1', 'Ch2 H2']);
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

  it('says which pixel the place on the stage is of: the middle of the tile that states it', async function () {
    const of = async (name: string, scene = 0) => {
      const source = await openImage(needShared(this, `${FOLDER}/${name}.czi`), { scene });
      await source.close();
      return source.info.acquisition;
    };
    const middle = (height: number, width: number) => ({ y: (height - 1) / 2, x: (width - 1) / 2 });
    // Its six tiles of 40 x 32 were written last to first, two channels each: that in the corner was the last of all.
    const mosaic = await of('mosaic_plain');
    assert.deepEqual([mosaic?.stage?.x, mosaic?.stageAt], [1000 + 11 * 3.5, middle(32, 40)]);
    // Scenes of one tile, which lie far apart in the file: the pixel counts from the scene's own corner.
    const scene = await of('scenes2', 1);
    assert.deepEqual([scene?.stage?.x, scene?.stageAt], [1000 + 2 * 3.5, middle(32, 64)]);
    const moved = await of('nonzero_start');
    assert.deepEqual([moved?.stage?.x, moved?.stageAt], [1000, middle(29, 44)]);
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

function checkMetadata(golden: GoldenFile, { info }: ImageSource): void {
  const { scalingMicrometre: scaling, channelNames = [] } = golden;
  if (!scaling) assert.equal(info.pixelSize, null);
  else {
    for (const axis of ['x', 'y', 'z'] as const) {
      const found: number | null = info.pixelSize?.[axis] ?? null;
      const wanted = scaling[axis];
      if (wanted === null) assert.equal(found, null);
      else assert.ok(Math.abs((found ?? 0) / wanted - 1) < 1e-12, `pixel size ${axis}: ${found}, expected ${wanted}`);
    }
  }
  const perName = info.channels.length / channelNames.length;
  for (const [i, { name }] of info.channels.entries()) {
    const wanted = channelNames[Math.floor(i / perName)];
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
