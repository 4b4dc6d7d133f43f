import assert from 'node:assert/strict';
import type { NodeAPI } from 'node-red';
import { FolderListener } from '../../nodes/watch/folder-listener';

describe('what is heard of a folder', () => {
  it('has an end where nobody takes it for weeks', () => {
    const ignore = () => undefined;
    const listener = new FolderListener({} as NodeAPI, ignore, ignore);
    for (let i = 0; i < 12_000; i++) listener.giveBack({ names: [`${i}.tif`], renamed: [`${i}.tif`] });
    const heard = listener.take();
    assert.deepEqual([heard.names, heard.renamed.length], [null, 5000]);
    listener.giveBack({ names: ['new.tif'], renamed: ['new.tif'] });
    assert.deepEqual(listener.take(), { names: ['new.tif'], renamed: ['new.tif'] });
  });
});
