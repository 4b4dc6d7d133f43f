import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { uploader } from '../../src/jobs/host/uploads';
import { Scratch } from '../../src/storage/scratch';

describe('uploads', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'uploads-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
  const settings = () => ({ scratchFolder: path.join(folder, 'scratch'), scratchQuotaMB: 10 });

  it('lie in the scratch store, and again after its folder was removed', async () => {
    const upload = uploader(settings());
    const file = await upload(Uint8Array.of(1, 2), '../../plate 1.ome.tiff');
    assert.match(file, /plate-1_\d+-[0-9a-f]{16}\.ome\.tiff$/);
    assert.deepEqual([...(await readFile(file))], [1, 2]);
    await rm(path.join(folder, 'scratch'), { recursive: true });
    const files = await Promise.all(['a.png', 'b.png'].map((name) => upload(Uint8Array.of(3), name)));
    assert.ok(files.every((each) => existsSync(each)));
  });

  it('are tried again where the folder could not be made before', async () => {
    const upload = uploader(settings());
    await writeFile(path.join(folder, 'scratch'), 'in the way');
    await assert.rejects(upload(Uint8Array.of(1), 'a.png'), { code: 'not-allowed', message: /cannot be made/ });
    await rm(path.join(folder, 'scratch'));
    assert.ok(existsSync(await upload(Uint8Array.of(1), 'a.png')));
  });

  it('fail with `timeout` while the disk does not answer, one call at a time, and go on when it does', async () => {
    let calls = 0;
    let answer = (): void => undefined;
    const open: typeof Scratch.open = async (options) => {
      calls++;
      await new Promise<void>((resolve) => {
        answer = resolve;
      });
      return Scratch.open(options);
    };
    const upload = uploader(settings(), { open, patienceMs: 100 });
    const timeout = { code: 'timeout', message: /scratch folder .*did not answer.*connected/ };
    await Promise.all(['a', 'b', 'c'].map((name) => assert.rejects(upload(Uint8Array.of(1), name), timeout)));
    await assert.rejects(upload(Uint8Array.of(1), 'd'), timeout);
    assert.equal(calls, 1);
    answer();
    // The first one's bytes are stored after all; nobody waits for them.
    const stored = async (): Promise<string> => {
      try {
        return await upload(Uint8Array.of(1), 'e');
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 20));
        return stored();
      }
    };
    assert.ok(existsSync(await stored()));
    assert.equal(calls, 1);
  });
});
