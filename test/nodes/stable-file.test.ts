import assert from 'node:assert/strict';
import { untilStable } from '../../nodes/load-image/stable-file';
import type { JobOutput } from '../../src/jobs/job-types';

describe('a file that watch has waited for', () => {
  const { signal } = new AbortController();
  let file: JobOutput<'inspect-path'>;
  // What was written long ago is not waited for.
  beforeEach(() => {
    file = { path: '/a.tif', kind: 'file', size: 10, completeness: 'so-far', modified: Date.now() };
  });
  const looks = async (seen: { size: number; modified: number } | null, settle: 'auto' | number = 'auto') => {
    let count = 0;
    const look = async () => {
      count++;
      return file;
    };
    await untilStable(file.path, settle, signal, look, seen);
    return count;
  };

  it('is not waited for again, unless it has changed since, or the node says how long', async () => {
    assert.equal(await looks({ size: 10, modified: file.modified }), 1);
    assert.equal(await looks({ size: 9, modified: file.modified }), 2);
    assert.equal(await looks(null), 2);
    assert.equal(await looks({ size: 10, modified: file.modified }, 10), 2);
  });
});
