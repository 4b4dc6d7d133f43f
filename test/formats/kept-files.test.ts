import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { KeptFiles } from '../../src/formats/kept-files';
import { useTempFolder } from './temp-folder';

/** Times of files may be kept in steps of two seconds: younger ones are not relied on. */
const SETTLED_MS = 2100;

describe('contents of files that are kept', () => {
  const folder = useTempFolder();
  let parsed: string[] = [];
  const files = () =>
    new KeptFiles(async (file) => {
      const bytes = Buffer.alloc(file.size);
      await file.read(0, bytes, 'the text');
      const text = bytes.toString();
      parsed.push(text);
      if (text === 'wrong') throw new Error('cannot be parsed');
      return { contents: text, weight: file.size };
    });

  beforeEach(() => {
    parsed = [];
  });

  it('are parsed once for all who open an unchanged file, while it is open or later', async function () {
    this.timeout(20_000);
    const path = folder.write('a', Buffer.from('one'));
    await sleep(SETTLED_MS);
    const kept = files();
    const first = await kept.open(path);
    const second = await kept.open(path);
    await first.file.close();
    await second.file.close();
    const later = await kept.open(path);
    assert.equal(later.contents, 'one');
    const text = Buffer.alloc(3);
    await later.file.read(0, text, 'the text');
    assert.equal(text.toString(), 'one');
    await later.file.close();
    assert.deepEqual(parsed, ['one']);
    await assert.rejects(later.file.read(0, text, 'the text'), /read after it was closed/);

    writeFileSync(path, 'two');
    const changed = await kept.open(path);
    assert.equal(changed.contents, 'two');
    await changed.file.close();
  });

  it('are those of the file that has the name now', async () => {
    const path = folder.write('b', Buffer.from('one'));
    const kept = files();
    const first = await kept.open(path);
    // While the first is still open.
    rmSync(path);
    writeFileSync(path, 'two');
    const second = await kept.open(path);
    assert.deepEqual([first.contents, second.contents], ['one', 'two']);
    await first.file.close();
    await second.file.close();
  });

  it('of a file written a moment ago are not relied on', async () => {
    const path = folder.write('c', Buffer.from('one'));
    const kept = files();
    for (let i = 0; i < 2; i++) await (await kept.open(path)).file.close();
    assert.deepEqual(parsed, ['one', 'one']);
  });

  it('that could not be parsed are parsed again', async () => {
    const path = folder.write('d', Buffer.from('wrong'));
    const kept = files();
    await assert.rejects(kept.open(path), /cannot be parsed/);
    writeFileSync(path, 'right');
    const { file, contents } = await kept.open(path);
    assert.equal(contents, 'right');
    await file.close();
    rmSync(path);
    await assert.rejects(kept.open(path), /no such file/);
  });
});
