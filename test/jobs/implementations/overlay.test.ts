import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import sharp from 'sharp';
import type { SegmenterError } from '../../../src/base/errors';
import { createImageWriter, describeImage } from '../../../src/formats';
import { count, type Shape5 } from '../../../src/image/region';
import { overlayJob } from '../../../src/jobs/implementations/overlay';
import type { JobInput } from '../../../src/jobs/job-types';
import { OVERLAY_COLOURS, objectColour, type Rgb, rgbOf } from '../../../src/views/overlay-colours';
import { Workbench } from './workbench';

const VIEW = { t: 0, z: 'middle', longest: 64, style: 'overlay' } as const;
const PLANE: Shape5 = [1, 1, 1, 40, 60];
const [FOUND, MISSED, SURPLUS] = [OVERLAY_COLOURS.found, OVERLAY_COLOURS.missed, OVERLAY_COLOURS.surplus].map(rgbOf);

/** Rows and columns from and to before. */
type Box = [y0: number, y1: number, x0: number, x1: number];

function boxes(
  [, , , , width]: Shape5,
  all: ReadonlyArray<{ box: Box; value: number }>,
  length: number,
): Uint8Array<ArrayBuffer> {
  const pixels = new Uint8Array(length);
  for (const { box, value } of all) {
    for (let y = box[0]; y < box[1]; y++) pixels.fill(value, y * width + box[2], y * width + box[3]);
  }
  return pixels;
}

