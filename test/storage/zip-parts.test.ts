import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { inflateRawSync } from 'node:zlib';
import { ZipParts } from '../../src/storage/zip/zip-parts';
import { unzip } from '../exchange/roi-decoder';

function archive(files: Iterable<readonly [string, Uint8Array]>): Buffer {
  const zip = new ZipParts();
  const parts = Array.from(files, ([name, data]) => zip.add(name, data));
  return Buffer.concat([...parts, zip.end()]);
}

describe('a ZIP archive that is written file by file', () => {
  const files: Array<[string, Uint8Array]> = [
    ['a.txt', Buffer.from('twice twice twice twice twice twice')],
    ['folder/ä.bin', Uint8Array.of(1, 2, 3)],
    ['empty', new Uint8Array(0)],
  ];

  it('holds what was put into it, the same bytes each time', () => {
    const bytes = archive(files);
    const found = unzip(bytes, inflateRawSync);
    assert.deepEqual(
      [...found].map(([name, data]) => [name, [...data]]),
      files.map(([name, data]) => [name, [...data]]),
    );
    assert.deepEqual(archive(files), bytes);
    assert.equal(unzip(archive([]), inflateRawSync).size, 0);
  });

  it('counts more than 65,535 files, and is sound to another program', () => {
    const many = Array.from({ length: 70_000 }, (_, i) => [`${i}`, Uint8Array.of(i & 255)] as const);
    const folder = mkdtempSync(path.join(tmpdir(), 'segmenter-zip-'));
    const program = 'import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); print(z.testzip(), len(z.namelist()))';
    try {
      for (const entries of [files, many]) {
        const bytes = archive(entries);
        assert.equal(unzip(bytes, inflateRawSync).size, entries.length);
        const place = path.join(folder, 'some.zip');
        writeFileSync(place, bytes);
        const said = spawnSync('python3', ['-c', program, place], { encoding: 'utf8' });
        if (said.error) console.log('      skipped: there is no python3 on this machine');
        else assert.equal(said.stdout.trim(), `None ${entries.length}`, said.stderr);
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
