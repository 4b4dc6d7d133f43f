import assert from 'node:assert/strict';
import { untilStable } from '../../nodes/load-image/stable-file';
import type { JobOutput } from '../../src/jobs/job-types';

describe('how long a file is waited for', () => {
  const { signal } = new AbortController();
  let file: JobOutput<'inspect-path'>;
  // What was written long ago is not waited for.
  beforeEach(() => {
    file = { path: '/a.tif', kind: 'file', size: 10, completeness: 'so-far', modified: Date.now() };
  });
  const looks = async (seen: { size: number; modified: number } | null, settle: 'auto' | number = 'auto') => {
    const judged: boolean[] = [];
    const look = async (judge: boolean) => {
      judged.push(judge);
      return file;
    };
    await untilStable(file.path, settle, signal, look, seen);
    return judged;
  };

  it('is none where watch has waited for it, unless it has changed since, or the node says how long', async () => {
    assert.deepEqual(await looks({ size: 10, modified: file.modified }), [false]);
    assert.deepEqual(await looks({ size: 9, modified: file.modified }), [false, true, true]);
    assert.deepEqual(await looks(null), [true, true]);
    assert.deepEqual(await looks({ size: 10, modified: file.modified }, 10), [false, false]);
  });

  it('is none where its checksums say that each byte is there, unless the node says how long', async () => {
    file.completeness = 'proven';
    assert.deepEqual(await looks(null), [true]);
    assert.deepEqual(await looks(null, 10), [false, false]);
  });
});
