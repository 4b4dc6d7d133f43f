import assert from 'node:assert/strict';
import { rmSync, statSync, truncateSync, utimesSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import path from 'node:path';
import {
  checkUnchanged,
  createImageWriter,
  describeImage,
  fileVersion,
  openDescription,
  readAll,
  type WriteFormat,
} from '../../src/formats';
import type { ImageDescription } from '../../src/image/description';
import { failure } from './error-matching';
import { useTempFolder } from './temp-folder';

describe('the version of a described file', () => {
  const folder = useTempFolder();

  async function write(file: string, value: number, format: WriteFormat = 'tiff', side = 4): Promise<void> {
    const channels = [{ index: 0, name: 'c' }];
    const info = { shape: [1, 1, 1, side, side] as const, dtype: 'uint8' as const, channels, pixelSize: null };
    const existing = 'replace' as const;
    const writer = await createImageWriter(file, { ...info, shape: [...info.shape] }, format, { existing });
    await writer.write(new Uint8Array(side * side).fill(value));
    await writer.finish();
  }

  async function described(file: string): Promise<ImageDescription> {
    return { ...(await describeImage(file, { id: 'a' })), file: await fileVersion(file) };
  }

  it('is size and time of change; what changed is refused with both, unchanged is read', async () => {
    const file = folder.file('one.tif');
    await write(file, 1);
    const image = await described(file);
    assert.deepEqual(image.file, { size: statSync(file).size, modified: Math.round(statSync(file).mtimeMs) });
    assert.equal((await readAll(JSON.parse(JSON.stringify(image)))).data[0], 1);

    // Same size, other pixels, another time.
    await write(file, 2);
    utimesSync(file, new Date(), new Date('2026-01-02T03:04:05.678Z'));
    const message =
      /one\.tif has changed since it was loaded as a: expected \d+ bytes of .*Z, found \d+ bytes of 2026-01-02T03:04:05\.678Z\. Load it again/;
    await assert.rejects(openDescription(image), failure('changed', message));
    assert.equal((await readAll(await described(file))).data[0], 2);
  });

  it('tells a file of another size though its time was set back', async () => {
    const file = folder.file('two.tif');
    await write(file, 1);
    const image = await described(file);
    const { mtime } = statSync(file);
    await write(file, 1, 'tiff', 64);
    utimesSync(file, mtime, mtime);
    await assert.rejects(openDescription(image), failure('changed', /has changed/));
  });

  it('what is half written is told as changed, not as damaged; what is gone as gone', async () => {
    const file = folder.file('three.tif');
    await write(file, 1);
    const image = await described(file);
    await cp(folder.file('one.tif'), file);
    truncateSync(file, 20);
    await assert.rejects(openDescription(image), failure('changed', /found 20 bytes/));
    rmSync(file);
    await assert.rejects(openDescription(image), failure('not-found', /no longer there/));
    assert.equal(await fileVersion(file), undefined);
  });

  it('of a Zarr folder is that of its metadata, in both versions of Zarr', async () => {
    for (const format of ['ome-zarr', 'ome-zarr-v2'] as const) {
      const image = folder.file(`${format}.ome.zarr`);
      await write(image, 1, format);
      const before = await described(image);
      assert.ok((before.file?.size ?? 0) > 0, format);
      await checkUnchanged(before);
      rmSync(image, { recursive: true });
      // Missing chunks would read as zeros.
      await assert.rejects(checkUnchanged(before), failure('changed', /found nothing/));
      await assert.rejects(openDescription(before), failure('not-found', /no longer there/));
      await write(image, 2, format);
      const metadata = path.join(image, format === 'ome-zarr' ? 'zarr.json' : '.zattrs');
      utimesSync(metadata, new Date(), new Date(Date.now() + 60_000));
      await assert.rejects(openDescription(before), failure('changed', /has changed/));
    }
  });

  it('an image without one, as of earlier versions and of our own results, is read as it is', async () => {
    const file = folder.file('four.tif');
    await write(file, 1);
    const image = await describeImage(file, { id: 'a' });
    assert.equal(image.file, undefined);
    await write(file, 2);
    assert.equal((await readAll(image)).data[0], 2);
    assert.equal(await fileVersion('https://data.example/plate.zarr'), undefined);
  });
});
