import assert from 'node:assert/strict';
import { describeImage, openDescription, readAll } from '../../../src/formats';
import { openImage } from '../../../src/formats/open-image';
import type { OpenOptions, SourceInfo } from '../../../src/formats/source';
import { type Shape5, wholeRegion } from '../../../src/image/region';
import { failure } from '../error-matching';
import { useTempFolder } from '../temp-folder';
import { type BuildField, type BuildPage, buildTiff, type PlaneOptions, planePage } from './tiff-builder';

const [HEIGHT, WIDTH] = [4, 6];
const text = (values: string): BuildField => ({ type: 2, values });

/** A page whose pixels are all `value`. */
function filled(value: number, extra: Record<number, BuildField> = {}, options: PlaneOptions = {}): BuildPage {
  const { samples = 1 } = options;
  return planePage(new Uint8Array(HEIGHT * WIDTH * samples).fill(value), HEIGHT, WIDTH, { ...options, extra });
}

/** Pages of the values 0, 1, 2 ..., the first with a description. */
function pages(count: number, description?: string, extra: Record<number, BuildField> = {}): BuildPage[] {
  const first: Record<number, BuildField> = { ...extra };
  if (description !== undefined) first[270] = text(description);
  return Array.from({ length: count }, (_, i) => filled(i, i === 0 ? first : {}));
}

