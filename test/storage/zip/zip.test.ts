import assert from 'node:assert/strict';
import { crc32, deflateRawSync, inflateRawSync } from 'node:zlib';
import { readZip, type ZipLimits } from '../../../src/storage/zip/read-zip';
import { writeZip } from '../../../src/storage/zip/write-zip';

const LIMITS: ZipLimits = { files: 3, bytes: 10_000 };
const text = (bytes: Uint8Array | undefined) => Buffer.from(bytes ?? []).toString();
const long = Buffer.from('again and again '.repeat(100));

describe('a ZIP archive', () => {
  it('gives back what went in, packed where that is smaller', () => {
    const archive = writeZip([
      { name: 'a/long.txt', data: long },
      { name: 'kürzer.txt', data: Buffer.from('x') },
      { name: 'plain', data: long, deflate: false },
    ]);
    const files = readZip(archive, 'it', LIMITS);
    assert.deepEqual([...files.keys()], ['a/long.txt', 'kürzer.txt', 'plain']);
    for (const name of ['a/long.txt', 'plain']) assert.equal(text(files.get(name)?.read()), long.toString());
    assert.equal(text(files.get('kürzer.txt')?.read()), 'x');
    assert.ok(archive.length < 2 * long.length);
    assert.deepEqual(writeZip([]).length, 22);
  });

  it('has headers where the format says', () => {
    const archive = Buffer.from(writeZip([{ name: 'f', data: long }]));
    assert.equal(archive.readUInt32LE(0), 0x04034b50);
    const [method, sum, packed, size] = [
      archive.readUInt16LE(8),
      ...[14, 18, 22].map((at) => archive.readUInt32LE(at)),
    ];
    assert.deepEqual([method, sum, size], [8, crc32(long), long.length]);
    assert.equal(text(inflateRawSync(archive.subarray(31, 31 + packed))), long.toString());
    assert.equal(archive.readUInt32LE(31 + packed), 0x02014b50);
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
      const archive = writeZip([{ name, data: long }]);
      assert.throws(() => readZip(archive, 'it', LIMITS), { code: 'unsupported', message: /outside of its folder/ });
    });
  }

  it('is refused with more files or bytes than are taken, before anything is unpacked', () => {
    const many = writeZip(['a', 'b', 'c', 'd'].map((name) => ({ name, data: long })));
    assert.throws(() => readZip(many, 'it', LIMITS), { code: 'unsupported', message: /4 files; expected at most 3/ });
    const large = writeZip([{ name: 'zeros', data: new Uint8Array(20_000) }]);
    assert.ok(large.length < 300);
    assert.throws(() => readZip(large, 'it', LIMITS), { code: 'unsupported', message: /more than 10000 bytes/ });
  });

  it('unpacks no more than it says that there is', () => {
    const archive = Buffer.from(writeZip([{ name: 'bomb', data: new Uint8Array(5000) }]));
    archive.writeUInt32LE(50, archive.indexOf(Buffer.from([0x50, 0x4b, 1, 2])) + 24);
    const file = readZip(archive, 'it', LIMITS).get('bomb');
    assert.throws(() => file?.read(), { code: 'corrupt-file', message: /cannot be unpacked to 50 bytes/ });
  });

  it('is refused where it is cut, damaged, or none', () => {
    const archive = Buffer.from(writeZip([{ name: 'f', data: long }]));
    const corrupt = { code: 'corrupt-file' };
    for (const length of [0, 10, archive.length - 30]) {
      assert.throws(() => readZip(archive.subarray(0, length), 'it', LIMITS), corrupt);
    }
    const other = Buffer.from(archive);
    other.writeUInt32LE(1, archive.indexOf(Buffer.from([0x50, 0x4b, 1, 2])) + 16);
    assert.throws(() => readZip(other, 'it', LIMITS).get('f')?.read(), corrupt);
    const twice = writeZip(['f', 'f'].map((name) => ({ name, data: long })));
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

  it('keeps to what deflate makes of the data', () => {
    const { length } = deflateRawSync(long);
    assert.equal(writeZip([{ name: 'f', data: long }]).length, 30 + 1 + length + 46 + 1 + 22);
  });
});
