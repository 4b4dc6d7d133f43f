import assert from 'node:assert/strict';
import { mkdirSync, rmSync } from 'node:fs';
import { Random } from '../../src/base/random';
import { createImageWriter, describeImage, openDescription, openImage, pathOfImage, readAll } from '../../src/formats';
import { count, type Region, type Shape5, wholeRegion } from '../../src/image/region';
import { failure } from './error-matching';
import { cut, pattern, randomRegion } from './pixel-patterns';
import { useTempFolder } from './temp-folder';

const SHAPE: Shape5 = [3, 4, 2, 9, 11];
const NAMES = ['DNA', 'actin', 'same', 'same'];

describe('describing and reading images', () => {
  const folder = useTempFolder();
  const pixels = pattern('uint16', count(SHAPE));
  let file = '';

  before(async () => {
    file = folder.file('plate 1 µ#?.ome.tif');
    const channels = NAMES.map((name, index) => ({ index, name }));
    const info = { shape: SHAPE, dtype: 'uint16' as const, channels, pixelSize: { z: 2, y: 0.5, x: 0.5 }, scale: 0.25 };
    const writer = await createImageWriter(file, info, 'ome-tiff');
    await writer.write(pixels);
    await writer.finish();
  });

  it('a description holds everything and survives JSON', async () => {
    const description = await describeImage(file, { id: 'p1' });
    assert.deepEqual(JSON.parse(JSON.stringify(description)), {
      id: 'p1',
      uri: description.uri,
      format: 'ome-tiff',
      scene: 0,
      level: 0,
      axes: 'TCZYX',
      shape: SHAPE,
      dtype: 'uint16',
      channels: NAMES.map((name, index) => ({ index, name })),
      pixelSize: { z: 2, y: 0.5, x: 0.5 },
      scale: 0.25,
    });
    assert.match(description.uri, /^file:\/\/\/.*plate%201%20%C2%B5%23%3F\.ome\.tif$/);
    assert.equal(pathOfImage(description), file);
    assert.deepEqual((await readAll(description)).data, pixels);
  });

  it('channels by number, name or list, in the order asked; times likewise', async () => {
    const chosen = await describeImage(file, { id: 'x', channels: [3, 'DNA', 'actin'], time: [2, 0] });
    assert.deepEqual(chosen.shape, [2, 3, 2, 9, 11]);
    assert.deepEqual(chosen.select, { c: [3, 0, 1], t: [2, 0] });
    assert.deepEqual(
      chosen.channels.map(({ index }) => index),
      [3, 0, 1],
    );
    const { data } = await readAll(chosen);
    let at = 0;
    for (const t of [2, 0])
      for (const c of [3, 0, 1]) {
        const truth = cut(pixels, SHAPE, 'uint16', { start: [t, c, 0, 0, 0], size: [1, 1, 2, 9, 11] });
        assert.deepEqual(data.slice(at, at + truth.length), truth);
        at += truth.length;
      }
    assert.deepEqual((await describeImage(file, { id: 'x', channels: 'actin' })).select, { c: [1] });
    assert.deepEqual((await describeImage(file, { id: 'x', channels: 2 })).shape, [3, 1, 2, 9, 11]);
  });

  it('a channel that is not there is named with those that are', async () => {
    const wrong = (channels: string | number | string[] | number[]) => describeImage(file, { id: 'x', channels });
    await assert.rejects(
      wrong('tubulin'),
      failure('invalid-input', /channel of .*\(0 "DNA", 1 "actin", 2 "same", 3 "same"\), got "tubulin"/),
    );
    await assert.rejects(wrong(4), failure('invalid-input', /got 4/));
    await assert.rejects(wrong(-1), failure('invalid-input', /got -1/));
    await assert.rejects(wrong('same'), failure('invalid-input', /by number where names repeat/));
    await assert.rejects(wrong([0, 0]), failure('invalid-input', /each channel once/));
    await assert.rejects(wrong([]), failure('invalid-input', /at least one channel/));
    await assert.rejects(describeImage(file, { id: 'x', time: [3] }), failure('invalid-input', /from 0 to 2/));
  });

  it('regions of regions of selections', async () => {
    const random = new Random(3);
    const whole = await describeImage(file, { id: 'x', channels: [2, 3, 0], time: [1, 2] });
    const all = (await readAll(whole)).data;
    for (let i = 0; i < 20; i++) {
      const region = randomRegion(whole.shape, random);
      const patch = { ...whole, region, shape: region.size };
      const truth = cut(all, whole.shape, 'uint16', region);
      assert.deepEqual((await readAll(patch)).data, truth);
      const reader = await openDescription(patch);
      assert.deepEqual(reader.shape, region.size);
      const inner: Region = randomRegion(reader.shape, random);
      assert.deepEqual(await reader.read(inner), cut(truth, reader.shape, 'uint16', inner));
      await reader.close();
    }
  });

  it('planes of one time and channel', async () => {
    const reader = await openDescription(await describeImage(file, { id: 'x' }));
    const truth = cut(pixels, SHAPE, 'uint16', { start: [2, 1, 0, 0, 0], size: [1, 1, 2, 9, 11] });
    assert.deepEqual(await reader.read({ start: [2, 1, 0, 0, 0], size: [1, 1, 2, 9, 11] }), truth);
    assert.deepEqual(await reader.readRows({ t: 2, c: 1, z: 1, y: 2, rows: 7 }), truth.slice(99 + 22));
    await assert.rejects(
      reader.readRows({ t: 2, c: 1, z: 1, y: 3, rows: 7 }),
      failure('invalid-input', /region: expected a block inside/),
    );
    await assert.rejects(
      reader.readRows({ t: 0, c: 0, z: 0, y: 0, rows: 9 }, { signal: AbortSignal.abort() }),
      failure('cancelled', /reading/),
    );
    await reader.close();
  });

  it('a file that is gone is named, with what may have happened', async () => {
    const description = await describeImage(file, { id: 'lost' });
    const gone = { ...description, uri: description.uri.replace('plate', 'gone') };
    await assert.rejects(
      openDescription(gone),
      failure('not-found', /image lost is no longer there: .*gone.* moved, renamed or removed/),
    );
    const remote = { ...description, uri: 'file://other-host/x.tif' };
    await assert.rejects(openDescription(remote), failure('invalid-input', /uri of image lost/));
  });

  it('a file that changed since it was described is an error', async () => {
    const description = await describeImage(file, { id: 'x' });
    const cases: Array<[object, RegExp]> = [
      [{ dtype: 'uint8' }, /holds uint16, described is uint8/],
      [{ shape: [3, 4, 2, 9, 12] }, /described is \[3,4,2,9,12\]/],
      [{ level: 2 }, /1 levels/],
      [{ select: { c: [7] } }, /it has 4 channels, described are 7/],
      [{ select: { t: [3] } }, /it has 3 time points/],
      [{ region: { start: [0, 0, 0, 5, 0], size: [1, 1, 1, 5, 1] } }, /the region begins at/],
    ];
    for (const [change, message] of cases) {
      await assert.rejects(openDescription({ ...description, ...change }), failure('invalid-input', message));
    }
  });
});