describe('what the pages of a TIFF are', () => {
  const folder = useTempFolder();
  const write = (built: BuildPage[]) => folder.write('dialect.tif', buildTiff(built));
  /** What a file says, and the first pixel of each plane in the order t, c, z. */
  const read = async (built: BuildPage[], options: OpenOptions = {}): Promise<SourceInfo & { first: number[] }> => {
    const source = await openImage(write(built), options);
    try {
      const pixels = await source.read(wholeRegion(source.info.levels[0]));
      return { ...source.info, first: [...pixels].filter((_, i) => i % (HEIGHT * WIDTH) === 0) };
    } finally {
      await source.close();
    }
  };
  const shapeOf = ({ levels: [[t, c, z]] }: SourceInfo) => [t, c, z];
  const names = ({ channels }: SourceInfo) => channels.map(({ name }) => name);
  const refuses = (built: BuildPage[], message: RegExp) =>
    assert.rejects(read(built), failure('unsupported', new RegExp(`${message.source}.*; set "Pages"`)));

  it('where nobody says it, z planes, with a note', async () => {
    const found = await read(pages(6));
    assert.deepEqual(shapeOf(found), [1, 1, 6]);
    assert.deepEqual(found.notes, ['6 pages are taken for z planes; set "Pages" to say what they are']);
    assert.deepEqual((await read(pages(1))).notes, []);
  });

  describe('as it is told', () => {
    it('along the axis that was named, without a note, and in later processes too', async () => {
      for (const [axis, shape] of [
        ['t', [6, 1, 1]],
        ['c', [1, 6, 1]],
        ['z', [1, 1, 6]],
      ] as const) {
        const found = await read(pages(6), { pages: axis });
        assert.deepEqual([shapeOf(found), found.notes, found.first], [[...shape], [], [0, 1, 2, 3, 4, 5]]);
      }
      const description = await describeImage(write(pages(6)), { id: 'a', pages: 'c', channels: [4, 1] });
      assert.deepEqual(description.shape, [1, 2, 1, HEIGHT, WIDTH]);
      const { data } = await readAll(JSON.parse(JSON.stringify(description)));
      assert.deepEqual([data[0], data[HEIGHT * WIDTH]], [4, 1]);
      const { pages: _, ...old } = description;
      await assert.rejects(openDescription(old), failure('invalid-input', /channels, described are 4,1/));
    });

    it('over what the file states of one axis; what belonged to the other goes', async () => {
      const described = 'ImageJ=1.54f\nimages=4\nslices=4\nunit=micron\nspacing=2\nfinterval=3\n';
      const resolution: BuildField = { type: 5, values: [10, 1] };
      const built = pages(4, described, { 282: resolution, 283: resolution, 296: { type: 3, values: [1] } });
      const stated = await read(built);
      assert.deepEqual([shapeOf(stated), stated.pixelSize], [[1, 1, 4], { z: 2, y: 0.1, x: 0.1 }]);
      const told = await read(built, { pages: 't' });
      assert.deepEqual([shapeOf(told), told.pixelSize], [[4, 1, 1], { z: null, y: 0.1, x: 0.1 }]);
      assert.equal(told.acquisition, undefined);
    });

    it('but not over several axes, which is noted', async () => {
      const built = pages(6, 'ImageJ=1.54f\nimages=6\nchannels=2\nslices=3\n');
      const found = await read(built, { pages: 't' });
      assert.deepEqual(shapeOf(found), [1, 2, 3]);
      assert.deepEqual(found.notes, ['the file states 2 channels, 3 z planes: "Pages" (t) is not heeded']);
    });

    it('also the planes that were stored as colours of one page', async () => {
      const planar = planePage(
        Uint8Array.from({ length: 3 * HEIGHT * WIDTH }, (_, i) => Math.floor(i / (HEIGHT * WIDTH))),
        HEIGHT,
        WIDTH,
        { samples: 3, planar: true, extra: { 270: text(`{"shape": [3, ${HEIGHT}, ${WIDTH}]}`) } },
      );
      const guessed = await read([planar]);
      assert.deepEqual(shapeOf(guessed), [1, 3, 1]);
      assert.match(String(guessed.notes), /3 pages are taken for channels, as colours are stored/);
      const told = await read([planar], { pages: 'z' });
      assert.deepEqual([shapeOf(told), told.first, names(told)], [[1, 1, 3], [0, 1, 2], ['Channel 0']]);
    });
  });

  describe('tifffile', () => {
    const json = (shape: number[], axes?: string, more: object = {}) =>
      JSON.stringify({ shape: [...shape, HEIGHT, WIDTH], ...(axes ? { axes: `${axes}YX` } : {}), ...more });

    it('the axes that are stated, in any order', async () => {
      for (const [shape, axes, expected, first] of [
        [[6], 'C', [1, 6, 1], [0, 1, 2, 3, 4, 5]],
        [[6], 'T', [6, 1, 1], [0, 1, 2, 3, 4, 5]],
        [[2, 3], 'CZ', [1, 2, 3], [0, 1, 2, 3, 4, 5]],
        [[3, 2], 'ZC', [1, 2, 3], [0, 2, 4, 1, 3, 5]],
        [[3, 1, 2], 'TZC', [3, 2, 1], [0, 1, 2, 3, 4, 5]],
        [[2, 1, 3, 1], 'CTEZ', [1, 6, 1], [0, 1, 2, 3, 4, 5]],
      ] as Array<[number[], string, number[], number[]]>) {
        const found = await read(pages(6, json(shape, axes)));
        assert.deepEqual([shapeOf(found), found.first, found.notes], [expected, first, []], axes);
      }
    });

    it('a shape alone, and axes without a name, are z planes, with a note', async () => {
      const alone = await read(pages(6, json([6])));
      assert.deepEqual(shapeOf(alone), [1, 1, 6]);
      assert.match(String(alone.notes), /6 pages are taken for z planes: .*the shape \[6,4,6\] without axes/);
      const nameless = await read(pages(6, json([6], 'Q')));
      assert.match(String(nameless.notes), /6 pages are taken for z planes \(the axis Q\)/);
      const wrong = await read(pages(6, json([5], 'C')));
      assert.match(String(wrong.notes), /6 pages are taken for z planes: .*C 5/);
    });

    it('axes that are none of t, c and z, or that pages do not hold, are refused until somebody says what they are', async () => {
      await refuses(pages(6, json([2, 3], 'PZ')), /states the axes P 2, Z 3, Y 4, X 6: P is none of t, c and z/);
      await refuses(pages(6, `{"shape": [6, ${HEIGHT}, ${WIDTH}], "axes": "YXC"}`), /but its pages hold 4 x 6 pixels/);
      assert.deepEqual(shapeOf(await read(pages(6, json([2, 3], 'PZ')), { pages: 't' })), [6, 1, 1]);
    });

    it('colour samples are not pages, planes stored as colours are', async () => {
      const colour = filled(7, { 270: text(`{"shape": [2, ${HEIGHT}, ${WIDTH}, 3], "axes": "ZYXS"}`) }, { samples: 3 });
      const found = await read([colour, filled(8, {}, { samples: 3 })]);
      assert.deepEqual(
        [shapeOf(found), names(found)],
        [
          [1, 3, 2],
          ['Red', 'Green', 'Blue'],
        ],
      );
      const planar = filled(7, { 270: text(json([3], 'Z')) }, { samples: 3, planar: true });
      assert.deepEqual(shapeOf(await read([planar])), [1, 1, 3]);
      const nameless = await read([filled(7, { 270: text(json([3], 'Q')) }, { samples: 3, planar: true })]);
      assert.deepEqual([shapeOf(nameless), nameless.notes?.length], [[1, 1, 3], 1]);
      await refuses(
        [filled(7, { 270: text(json([3], 'P')) }, { samples: 3, planar: true })],
        /P is none of t, c and z/,
      );
      const plainColours = await read([filled(7, {}, { samples: 3, planar: true })], { pages: 't' });
      assert.deepEqual(shapeOf(plainColours), [1, 3, 1]);
    });

    it('each series is a scene; pages that were added one by one are one image', async () => {
      const series = [...pages(3, json([3], 'C')), ...pages(2, json([2], 'T'))];
      const [first, second] = [await read(series), await read(series, { scene: 1 })];
      assert.deepEqual([first.scenes, shapeOf(first), shapeOf(second)], [2, [1, 3, 1], [2, 1, 1]]);
      const single = () => filled(1, { 270: text(json([])) });
      const added = await read([single(), single(), single()]);
      assert.deepEqual([shapeOf(added), added.notes?.length], [[1, 1, 3], 1]);
      const named = ['DNA', 'CD3'].map((name) => filled(1, { 270: text(json([], '', { 'channel.target': name })) }));
      assert.deepEqual(names(await read(named)), ['DNA', 'CD3']);
    });
  });

  it('SCIFIO: axes and lengths, the fastest first, with scales and units', async () => {
    const description =
      'SCIFIO=0.41.1\naxes=X,Y,Channel,Time\nlengths=6,4,2,3\nscales=0.5,0.25,1.0,2.0\nunits=µm,µm,null,sec\nimages=6\n';
    const found = await read(pages(6, description));
    assert.deepEqual(
      [shapeOf(found), found.first],
      [
        [3, 2, 1],
        [0, 1, 2, 3, 4, 5],
      ],
    );
    assert.deepEqual([found.pixelSize, found.notes], [{ z: null, y: 0.25, x: 0.5 }, []]);
    await refuses(pages(6, description.replace('Channel', 'Lifetime')), /\(SCIFIO\) states .*Lifetime is none of t/);
    assert.match(String((await read(pages(5, description))).notes), /5 pages are taken for z planes: SCIFIO/);
    const early = await read(pages(6, 'SCIFIO=0.9\nimages=6\nchannels=3\nslices=2\n'));
    assert.deepEqual(
      [shapeOf(early), early.first],
      [
        [1, 3, 2],
        [0, 3, 1, 4, 2, 5],
      ],
    );
  });

  describe('QPTIFF', () => {
    const page = (value: number, type: string, name: string, size: [number, number] = [HEIGHT, WIDTH]) => {
      const xml = `<?xml version="1.0" encoding="utf-16"?><PerkinElmer-QPI-ImageDescription><ImageType>${type}</ImageType>${name}</PerkinElmer-QPI-ImageDescription>`;
      return planePage(new Uint8Array(size[0] * size[1]).fill(value), ...size, { extra: { 270: text(xml) } });
    };

    it('full pages are channels, reduced ones levels; thumbnail, overview and label are no scenes', async () => {
      const found = await read([
        page(1, 'FullResolution', '<Name>DAPI</Name>'),
        page(2, 'FullResolution', '<Name>Cy5</Name><Biomarker>CD8 &amp; CD3</Biomarker>'),
        page(9, 'Thumbnail', '', [3, 3]),
        page(3, 'ReducedResolution', '<Name>DAPI</Name>', [2, 3]),
        page(4, 'ReducedResolution', '<Name>Cy5</Name>', [2, 3]),
        page(7, 'FullResolution', '<Name>odd</Name>', [3, 5]),
        page(8, 'Overview', ''),
        page(8, 'Label', '', [5, 5]),
      ]);
      assert.deepEqual([found.scenes, names(found), found.first], [1, ['DAPI', 'CD8 & CD3'], [1, 2]]);
      assert.deepEqual(found.levels, [
        [1, 2, 1, HEIGHT, WIDTH],
        [1, 2, 1, 2, 3],
      ]);
      assert.deepEqual(found.notes, ['full pages of another size or type, which are left out: 1']);
    });
  });

  describe('ScanImage', () => {
    const scan = (count: number, settings: string) =>
      read(pages(count, 'frameNumbers = 1', { 305: text(`SI.VERSION_MAJOR = 5\n${settings}`) }));

    it('channels first, then frames', async () => {
      const found = await scan(6, 'SI.hChannels.channelSave = [1;3]\nSI.hStackManager.numSlices = 3');
      assert.deepEqual(
        [shapeOf(found), found.first],
        [
          [3, 2, 1],
          [0, 1, 2, 3, 4, 5],
        ],
      );
      assert.deepEqual(shapeOf(await scan(4, 'SI.hChannels.channelSave = 2')), [4, 1, 1]);
      await assert.rejects(
        scan(5, 'SI.hChannels.channelSave = [1 2]'),
        failure('unsupported', /2 channels, but 5 pages/),
      );
      await assert.rejects(
        scan(2, 'SI.hChannels.loggerEnable = 1'),
        failure('unsupported', /channels are not understood/),
      );
    });

    it('fast stacks volume by volume, without the frames of the way back and a volume that was not ended', async () => {
      const fast =
        'SI.hChannels.channelSave = 1\nSI.hFastZ.enable = true\nSI.hStackManager.numSlices = 3\nSI.hFastZ.numDiscardFlybackFrames = 1';
      const whole = await scan(8, fast);
      assert.deepEqual([shapeOf(whole), whole.first, whole.notes], [[2, 1, 3], [0, 1, 2, 4, 5, 6], []]);
      const cut = await scan(9, fast);
      assert.deepEqual([shapeOf(cut), cut.notes?.length], [[2, 1, 3], 1]);
      const withoutLastWay = await scan(7, fast);
      assert.deepEqual(
        [shapeOf(withoutLastWay), withoutLastWay.first],
        [
          [2, 1, 3],
          [0, 1, 2, 4, 5, 6],
        ],
      );
    });

    it('slow stacks slice by slice, each with its frames', async () => {
      const slow =
        'SI.hChannels.channelSave = [1;2]\nSI.hStackManager.enable = 1\nSI.hStackManager.numSlices = 2\nSI.hStackManager.framesPerSlice = 3';
      const found = await scan(12, slow);
      assert.deepEqual(
        [shapeOf(found), found.first],
        [
          [3, 2, 2],
          [0, 6, 1, 7, 2, 8, 3, 9, 4, 10, 5, 11],
        ],
      );
      assert.deepEqual(shapeOf(await scan(2, slow.replace('Slice = 3', 'Slice = 1'))), [1, 2, 1]);
    });

    it('version 3, whose description has a key a channel', async () => {
      const settings =
        'state.configName=x\rstate.acq.savingChannel1=1\rstate.acq.savingChannel2=1\rstate.acq.numberOfZSlices=3\r';
      assert.deepEqual(shapeOf(await read(pages(6, settings))), [1, 2, 3]);
    });
  });

  describe('Micro-Manager', () => {
    const placed = (value: number, metadata: object) => filled(value, { 51123: text(JSON.stringify(metadata)) });

    it('each page where its axes say, positions as scenes, missing planes noted', async () => {
      const built = [
        placed(1, { Axes: { channel: 'GFP', z: 0, time: 7, position: 0 }, PixelSizeUm: 0.5 }),
        placed(2, { Axes: { channel: 'DAPI', z: 0, time: 7, position: 0 } }),
        placed(3, { Axes: { channel: 'GFP', z: 1, time: 7, position: 0 } }),
        placed(5, { Axes: { channel: 'GFP', z: 0, time: 7, position: 1 } }),
      ];
      const found = await read(built);
      assert.deepEqual([found.scenes, shapeOf(found), names(found)], [2, [1, 2, 2], ['GFP', 'DAPI']]);
      assert.deepEqual([found.first, found.pixelSize], [[1, 3, 2, 0], { z: null, y: 0.5, x: 0.5 }]);
      assert.deepEqual(found.notes, ['1 of 4 planes are missing and read as 0']);
      assert.deepEqual((await read(built, { scene: 1 })).first, [5]);
    });

    it('where the stage stood in each position, by Micro-Manager’s own names or its acquisition engine’s', async () => {
      const built = [
        placed(1, { PositionIndex: 0, XPositionUm: -1.5, YPositionUm: 20, ZPositionUm: -0, XPosition_um_Intended: 9 }),
        placed(2, { PositionIndex: 1, XPosition_um_Intended: 7, YPosition_um_Intended: 'far' }),
        placed(3, { PositionIndex: 2 }),
      ];
      const stages = [0, 1, 2].map(async (scene) => {
        const source = await openImage(folder.write('stage.tif', buildTiff(built)), { scene });
        await source.close();
        return source.info.acquisition?.stage;
      });
      assert.deepEqual(await Promise.all(stages), [{ z: 0, y: 20, x: -1.5 }, { z: null, y: null, x: 7 }, undefined]);
    });

    it('stacks with numbers and names; what has no place or another axis is refused', async () => {
      const stack = [0, 1, 2].map((i) =>
        placed(i, { ChannelIndex: i % 2, SliceIndex: 0, FrameIndex: i >> 1, Channel: ['DAPI', 'GFP'][i % 2] }),
      );
      const found = await read(stack);
      assert.deepEqual(
        [shapeOf(found), names(found)],
        [
          [2, 2, 1],
          ['DAPI', 'GFP'],
        ],
      );
      await refuses(
        [placed(1, { Axes: { angle: 0 } }), placed(2, { Axes: { angle: 1 } })],
        /run along axes that are none of t, c and z \(angle 0 ; angle 1/,
      );
      const tiled = [0, 1].map((column) => placed(column, { Axes: { row: 0, column, camera: 0, z: 0 } }));
      assert.equal((await read(tiled)).scenes, 2);
      await refuses([placed(1, { Axes: { z: 0 } }), filled(2)], /directory 1 says nothing of its place/);
      await refuses([placed(1, { Axes: { z: 0 } }), placed(2, { Axes: { z: 0 } })], /do not fit together/);
    });
  });

  it('pages with names are channels, with a note; numbered ones are not', async () => {
    const named = (list: string[]) => list.map((name, i) => filled(i, { 285: text(name) }));
    const found = await read(named(['DNA', 'CD3', 'CD8']));
    assert.deepEqual(
      [shapeOf(found), names(found)],
      [
        [1, 3, 1],
        ['DNA', 'CD3', 'CD8'],
      ],
    );
    assert.match(String(found.notes), /3 pages are taken for channels because of their names \(DNA, CD3, CD8\)/);
    const told = await read(named(['DNA', 'CD3', 'CD8']), { pages: 'z' });
    assert.deepEqual([shapeOf(told), names(told), told.notes], [[1, 1, 3], ['Channel 0'], []]);
    for (const list of [
      ['Page 1', 'Page 2'],
      ['a', 'a'],
      ['', 'b'],
    ]) {
      assert.deepEqual(shapeOf(await read(named(list))), [1, 1, 2], list.join());
    }
  });

  describe('ImageJ', () => {
    const reduced = { 254: { type: 4, values: [1] } };

    it('counts neither smaller versions nor samples', async () => {
      const small = planePage(new Uint8Array(6).fill(9), 2, 3, { extra: reduced });
      const overview = await read([...pages(1, 'ImageJ=\nimages=1\nchannels=1\nslices=1\nframes=1'), small]);
      assert.deepEqual([overview.levels.length, overview.notes], [2, []]);
      const rgb = (description: string, count: number) =>
        Array.from({ length: count }, (_, i) => filled(i, i === 0 ? { 270: text(description) } : {}, { samples: 3 }));
      for (const [description, count, shape] of [
        ['ImageJ=\nimages=3\nchannels=3\nslices=1\nframes=1', 1, [1, 3, 1]],
        ['ImageJ=\nimages=6\nchannels=3\nslices=1\nframes=2', 2, [2, 3, 1]],
        ['ImageJ=1.54f\nchannels=3\nmode=composite', 1, [1, 3, 1]],
        ['ImageJ=1.54f\nimages=2\nslices=2', 2, [1, 3, 2]],
      ] as Array<[string, number, number[]]>) {
        const found = await read(rgb(description, count));
        assert.deepEqual([shapeOf(found), found.notes], [shape, []], description);
      }
    });

    it('pages of another kind behind the stack are left out, more pages than stated are z planes; both noted', async () => {
      const other = planePage(new Uint8Array(6), 2, 3);
      const behind = await read([...pages(2, 'ImageJ=1\nimages=2\nslices=2'), other]);
      assert.deepEqual(behind.notes, ['pages of other kinds behind the stack, which are left out: 1']);
      const more = await read(pages(5, 'ImageJ=1\nimages=2\nchannels=2'));
      assert.deepEqual(shapeOf(more), [1, 1, 5]);
      assert.match(
        String(more.notes),
        /5 pages are taken for z planes: ImageJ's description states 2 images \(2 channels/,
      );
    });
  });

  it('whole files keep their shape', async () => {
    const shape: Shape5 = [1, 1, 1, HEIGHT, WIDTH];
    assert.deepEqual((await read(pages(1, '{"shape": [4, 6], "axes": "YX"}'))).levels, [shape]);
  });
});
