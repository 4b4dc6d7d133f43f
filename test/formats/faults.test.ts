import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { SegmenterError } from '../../src/base/errors';
import { openImage } from '../../src/formats/open-image';
import type { ImageSource } from '../../src/formats/source';
import { viewAs } from '../../src/image/dtype';
import { type Shape5, wholeRegion } from '../../src/image/region';
import { needShared, sharedPath } from '../support/shared-data';

/** What an independent reader sees in a file. */
interface Wanted {
  shape: Shape5;
  dtype?: string;
  channels: string[] | null;
  /** [z, y, x] in micrometres */
  size: Array<number | null> | null;
  /** a refusal by name is right too */
  refuse_ok: boolean;
}

/** Lossy: decoders round in their own ways. */
const TOLERANCE: Record<string, number> = { 'jpeg_rgb_tag_jfif.tif': 8 };

const WANT = sharedPath('faults/files/want.json');
const wanted: Record<string, Wanted> = WANT === null ? {} : JSON.parse(readFileSync(WANT, 'utf8'));

describe('small files that went wrong', () => {
  it('are here to be read', function () {
    needShared(this, 'faults/files/want.json');
    assert.ok(Object.keys(wanted).length >= 13, `${Object.keys(wanted).length} files`);
  });

  for (const [name, want] of Object.entries(wanted)) {
    it(name, async function () {
      const file = needShared(this, `faults/files/${name}`);
      let source: ImageSource;
      try {
        source = await openImage(file);
      } catch (error) {
        assert.ok(want.refuse_ok && error instanceof SegmenterError && error.code === 'unsupported', `${error}`);
        return;
      }
      try {
        await check(source, want, file, TOLERANCE[name] ?? 0);
      } finally {
        await source.close();
      }
    });
  }

  it('ImageJ’s RGB of 48 bits', async function () {
    const source = await openImage(needShared(this, 'faults/files/imagej-rgb48.tif'));
    await source.close();
    assert.deepEqual(source.info.levels, [[1, 3, 1, 20, 30]]);
    assert.deepEqual(source.info.pixelSize, { z: 0.05, y: 1 / (971 / 50), x: 1 / (971 / 50) });
  });
});

async function check(source: ImageSource, want: Wanted, file: string, tolerance: number): Promise<void> {
  const { levels, dtype, channels, pixelSize } = source.info;
  assert.deepEqual(levels[0], want.shape, path.basename(file));
  if (want.dtype) assert.equal(dtype, want.dtype);
  if (want.channels) {
    assert.deepEqual(
      channels.map(({ name }) => name),
      want.channels,
    );
  }
  const size = pixelSize && [pixelSize.z, pixelSize.y, pixelSize.x];
  assert.equal(size === null, want.size === null, `${size}`);
  for (const [i, side] of (want.size ?? []).entries()) {
    const got = size?.[i] ?? null;
    assert.ok(side === null ? got === null : Math.abs((got ?? 0) - side) < 1e-9 * side, `${size}`);
  }
  const raw = sharedPath(`faults/files/${path.basename(file)}.raw`);
  if (raw === null) return;
  const expected = viewAs(dtype, Uint8Array.from(readFileSync(raw)));
  const pixels = await source.read(wholeRegion(levels[0]));
  assert.equal(pixels.length, expected.length);
  let most = 0;
  for (const [i, value] of pixels.entries()) most = Math.max(most, Math.abs(value - expected[i]));
  assert.ok(most <= tolerance, `pixels differ by up to ${most}`);
}
