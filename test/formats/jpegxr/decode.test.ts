import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { decodeJpegXr, readJpegXrHeader } from '../../../src/formats/jpegxr/decode';
import { needShared } from '../../support/shared-data';

const MODULE = path.resolve(__dirname, '../../../src/formats/jpegxr/decode.js');
const SIZE = 83 * 61 * 2;

/** The payload of a golden file's block: 83 x 61 pixels of 16 bits. */
function golden(test: Mocha.Context): Uint8Array<ArrayBuffer> {
  const bytes = readFileSync(needShared(test, 'data/czi/gray16_jxr.czi'));
  const start = bytes.indexOf(Buffer.from([0x49, 0x49, 0xbc, 0x01]));
  return new Uint8Array(bytes.subarray(start, start + 10831));
}

describe('decoding JPEG XR', () => {
  it('several at once, without listeners on this process', async function () {
    const bytes = golden(this);
    const count = () => ['uncaughtException', 'unhandledRejection'].map((event) => process.listenerCount(event));
    const before = count();
    const images = await Promise.all(Array.from({ length: 9 }, () => decodeJpegXr(bytes.slice(), SIZE)));
    assert.deepEqual(count(), before);
    assert.deepEqual([images[0].width, images[0].height, images[0].bytes.length], [83, 61, SIZE]);
    for (const { bytes: pixels } of images) assert.ok(Buffer.from(pixels).equals(images[0].bytes));
  });

  it('a stream that is cut is refused, where the decoder would make up pixels; the next image is decoded', async function () {
    const bytes = golden(this);
    for (const length of [4, 7, 100, 140, 5000, bytes.length - 1]) {
      await assert.rejects(decodeJpegXr(bytes.slice(0, length), SIZE), /truncated|no directory/, `${length} bytes`);
    }
    await assert.rejects(decodeJpegXr(Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8), SIZE), /does not begin as JPEG XR/);
    assert.equal((await decodeJpegXr(bytes, SIZE)).width, 83);
  });

  it('an image larger than is taken is refused before it is decoded', async function () {
    const bytes = golden(this);
    assert.deepEqual(readJpegXrHeader(bytes), { width: 83, height: 61 });
    await assert.rejects(decodeJpegXr(bytes.slice(), 1000), /it has 61 x 83 pixels/);
    // The width lies 12 bytes behind the beginning of the code stream, which the container does not know of.
    const stream = Buffer.from(bytes.buffer).indexOf('WMPHOTO');
    bytes[stream + 12] = 0xff;
    await assert.rejects(decodeJpegXr(bytes, SIZE), /it has 61 x 653\d\d pixels/);
  });

  it('the threads keep no process alive', function () {
    const bytes = Buffer.from(golden(this)).toString('base64');
    const script = `require(process.argv[1]).decodeJpegXr(Uint8Array.from(Buffer.from(process.argv[2], 'base64')), ${SIZE})
      .then(({ width }) => console.log(width))`;
    const { stdout, status } = spawnSync(process.execPath, ['-e', script, MODULE, bytes], { timeout: 20_000 });
    assert.deepEqual([String(stdout).trim(), status], ['83', 0]);
  });
});
