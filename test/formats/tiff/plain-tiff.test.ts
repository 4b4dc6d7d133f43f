import assert from 'node:assert/strict';
import { openImage } from '../../../src/formats/open-image';
import type { SourceInfo } from '../../../src/formats/source';
import { isImageJ, parseImageJ } from '../../../src/formats/tiff/dialects/imagej';
import { type Shape5, wholeRegion } from '../../../src/image/region';
import { failure } from '../error-matching';
import { useTempFolder } from '../temp-folder';
import { type BuildField, type BuildPage, buildTiff, planePage } from './tiff-builder';

function filled(value: number, height = 4, width = 6, extra: Record<number, BuildField> = {}): BuildPage {
  return planePage(new Uint8Array(height * width).fill(value), height, width, { extra });
}

const short = (value: number): BuildField => ({ type: 3, values: [value] });

describe('TIFF stacks without OME-XML', () => {
  const folder = useTempFolder();
  const info = async (pages: BuildPage[], scene = 0): Promise<SourceInfo & { first: number[] }> => {
    const source = await openImage(folder.write('plain.tif', buildTiff(pages)), { scene });
    const [, , , y, x] = source.info.levels[0];
    const pixels = await source.read(wholeRegion(source.info.levels[0]));
    await source.close();
    return { ...source.info, first: [...pixels].filter((_, i) => i % (y * x) === 0) };
  };

  it('pages of one size are z', async () => {
    const { levels, first, format, pixelSize } = await info([filled(1), filled(2), filled(3)]);
    assert.deepEqual([levels, first, format, pixelSize], [[[1, 1, 3, 4, 6]], [1, 2, 3], 'tiff', null]);
  });

  it('an orientation is noted: pixels are read as they are stored', async () => {
    const notes = async (orientation: number) => (await info([filled(1, 4, 6, { 274: short(orientation) })])).notes;
    assert.deepEqual([await notes(1), await notes(0)], [[], []]);
    assert.match(String(await notes(3)), /\(orientation 3\); it is read as it is stored/);
  });

  it('pages of other sizes are scenes of their own', async () => {
    const pages = [filled(1), filled(9, 8, 8), filled(2)];
    const first = await info(pages);
    assert.deepEqual([first.scenes, first.levels, first.first], [2, [[1, 1, 2, 4, 6]], [1, 2]]);
    const second = await info(pages, 1);
    assert.deepEqual([second.levels, second.first], [[[1, 1, 1, 8, 8]], [9]]);
  });

  it('a preview that is not marked as one is no scene', async () => {
    const grey = (width: number, height: number) => planePage(new Uint16Array(width * height).fill(3), height, width);
    const colour = { ...filled(7, 8, 12) };
    const first = await info([grey(24, 16), colour]);
    assert.deepEqual([first.scenes, first.levels], [1, [[1, 1, 1, 16, 24]]]);
    assert.deepEqual([(await info([colour, grey(24, 16)])).levels[0][4]], [24]);
    // Of other proportions, more than half as large or of the same kind it may be an image of its own.
    for (const other of [filled(7, 8, 8), filled(7, 12, 18), grey(12, 8)]) {
      assert.equal((await info([grey(24, 16), other])).scenes, 2);
    }
  });

  it('smaller versions are levels, transparency is passed over', async () => {
    const pages = [
      filled(1),
      filled(5, 2, 3, { 254: { type: 4, values: [1] } }),
      filled(7, 4, 6, { 254: { type: 4, values: [4] } }),
      filled(2),
      filled(6, 2, 3, { 254: { type: 4, values: [1] } }),
    ];
    const { levels, first, scenes } = await info(pages);
    assert.deepEqual(
      [levels, first, scenes],
      [
        [
          [1, 1, 2, 4, 6],
          [1, 1, 2, 2, 3],
        ],
        [1, 2],
        1,
      ],
    );
    const source = await openImage(folder.file('plain.tif'));
    const small = await source.read(wholeRegion([1, 1, 2, 2, 3]), { level: 1 });
    assert.deepEqual([...small], [5, 5, 5, 5, 5, 5, 6, 6, 6, 6, 6, 6]);
    await source.close();
  });

  it('levels in sub-directories are not z', async () => {
    const pages = [1, 2].map((value) => ({ ...filled(value), subPages: [filled(value + 10, 2, 3)] }));
    const { levels, first } = await info(pages);
    assert.deepEqual(
      [levels, first],
      [
        [
          [1, 1, 2, 4, 6],
          [1, 1, 2, 2, 3],
        ],
        [1, 2],
      ],
    );
  });

  it('a resolution per centimetre is a pixel size, per inch it is for printers', async () => {
    const rational: BuildField = { type: 5, values: [20000, 1] };
    const with_ = (unit: number) => info([filled(1, 4, 6, { 282: rational, 283: rational, 296: short(unit) })]);
    assert.deepEqual((await with_(3)).pixelSize, { z: null, y: 0.5, x: 0.5 });
    assert.equal((await with_(2)).pixelSize, null);
  });

  it('tifffile’s truncated stacks have all their planes', async () => {
    const page = filled(1, 4, 6, { 270: { type: 2, values: '{"shape": [3, 4, 6], "truncated": true}' } });
    page.blocks = [Uint8Array.from({ length: 72 }, (_, i) => Math.floor(i / 24) + 1)];
    page.fields[279] = { type: 4, values: [24] };
    const { levels, first } = await info([page]);
    assert.deepEqual([levels, first], [[[1, 1, 3, 4, 6]], [1, 2, 3]]);
  });

  describe('ImageJ', () => {
    const described = (description: string, values: number[], extra: Record<number, BuildField> = {}): BuildPage[] =>
      values.map((value, i) => filled(value, 4, 6, i === 0 ? { 270: { type: 2, values: description }, ...extra } : {}));

    it('hyperstacks: channels fastest, then slices, then frames', async () => {
      const text = 'ImageJ=1.53t\nimages=12\nchannels=3\nslices=2\nframes=2\nhyperstack=true\n';
      const { levels, first } = await info(described(text, [...Array(12).keys()]));
      assert.deepEqual(levels, [[2, 3, 2, 4, 6]]);
      assert.deepEqual(first, [0, 3, 1, 4, 2, 5, 6, 9, 7, 10, 8, 11]);
    });

    it('spacing, unit and resolution give micrometres', async () => {
      const resolution = { 282: { type: 5, values: [10, 1] }, 283: { type: 5, values: [5, 1] }, 296: short(1) };
      for (const [unit, factor] of [
        ['\\u00B5m', 1],
        ['micron', 1],
        ['nm', 0.001],
        ['pixel', null],
      ] as const) {
        const text = `ImageJ=1.53t\nimages=2\nslices=2\nunit=${unit}\nspacing=-3.0\n`;
        const { pixelSize } = await info(described(text, [1, 2], resolution));
        const expected = factor === null ? null : { z: 3 * factor, y: factor / 5, x: factor / 10 };
        assert.deepEqual(pixelSize, expected, unit);
      }
    });

    it('a stack of one directory has its planes one after the other', async () => {
      const [page] = described('ImageJ=1.53t\nimages=4\nchannels=2\nslices=2\n', [0]);
      page.blocks = [Uint8Array.from({ length: 96 }, (_, i) => Math.floor(i / 24))];
      page.fields[279] = { type: 4, values: [24] };
      const { levels, first } = await info([page]);
      assert.deepEqual([levels, first], [[[1, 2, 2, 4, 6]], [0, 2, 1, 3]]);
      page.fields[270] = { type: 2, values: 'ImageJ=1.53t\nimages=40\nslices=40\n' };
      await assert.rejects(info([page]), failure('corrupt-file', /states 40 images, which end at byte/));
    });

    it('fewer pages than stated is an error', async () => {
      const pages = described('ImageJ=1.53t\nimages=5\nslices=5\n', [1, 2, 3]);
      await assert.rejects(info(pages), failure('corrupt-file', /states 5 images .*the file has 3/));
    });

    it('reads a plain factor as scale, other descriptions not at all', () => {
      assert.equal(parseImageJ('ImageJ=1\nimages=1\ncf=0\nc0=0\nc1=0.5\n').scale, 0.5);
      assert.equal(parseImageJ('ImageJ=1\nimages=1\ncf=0\nc0=-32768\nc1=1\n').scale, undefined);
      assert.equal(isImageJ({ description: 'Made by hand' }), false);
    });
  });

  it('whole files are described with their shape', async () => {
    const shape: Shape5 = [1, 1, 1, 4, 6];
    assert.deepEqual((await info([filled(3)])).levels, [shape]);
  });
});
