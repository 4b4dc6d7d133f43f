import assert from 'node:assert/strict';
import { readZip, type ZipLimits } from '../../../src/storage/zip/read-zip';
import { zipFiles } from '../../../src/storage/zip/zip-parts';

const LIMITS: ZipLimits = { files: 3, bytes: 10_000 };
const text = (bytes: Uint8Array | undefined) => Buffer.from(bytes ?? []).toString();
const long = Buffer.from('again and again '.repeat(100));

describe('a ZIP archive from anywhere', () => {
  it('gives back what went in', () => {
    const archive = zipFiles([
      ['a/long.txt', long],
      ['kürzer.txt', Buffer.from('x')],
      ['empty', new Uint8Array(0)],
    ]);
    const files = readZip(archive, 'it', LIMITS);
    assert.deepEqual([...files.keys()], ['a/long.txt', 'kürzer.txt', 'empty']);
    assert.equal(text(files.get('a/long.txt')?.read()), long.toString());
    assert.deepEqual([text(files.get('kürzer.txt')?.read()), files.get('empty')?.read().length], ['x', 0]);
  });

  const names: Array<[string, string]> = [
    ['../outside', 'a folder above'],
    ['a/../../outside', 'a folder above, later'],
    ['/etc/passwd', 'the root'],
    ['C:\\x', 'a drive'],
    ['a\\b', 'a backslash'],
  ];
  for (const [name, what] of names) {
    it(`is refused where a name leads elsewhere: ${what}`, () => {
      const archive = zipFiles([[name, long]]);
      assert.throws(() => readZip(archive, 'it', LIMITS), { code: 'unsupported', message: /outside of its folder/ });
    });
  }

  it('is refused with more files or bytes than are taken, before anything is unpacked', () => {
    const many = zipFiles(['a', 'b', 'c', 'd'].map((name) => [name, long]));
    assert.throws(() => readZip(many, 'it', LIMITS), { code: 'unsupported', message: /4 files; expected at most 3/ });
    const large = zipFiles([['zeros', new Uint8Array(20_000)]]);
    assert.ok(large.length < 300);
    assert.throws(() => readZip(large, 'it', LIMITS), { code: 'unsupported', message: /more than 10000 bytes/ });
  });

  it('unpacks no more than it says that there is', () => {
    const archive = Buffer.from(zipFiles([['bomb', new Uint8Array(5000)]]));
    archive.writeUInt32LE(50, archive.indexOf(Buffer.from([0x50, 0x4b, 1, 2])) + 24);
    const file = readZip(archive, 'it', LIMITS).get('bomb');
    assert.throws(() => file?.read(), { code: 'corrupt-file', message: /cannot be unpacked to 50 bytes/ });
  });

  it('is refused where it is cut, damaged, or none', () => {
    const archive = Buffer.from(zipFiles([['f', long]]));
    const corrupt = { code: 'corrupt-file' };
    for (const length of [0, 10, archive.length - 30]) {
      assert.throws(() => readZip(archive.subarray(0, length), 'it', LIMITS), corrupt);
    }
    const other = Buffer.from(archive);
    other.writeUInt32LE(1, archive.indexOf(Buffer.from([0x50, 0x4b, 1, 2])) + 16);
    assert.throws(() => readZip(other, 'it', LIMITS).get('f')?.read(), corrupt);
    const twice = zipFiles(['f', 'f'].map((name) => [name, long]));
    assert.throws(() => readZip(twice, 'it', LIMITS), { code: 'corrupt-file', message: /twice/ });
    // Every byte of the directory may be wrong: nothing else than an error of ours comes of it.
    for (let at = 0; at < archive.length; at++) {
      const damaged = Buffer.from(archive);
      damaged[at] ^= 0x55;
      try {
        for (const file of readZip(damaged, 'it', LIMITS).values()) file.read();
      } catch (error) {
        assert.match((error as { code?: string }).code ?? String(error), /^(corrupt-file|unsupported)$/);
      }
    }
  });
});