describe('overlay', () => {
  let bench: Workbench;
  beforeEach(async () => {
    bench = await Workbench.open();
  });
  afterEach(() => bench.close());

  const mask = (name: string, all: Array<{ box: Box; value: number }>, shape = PLANE) =>
    bench.image(`${name}.ome.tiff`, shape, boxes(shape, all, count(shape)));
  const flat = (shape = PLANE) => bench.image('raw.ome.tiff', shape, new Uint16Array(count(shape)));

  async function draw(input: Partial<JobInput<'overlay'>> & Pick<JobInput<'overlay'>, 'raw'>) {
    const given = { found: null, truth: null, weight: null, view: VIEW, ...input };
    const result = await overlayJob(given, bench.context());
    const bytes = await readFile(result.path);
    assert.equal(bytes.length, result.bytes);
    const { data, info } = await sharp(bytes).raw().toBuffer({ resolveWithObject: true });
    assert.deepEqual([info.height, info.width, info.channels], [...result.size, 3]);
    const at = (y: number, x: number): Rgb => [...data.subarray(3 * (y * info.width + x)).subarray(0, 3)] as Rgb;
    return { ...result, at };
  }

  it('draws a mask as an outline with what is inside left as it looks, and darker beside it', async () => {
    const raw = await bench.image(
      'raw.ome.tiff',
      PLANE,
      new Uint16Array(count(PLANE)).map((_, i) => (i % 2) * 500),
    );
    const image = await mask('mask', [{ box: [10, 20, 15, 30], value: 255 }]);
    const { at, size } = await draw({ raw, found: { kind: 'mask', image } });
    assert.deepEqual(size, [40, 60]);
    for (const [y, x] of [
      [10, 15],
      [10, 22],
      [19, 29],
      [15, 15],
      [15, 29],
    ]) {
      assert.deepEqual(at(y, x), FOUND, `${y}, ${x}`);
    }
    assert.deepEqual(
      [at(15, 20), at(15, 21)],
      [
        [0, 0, 0],
        [255, 255, 255],
      ],
    );
    assert.deepEqual(at(9, 21), [115, 115, 115]);
    assert.deepEqual(at(5, 21), [255, 255, 255]);
  });

  it('tells touching objects apart', async () => {
    const image = await mask('labels', [
      { box: [10, 20, 10, 20], value: 1 },
      { box: [10, 20, 20, 30], value: 2 },
    ]);
    const raw = await flat();
    const labelled = await draw({ raw, found: { kind: 'labels', image } });
    const colours = [1, 2].map((label) => rgbOf(objectColour(label)));
    assert.deepEqual([labelled.at(15, 19), labelled.at(15, 20)], colours);
    const asMask = await draw({ raw, found: { kind: 'mask', image } });
    assert.deepEqual(
      [asMask.at(15, 19), asMask.at(15, 20)],
      [
        [0, 0, 0],
        [0, 0, 0],
      ],
    );
  });

  it('shows against a truth what is right, missed and surplus', async () => {
    const image = await mask('mask', [{ box: [5, 25, 10, 30], value: 1 }]);
    const truth = await mask('truth', [{ box: [5, 25, 20, 40], value: 1 }]);
    const { at } = await draw({ raw: await flat(), found: { kind: 'mask', image }, truth });
    assert.deepEqual(at(5, 15), SURPLUS);
    assert.deepEqual(at(5, 25), FOUND);
    assert.deepEqual(at(5, 35), MISSED);
    // Inside: filled, left as it is, striped.
    const share = (colour: Rgb, part: number) => colour.map((value) => Math.round(value * part));
    assert.deepEqual(at(15, 15), share(SURPLUS, 0.45));
    assert.deepEqual(at(15, 25), [0, 0, 0]);
    const missed = [0, 1, 2, 3].map((i) => at(15, 33 + i).join());
    assert.equal(missed.filter((pixel) => pixel === share(MISSED, 0.6).join()).length, 2);
    assert.equal(missed.filter((pixel) => pixel === '0,0,0').length, 2);
  });

  it('judges nothing where the weight is 0, and where the truth is unknown, which is darker', async () => {
    const raw = await bench.image(
      'raw.ome.tiff',
      PLANE,
      new Uint16Array(count(PLANE)).map((_, i) => (i % 2) * 500),
    );
    const image = await mask('mask', [{ box: [5, 25, 10, 30], value: 1 }]);
    const weight = await mask('weight', [{ box: [0, 40, 20, 60], value: 1 }]);
    const target = await mask('target', [
      { box: [5, 25, 20, 30], value: 255 },
      { box: [0, 40, 50, 60], value: 128 },
    ]);
    const truth = {
      ...target,
      foreground: { kind: 'values' as const, values: [255] },
      unknown: { kind: 'values' as const, values: [128] },
    };
    const { at } = await draw({ raw, found: { kind: 'mask', image }, truth, weight });
    assert.deepEqual(at(15, 11), [102, 102, 102]);
    assert.deepEqual(at(15, 51), [102, 102, 102]);
    assert.deepEqual(at(15, 41), [255, 255, 255]);
    assert.deepEqual(at(15, 21 - 1), FOUND);
  });

  it('colours a probability, and takes it from its threshold on against a truth', async () => {
    const pixels = new Uint16Array(count(PLANE));
    pixels.fill(0.4 * 65535, 0, 1200);
    const image = await bench.image('p.ome.tiff', PLANE, pixels, { scale: 1 / 65535 });
    const found = { kind: 'probability' as const, image };
    const raw = await flat();
    const alone = await draw({ raw, found });
    assert.deepEqual(
      alone.at(5, 5),
      FOUND.map((value) => Math.round(value * 0.65 * 0.4)),
    );
    assert.deepEqual(alone.at(30, 5), [0, 0, 0]);
    const truth = await mask('truth', [{ box: [0, 20, 0, 60], value: 1 }]);
    const strict = await draw({ raw, found, truth });
    assert.deepEqual(strict.at(19, 5), MISSED);
    const lenient = await draw({ raw, found: { ...found, threshold: 0.3 }, truth });
    assert.deepEqual(lenient.at(19, 5), FOUND);
  });

  it('takes the plane in the middle of what is foreground, one that is named, or the maximum', async () => {
    const shape: Shape5 = [2, 1, 9, 20, 20];
    const volume = new Uint8Array(count(shape));
    for (const z of [5, 6, 7]) volume.fill(1, (9 + z) * 400 + 100, (9 + z) * 400 + 200);
    const raw = await bench.image(
      'raw.ome.tiff',
      shape,
      new Uint16Array(count(shape)).map((_, i) => (Math.floor(i / 400) % 9) * 10 + (i % 2)),
    );
    const image = await bench.image('m.ome.tiff', shape, volume);
    const found = { kind: 'mask' as const, image };
    assert.equal((await draw({ raw, found, view: { ...VIEW, t: 1 } })).z, 6);
    assert.equal((await draw({ raw, found, view: { ...VIEW, t: 0 } })).z, 4, 'nothing there: the middle of the stack');
    const named = await draw({ raw, found, view: { ...VIEW, t: 1, z: 3, longest: 20 } });
    assert.deepEqual([named.z, named.at(5, 5)], [3, [255, 255, 255]]);
    const highest = await draw({ raw, found, view: { ...VIEW, t: 1, z: 'max', longest: 20 } });
    assert.deepEqual([highest.z, highest.at(5, 0)], [null, FOUND]);
    await assert.rejects(
      draw({ raw, found, view: { ...VIEW, z: 9 } }),
      (error: SegmenterError) => error.code === 'invalid-input' && /z: expected 0 to 8/.test(error.message),
    );
  });

  it('shrinks to the longer side that is wanted; an object of one pixel and an outline stay', async () => {
    const shape: Shape5 = [1, 1, 1, 300, 1200];
    const image = await mask(
      'mask',
      [
        { box: [100, 200, 300, 600], value: 1 },
        { box: [50, 51, 900, 901], value: 1 },
      ],
      shape,
    );
    const { at, size } = await draw({
      raw: await flat(shape),
      found: { kind: 'mask', image },
      view: { ...VIEW, longest: 100 },
    });
    assert.deepEqual(size, [25, 100]);
    assert.deepEqual([at(4, 75), at(8, 30), at(12, 25), at(12, 30)], [FOUND, FOUND, FOUND, [0, 0, 0]]);
  });

  it('enlarges a small image in whole steps, its outline stays thin', async () => {
    const image = await mask('mask', [{ box: [10, 20, 15, 30], value: 1 }]);
    const raw = await flat();
    const { at, size } = await draw({ raw, found: { kind: 'mask', image }, view: { ...VIEW, longest: 200 } });
    assert.deepEqual(size, [120, 180]);
    assert.deepEqual([at(30, 45), at(31, 46), at(59, 89)], [FOUND, [0, 0, 0], FOUND]);
  });

  it('adds up channels in their colours; of colours the picture', async () => {
    const shape: Shape5 = [1, 2, 1, 40, 60];
    const pixels = new Uint16Array(count(shape));
    pixels.fill(900, 0, 1200);
    pixels.fill(700, 2400 + 1200, 4800);
    const raw = await bench.image('raw.ome.tiff', shape, pixels);
    const both = await draw({ raw });
    assert.deepEqual([both.at(5, 5), both.at(35, 5)], [rgbOf('#00a5ff'), rgbOf('#ff40b0')]);
    const one = await draw({ raw, channels: [1] });
    assert.deepEqual(
      [one.at(5, 5), one.at(35, 5)],
      [
        [0, 0, 0],
        [255, 255, 255],
      ],
    );
    await assert.rejects(draw({ raw, channels: [2] }), /channel: expected 0 to 1, got 2/);
  });

  it('draws the raw image alone on request, and refuses what does not fit it', async () => {
    const image = await mask('mask', [{ box: [10, 20, 15, 30], value: 255 }]);
    const raw = await flat();
    const found = { kind: 'mask' as const, image };
    const plain = await draw({ raw, found, view: { ...VIEW, style: 'plain' } });
    assert.deepEqual(plain.at(10, 15), [0, 0, 0]);
    const other = await mask('other', [], [1, 1, 1, 40, 61]);
    await assert.rejects(draw({ raw, found, truth: other }), /truth \(shape T,C,Z,Y,X\)/);
  });

  it('reads a level of the file that fits, not its pixels', async () => {
    const shape: Shape5 = [1, 1, 1, 1024, 2048];
    const file = `${bench.data}/pyramid.ome.tiff`;
    const writer = await createImageWriter(
      file,
      {
        shape,
        dtype: 'uint16',
        channels: [{ index: 0, name: 'c' }],
        pixelSize: null,
        compression: 'deflate',
        tile: 512,
        pyramid: 'mean',
      },
      'ome-tiff',
    );
    await writer.write(new Uint16Array(count(shape)).map((_, i) => (i % 2048 < 1024 ? 100 : 0)));
    await writer.finish();
    const raw = await describeImage(file, { id: 'pyramid' });
    const { size, at } = await draw({ raw, view: { ...VIEW, longest: 256 } });
    assert.deepEqual(
      [size, at(64, 20), at(64, 200)],
      [
        [128, 256],
        [255, 255, 255],
        [0, 0, 0],
      ],
    );
  });
});
