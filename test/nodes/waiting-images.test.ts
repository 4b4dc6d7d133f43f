import assert from 'node:assert/strict';
import { utimes, writeFile } from 'node:fs/promises';
import type { NodeMessage } from 'node-red';
import { injectJobAccess } from '../../nodes/job-host-access';
import { holdImages, letGo } from '../../nodes/working/waiting-images';
import { toUri } from '../../src/storage/paths';
import { Scratch } from '../../src/storage/scratch';
import { type TemporaryFolder, temporaryFolder } from '../samples/temporary-files';
import { FakeHost } from './fake-host';
import { image, settle } from './run-node';

const MB = 2 ** 20;

describe('images of messages that wait', () => {
  let folder: TemporaryFolder;
  let scratch: Scratch;
  beforeEach(async () => {
    folder = await temporaryFolder();
    scratch = await Scratch.open({ folder: folder.path, quotaMB: 8 });
    injectJobAccess(new FakeHost().access({ scratchFolder: folder.path }));
  });
  afterEach(async () => {
    injectJobAccess(null);
    await scratch.idle();
    await folder.remove();
  });

  const stored = async (name: string, minutesAgo: number) => {
    const file = await scratch.saveBytes(new Uint8Array(2 * MB), name, '.tiff');
    const used = new Date(Date.now() - minutesAgo * 60_000);
    await utimes(file, used, used);
    return file;
  };
  const waiting = (file: string): NodeMessage =>
    ({ payload: { id: 'a', mask: { ...image('mask'), uri: toUri(file) } } }) as never;
  const isThere = (file: string) =>
    scratch.pin([file]).then(
      async (release) => {
        await release();
        return true;
      },
      () => false,
    );

  it('are not evicted, though they were used least recently, until the message waits no more', async () => {
    const [oldest, older] = [await stored('oldest', 60), await stored('older', 50)];
    const msg = waiting(oldest);
    // At two nodes, and at one of them over a deploy.
    for (const node of ['preview', 'threshold', 'threshold']) holdImages(node, msg);
    await settle(2200);
    letGo('preview', msg);
    await stored('young', 1);
    await scratch.newFile('next', '.tiff', 3 * MB);
    assert.deepEqual([await isThere(oldest), await isThere(older)], [true, false]);
    letGo('threshold', msg);
    await settle(100);
    await utimes(oldest, new Date(0), new Date(0));
    await scratch.newFile('last', '.tiff', 3 * MB);
    assert.equal(await isThere(oldest), false);
  });

  it('of a store that cannot be written to are no reason to fail', async () => {
    await writeFile(folder.at('file'), '');
    injectJobAccess(new FakeHost().access({ scratchFolder: folder.at('file') }));
    const msg = waiting(await stored('a', 0));
    holdImages('one', msg);
    await settle(1200);
    letGo('one', msg);
    await settle(50);
  });
});
