import assert from 'node:assert/strict';
import path from 'node:path';
import { diskSpaceJob } from '../../../src/jobs/implementations/looks';
import { Workbench } from './workbench';

describe('the space of a disk', () => {
  it('is that of the nearest folder above one that is not made yet', async () => {
    const bench = await Workbench.open();
    try {
      const context = bench.context<'disk-space'>();
      const there = await diskSpaceJob({ folder: bench.folder }, context);
      const later = await diskSpaceJob({ folder: path.join(bench.folder, 'not', 'made', 'yet') }, context);
      assert.ok(there.space && there.space.size >= there.space.free && there.space.size > 0);
      assert.equal(later.space?.size, there.space.size);
    } finally {
      await bench.close();
    }
  });
});