describe('opening files', () => {
  const folder = useTempFolder();

  it('missing files, folders, empty and unknown files have clear errors', async () => {
    await assert.rejects(openImage(folder.file('no.tif')), failure('not-found', /cannot read .*no\.tif: no such file/));
    mkdirSync(folder.file('sub'));
    await assert.rejects(openImage(folder.file('sub')), failure('invalid-input', /is a folder, expected a file/));
    const file = (name: string, text: string) => folder.write(name, Buffer.from(text));
    await assert.rejects(openImage(file('empty.tif', '')), failure('corrupt-file', /empty\.tif: is empty/));
    await assert.rejects(
      openImage(file('text.tif', 'hello')),
      failure('corrupt-file', /has the name of an image in the format TIFF, but/),
    );
    await assert.rejects(
      openImage(file('notes.txt', 'hello')),
      failure('unsupported', /expected one of TIFF \(\.ome\.tiff/),
    );
  });

  it('the content decides, not the name', async () => {
    const writer = await createImageWriter(
      folder.file('really.png'),
      { shape: [1, 1, 1, 2, 2], dtype: 'int16', channels: [{ index: 0, name: 'a' }], pixelSize: null },
      'tiff',
    );
    await writer.write(Int16Array.of(-1, 2, -3, 4));
    await writer.finish();
    const source = await openImage(folder.file('really.png'));
    assert.deepEqual([...(await source.read(wholeRegion([1, 1, 1, 2, 2])))], [-1, 2, -3, 4]);
    await source.close();
    rmSync(folder.file('really.png'));
  });
});
