import assert from 'node:assert/strict';
import { createImageWriter } from '../../src/formats';
import { wholeRegion } from '../../src/image/region';
import { openSegmentation, type SegmentationOptions } from '../../src/samples/segmentation';
import { DISKS, drawn, HEIGHT, picture, tiff, WIDTH } from './drawn-masks';
import { binary, MASK, readDrawn } from './read-drawn';
import { openAll, requestOf, type TemporaryFolder, temporaryFolder } from './temporary-files';

const GREEN = (disk: number) => (disk === 0 ? [0, 0, 0] : [0, 255, 0]);

describe('what a segmentation file says', () => {
  let folder: TemporaryFolder;
  before(async () => {
    folder = await temporaryFolder();
    await folder.write('raw.tif', tiff(drawn(Uint8Array, (_, x, y) => x + y)));
  });
  after(() => folder.remove());

  const read = (name: string, bytes: Uint8Array | null, foreground = '', more: Partial<SegmentationOptions> = {}) =>
    readDrawn(folder, name, bytes, foreground, more);

  type Case = [name: string, bytes: () => Uint8Array | Promise<Uint8Array>, foreground?: string, note?: RegExp];
  const black: [number, number, number] = [0, 0, 0];
  const white: [number, number, number] = [255, 255, 255];
  const exact: Case[] = [
    ['0 and 1.tif', () => tiff(MASK)],
    ['0 and 255.tif', () => tiff(drawn(Uint8Array, (d) => (d ? 255 : 0)))],
    ['labels.tif', () => tiff(drawn(Uint16Array, (d) => 300 * d))],
    ['floats 0 and 1.tif', () => tiff(drawn(Float32Array, (d) => (d ? 1 : 0)))],
    ['254 and 255.tif', () => tiff(drawn(Uint8Array, (d, x) => (d ? 254 + (x % 2) : 0))), '', /soft edges/],
    ['ilastik.tif', () => tiff(drawn(Uint8Array, (d) => (d ? 1 : 2))), '1'],
    ['ilastik all but.tif', () => tiff(drawn(Uint8Array, (d) => (d ? 1 : 2))), 'not 2'],
    ['watershed.tif', () => tiff(drawn(Uint16Array, (d) => d + 1)), 'not 1'],
    ['ignored -1.tif', () => tiff(drawn(Int8Array, (d, x) => (x === 63 ? -1 : d))), '> 0'],
    ['ignored 255.tif', () => tiff(drawn(Uint8Array, (d, x) => (x === 63 ? 255 : d))), '1, 2, 3'],
    ['probability.tif', () => tiff(drawn(Float32Array, (d) => (d ? 0.9 : 0.1))), '> 0.5'],
    ['dark objects.tif', () => tiff(drawn(Uint8Array, (d) => (d ? 10 : 200))), '< 128'],
    ['full.tif', () => tiff(drawn(Uint8Array, (d) => d + 1)), 'not 1'],
    [
      'inverting 8.tif',
      () =>
        tiff(
          drawn(Uint8Array, (d) => (d ? 0 : 255)),
          { photometric: 0 },
        ),
      '',
      /inverting/,
    ],
    [
      'inverting 1.tif',
      () =>
        tiff(
          drawn(Uint8Array, (d) => (d ? 0 : 1)),
          { photometric: 0, bits: 1 },
        ),
    ],
    [
      'inverting, black.tif',
      () =>
        tiff(
          drawn(Uint8Array, (d) => (d ? 255 : 0)),
          { photometric: 0 },
        ),
      'non-zero',
    ],
    ['one bit.tif', () => tiff(MASK, { bits: 1 })],
    ...([2, 4] as const).map((bits): Case => {
      const palette = (i: number) => ([black, [255, 0, 0], [0, 255, 0], [0, 0, 255]] as const)[i] ?? black;
      return [`palette ${bits}.tif`, () => tiff(DISKS, { photometric: 3, palette: (i) => [...palette(i)], bits })];
    }),
    [
      'palette on white.tif',
      () => tiff(DISKS, { photometric: 3, palette: (i) => (i === 0 ? white : i === 255 ? black : [i, 200, 0]) }),
      '',
      /index 0, shown as rgb\(255, 255, 255\), is background/,
    ],
    ...([Uint8Array, Uint16Array] as const).map((type): Case => {
      const most = 2 ** (8 * type.BYTES_PER_ELEMENT) - 1;
      const pixels = drawn<Uint8Array<ArrayBuffer> | Uint16Array<ArrayBuffer>>(type, (disk) => (disk ? 0 : most));
      const grey = (i: number) => Math.round(255 - (255 * i) / most);
      const file = () => tiff(pixels, { photometric: 3, palette: (i) => [grey(i), grey(i), grey(i)] });
      return [`palette to ${most}, inverting.tif`, file, '', /index (255|65535).*rgb\(0, 0, 0\), is background/];
    }),
    [
      'rgb.tif',
      () =>
        tiff(
          drawnColours(3, (d) => (d ? [0, 0, 200] : [0, 0, 0])),
          { samples: 3 },
        ),
      '',
      /not black/,
    ],
    [
      'rgba.tif',
      () =>
        tiff(
          drawnColours(4, (d) => [255, 255, 255, d ? 255 : 0]),
          { samples: 4, extra: [2] },
        ),
      '',
      /transparency/,
    ],
    [
      'grey and alpha.tif',
      () =>
        tiff(
          drawnColours(2, (d) => [255, d ? 255 : 0]),
          { samples: 2, extra: [2] },
        ),
      '',
      /transp/,
    ],
    ['green.png', () => picture(3, GREEN).png().toBuffer(), '', /not black/],
    [
      'label colours.png',
      () =>
        picture(3, (d) => [0, 1, 2].map((c) => (d === c + 1 ? 255 : 0)))
          .png()
          .toBuffer(),
    ],
    [
      'dark and bright.png',
      () =>
        picture(3, (d) => [0, d === 1 ? 255 : 0, d > 1 ? 40 : 0])
          .png()
          .toBuffer(),
    ],
    ['interlaced.png', () => picture(3, GREEN).png({ progressive: true }).toBuffer()],
    ['palette.png', () => picture(3, GREEN).png({ palette: true }).toBuffer()],
    ['palette, interlaced.png', () => picture(3, GREEN).png({ palette: true, progressive: true }).toBuffer()],
    [
      'palette, white first.png',
      () =>
        picture(3, (d) => (d ? white : black))
          .png({ palette: true })
          .toBuffer(),
    ],
    [
      'palette, transparent.png',
      () =>
        picture(4, (d) => (d ? [200, 0, 0, 255] : [9, 9, 9, 0]))
          .png({ palette: true })
          .toBuffer(),
    ],
    [
      'white and alpha.png',
      () =>
        picture(4, (d) => [255, 255, 255, d ? 255 : 0])
          .png()
          .toBuffer(),
      '',
      /transparency/,
    ],
    [
      'grey and alpha.png',
      () =>
        picture(2, (d) => [255, d ? 255 : 0])
          .png()
          .toBuffer(),
      '',
      /transparency/,
    ],
    [
      'grey and alpha of 8 bits.png',
      () =>
        picture(2, (d) => [255, d ? 255 : 0])
          .toColourspace('b-w')
          .png()
          .toBuffer(),
      '',
      /transparency/,
    ],
    [
      'grey and alpha of 16 bits.png',
      () =>
        picture(2, (d) => [255, d ? 255 : 0])
          .toColourspace('grey16')
          .png()
          .toBuffer(),
      '',
      /transparency/,
    ],
    [
      'lossy.jpg',
      () =>
        picture(1, (d) => [d ? 255 : 0])
          .toColourspace('b-w')
          .jpeg()
          .toBuffer(),
      '',
      /losses/,
    ],
    ['lossy green.jpg', () => picture(3, GREEN).jpeg().toBuffer(), '', /losses/],
    [
      'lossy.tif',
      () =>
        picture(1, (d) => [d ? 255 : 0])
          .toColourspace('b-w')
          .tiff({ compression: 'jpeg' })
          .toBuffer(),
      '',
      /losses/,
    ],
  ];
  for (const [name, bytes, foreground, note] of exact) {
    it(`${name}${foreground ? `, foreground ${foreground}` : ''}`, async () => {
      const { pixels, notes } = await read(name, await bytes(), foreground);
      assert.deepEqual(binary(pixels), MASK);
      if (note) assert.match(notes, note);
    });
  }

  const refused: [name: string, bytes: () => Uint8Array | Promise<Uint8Array>, fault: RegExp][] = [
    ['1 and 2.tif', () => tiff(drawn(Uint8Array, (d) => (d ? 1 : 2))), /has no background: its values are 1, 2/],
    ['watershed labels.tif', () => tiff(drawn(Uint16Array, (d) => d + 1)), /no background: its values are 1, 2, 3, 4/],
    ['all 255.tif', () => tiff(drawn(Uint8Array, () => 255)), /no background: its values are 255/],
    ['minus one.tif', () => tiff(drawn(Int8Array, (d, x) => (x === 63 ? -1 : d))), /negative values \(down to -1\)/],
    ['fractions.tif', () => tiff(drawn(Float32Array, (d) => d / 4)), /fractions \(0 to 0\.75\).*threshold it first/],
    ['NaN.tif', () => tiff(drawn(Float32Array, (d) => d || Number.NaN)), /pixels that are NaN/],
    ['255 to ignore.tif', () => tiff(drawn(Uint8Array, (d, x) => (x === 63 ? 255 : d))), /255 beside values up to 3/],
    [
      '8 bit probability.tif',
      () => tiff(drawn(Uint8Array, (d, x, y) => (d ? 150 + ((7 * x + 13 * y) % 90) : (3 * x + 5 * y) % 30))),
      /picture or a map of probabilities/,
    ],
    [
      'labels, inverting.tif',
      () =>
        tiff(
          drawn(Uint16Array, (d) => d),
          { photometric: 0 },
        ),
      /expected 65535 too/,
    ],
    [
      'inverting float.tif',
      () =>
        tiff(
          drawn(Float32Array, (d) => d),
          { photometric: 0 },
        ),
      /inverting look-up table/,
    ],
    [
      'palette, 255 to ignore.tif',
      () =>
        tiff(
          drawn(Uint8Array, (d, x) => (x === 63 ? 255 : d)),
          { photometric: 3, palette: (i) => [i, i && 90, 0] },
        ),
      /255 beside values up to 3/,
    ],
    [
      'black label in a palette.tif',
      () =>
        tiff(DISKS, {
          photometric: 3,
          palette: (i) => (i === 3 ? black : [255, i, 0]),
        }),
      /index 0 as rgb\(255, 0, 0\) and 3 as rgb\(0, 0, 0\)/,
    ],
    [
      '0 and 1.jpg',
      () =>
        picture(1, (d) => [d ? 1 : 0])
          .toColourspace('b-w')
          .jpeg({ quality: 100 })
          .toBuffer(),
      /do not lie near 0 and 255/,
    ],
  ];
  for (const [name, bytes, fault] of refused) {
    it(`${name}: refused with file, values and remedy`, async () => {
      const error = await read(name, await bytes()).then(
        () => assert.fail('not refused'),
        (caught: Error & { code?: string }) => caught,
      );
      assert.equal(error.code, 'invalid-input');
      assert.match(error.message, fault);
      assert.ok(error.message.startsWith(`seg1 of sample a (${folder.at(name)}) `), error.message);
      assert.match(error.message, /say what is foreground where it is loaded|save it with a number/);
    });
  }

  it('booleans of tifffile, which calls all of them white-is-zero, are true where they are 1', async () => {
    const look = { photometric: 0, bits: 1, software: 'tifffile.py' } as const;
    const { pixels, notes } = await read('boolean.tif', tiff(MASK, look));
    assert.deepEqual([binary(pixels), notes], [MASK, '']);
    const other = await read('other bits.tif', tiff(MASK, { ...look, software: 'GIMP 2.10' }));
    assert.deepEqual(
      binary(other.pixels),
      MASK.map((value) => 1 - value),
    );
  });

  it('an empty one is a negative control', async () => {
    const { pixels } = await read('empty.tif', tiff(new Uint8Array(DISKS.length)));
    assert.ok(pixels.every((value) => value === 0));
  });

  it('a map of probabilities with a scale is refused, or taken from a probability on', async () => {
    const shape = [1, 1, 1, HEIGHT, WIDTH] as const;
    const info = {
      shape: [...shape],
      dtype: 'uint16',
      channels: [{ index: 0, name: 'p' }],
      pixelSize: null,
      scale: 1 / 65535,
    };
    const writer = await createImageWriter(folder.at('p.ome.tiff'), info as never, 'ome-tiff');
    await writer.write(drawn(Uint16Array, (d) => (d ? 40000 : 20000)));
    await writer.finish();
    await assert.rejects(read('p.ome.tiff', null), /holds a quantity .*; threshold it first/);
    const { pixels } = await read('p.ome.tiff', null, '> 0.5');
    assert.deepEqual(binary(pixels), MASK);
  });

  it('labels keep their numbers where the file has such, also beside a background that somebody named', async () => {
    const labels = async (name: string, bytes: Uint8Array, foreground = '') =>
      new Set((await read(name, bytes, foreground, { labels: true })).pixels).size - 1;
    assert.equal(await labels('l1.tif', tiff(DISKS)), 3);
    assert.equal(await labels('l2.tif', tiff(drawn(Uint16Array, (d) => d + 1)), 'not 1'), 3);
    assert.equal(await labels('l3.tif', tiff(drawn(Uint8Array, (d) => (d ? d : 255))), 'not 255'), 3);
    const colours = picture(3, (d) => [60 * d, 0, 0]);
    assert.equal(await labels('l4.png', await colours.png().toBuffer()), 1, 'colours are no labels');
    const sharpPalette = await picture(3, (d) => [60 * d, 0, 0])
      .png({ palette: true })
      .toBuffer();
    const { pixels } = await read('l5.png', sharpPalette, '', { labels: true });
    assert.deepEqual(binary(pixels), MASK);
  });

  it('a mask may hold everywhere, but not in two ways without a background', async () => {
    const open = async (bytes: Uint8Array) => read('m.tif', bytes, '', { purpose: 'mask' });
    assert.ok((await open(tiff(drawn(Uint8Array, () => 255)))).pixels.every((value) => value !== 0));
    await assert.rejects(open(tiff(drawn(Uint8Array, (d) => (d ? 1 : 2)))), /save it with 0 outside and one other/);
  });

  it('a channel that somebody chose of a picture is that channel', async () => {
    const seg1 = await folder.write(
      'chosen.png',
      await picture(3, (d) => [255, d ? 255 : 0, 255])
        .png()
        .toBuffer(),
    );
    const entry = { id: 'a', raw: folder.at('raw.tif'), seg1, scene: 0 };
    const [sample] = await openAll(entry, requestOf({ seg1Channel: 'Green' }), [folder.path]);
    assert.ok(sample.seg1);
    const reader = await openSegmentation(sample.seg1, { name: 'seg1' });
    assert.deepEqual(binary(await reader.read(wholeRegion(reader.shape))), MASK);
    await reader.close();
  });
});

function drawnColours(samples: number, colour: (disk: number) => number[]): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(
    { length: samples * DISKS.length },
    (_, i) => colour(DISKS[Math.floor(i / samples)])[i % samples],
  );
}
