import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { crc32 } from 'node:zlib';
import { completenessOf } from '../../src/formats/completeness';
import { createImageWriter } from '../../src/formats/image-writer';
import type { Shape5 } from '../../src/image/region';
import { fuzzSeeds } from './fuzz/seeds';
import { buildTiff, planePage } from './tiff/tiff-builder';

/** Places to cut a file at: a writer may stand at any, and the last bytes are where it matters. */
const CUTS = 60;

describe('whether a file was written to its end', function () {
  this.timeout(60_000);
  let folder: string;
  const files: Array<{ name: string; extension: string; bytes: Uint8Array }> = [];
  before(async () => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'completeness-'));
    for (const { name, extension, bytes } of await fuzzSeeds()) {
      if (bytes instanceof Uint8Array) files.push({ name, extension, bytes });
    }
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const judge = (bytes: Uint8Array, extension: string) => {
    const file = path.join(folder, `image${extension}`);
    writeFileSync(file, bytes);
    return completenessOf(file);
  };
  const nameOf = ({ name, extension }: { name: string; extension: string }) => `${name}${extension}`;

  it('is told of whole files of every format but those that only a reader of pixels could judge', async () => {
    const found = new Map<string, string>();
    for (const file of files) found.set(nameOf(file), await judge(file.bytes, file.extension));
    for (const [name, completeness] of found) {
      if (/\.png$/.test(name)) assert.equal(completeness, 'proven', name);
      if (/\.jpg$/.test(name)) assert.equal(completeness, 'whole', name);
      if (/\.tif$/.test(name)) assert.ok(['so-far', 'unknown'].includes(completeness), name);
      if (/\.(npy|csv|json)$/.test(name)) assert.equal(completeness, 'unknown', name);
    }
    for (const name of ['strips.tif', 'BigTIFF tiles.tif', 'PackBits.tif', 'planar colour.tif']) {
      assert.equal(found.get(name), 'so-far', name);
    }
    assert.equal(found.get('ImageJ.tif'), 'unknown', 'pixels that no directory names');
  });

  it('is never said of a file that is cut off', async () => {
    let judged = 0;
    for (const { name, extension, bytes } of files) {
      if (!/^\.(tif|png|jpg|czi)$/.test(extension)) continue;
      const least = extension === '.tif' ? 16 : 1;
      const step = Math.max(1, Math.floor(bytes.length / CUTS));
      const cuts = new Set<number>();
      for (let size = 0; size <= bytes.length - least; size += step) cuts.add(size);
      for (let last = least; last < Math.min(40, bytes.length); last++) cuts.add(bytes.length - last);
      for (const size of cuts) {
        assert.equal(await judge(bytes.subarray(0, size), extension), 'unknown', `${name}, ${size} bytes`);
        judged++;
      }
    }
    assert.ok(judged > 500, `${judged}`);
  });

  it('is told of a pyramid and of a long stack, and never of a part of them', async () => {
    const file = path.join(folder, 'pyramid.ome.tiff');
    const info = { shape: [1, 1, 2, 64, 64] as Shape5, dtype: 'uint8' as const, channels: [{ index: 0, name: 'c' }] };
    const writer = await createImageWriter(file, { ...info, pixelSize: null, tile: 16, pyramid: 'mean' }, 'ome-tiff');
    await writer.write(Uint8Array.from({ length: 2 * 64 * 64 }, (_, i) => i % 251));
    await writer.finish();
    const pyramid = readFileSync(file);
    const stack = buildTiff(Array.from({ length: 600 }, () => planePage(new Uint8Array(4).fill(7), 2, 2)));
    for (const bytes of [pyramid, stack]) {
      assert.equal(await judge(bytes, '.tiff'), 'so-far');
      const step = Math.ceil(bytes.length / CUTS);
      for (let size = 0; size < bytes.length - 16; size += step) {
        assert.equal(await judge(bytes.subarray(0, size), '.tiff'), 'unknown', `${size} of ${bytes.length} bytes`);
      }
    }
  });

  it('is not said of a TIFF whose writer has put down pixels that no directory names yet', async () => {
    const { bytes } = files.find((file) => nameOf(file) === 'strips.tif') as (typeof files)[number];
    const growing = Buffer.concat([bytes, Buffer.alloc(512, 7)]);
    assert.equal(await judge(growing, '.tif'), 'unknown');
  });

  it('is not said of a PNG whose end was written before what stands before it', async () => {
    const { bytes } = files.find(({ extension }) => extension === '.png') as (typeof files)[number];
    for (let hole = 8; hole < bytes.length - 12; hole++) {
      const half = Uint8Array.from(bytes).fill(0, hole, bytes.length - 12);
      if (Buffer.compare(half, bytes) !== 0) assert.equal(await judge(half, '.png'), 'unknown', `from ${hole} on`);
    }
  });

  it('is proven of no PNG with a wrong checksum: of pixels it says that they lack, of texts nothing', async () => {
    const { bytes } = files.find(({ extension }) => extension === '.png') as (typeof files)[number];
    const text = Buffer.alloc(4 + 4 + 3 + 4);
    text.writeUInt32BE(3);
    text.write('tEXta\0b', 4, 'latin1');
    const end = bytes.length - 12;
    const withText = (sum: number) => {
      text.writeUInt32BE(sum, 11);
      return judge(Buffer.concat([bytes.subarray(0, end), text, bytes.subarray(end)]), '.png');
    };
    assert.equal(await withText(crc32(text.subarray(4, 11))), 'proven');
    assert.equal(await withText(0), 'whole');
  });

  it('is not said of a JPEG because of the small image in its header', async () => {
    const { bytes } = files.find(({ extension }) => extension === '.jpg') as (typeof files)[number];
    const thumbnail = Buffer.concat([Buffer.from(bytes), Buffer.alloc(0)]);
    const header = Buffer.alloc(4);
    header.writeUInt16BE(0xffe1, 0);
    header.writeUInt16BE(thumbnail.length + 2, 2);
    const until = Buffer.concat([bytes.subarray(0, 2), header, thumbnail]);
    assert.equal(await judge(until, '.jpg'), 'unknown');
    assert.equal(await judge(Buffer.concat([until, bytes.subarray(2)]), '.jpg'), 'whole');
  });
});
