import assert from 'node:assert/strict';
import { register, unregister } from '../../nodes/host-users';
import { injectJobAccess } from '../../nodes/job-host-access';
import { COMPUTE } from '../jobs/toy-jobs';
import { FakeHost } from './fake-host';

describe('the users of worker processes', () => {
  let host: FakeHost;
  beforeEach(() => {
    host = new FakeHost();
    injectJobAccess(host.access());
  });
  afterEach(async () => {
    for (const id of ['one', 'two', 'pixels']) await unregister(id, true);
    injectJobAccess(null);
  });
  const threads = () => host.released.map((compute) => compute.threads);

  it('do not lose them where another node, or they themselves, get a longer queue', () => {
    register('one', { ...COMPUTE, queue: 5 });
    register('two', { ...COMPUTE, queue: 100 });
    register('one', { ...COMPUTE, queue: 50 });
    register('two', { ...COMPUTE, queue: 50 });
    register('one', { ...COMPUTE, queue: 5, threads: 2 });
    assert.deepEqual(threads(), [], 'the second still needs them');
  });

  it('free them once the last that computes so has other settings or is gone', async () => {
    register('pixels', null);
    register('one', { ...COMPUTE, threads: 1, queue: 5 });
    register('two', { ...COMPUTE, threads: 1, queue: 7 });
    register('one', { ...COMPUTE, threads: 2 });
    assert.deepEqual(threads(), []);
    register('two', { ...COMPUTE, threads: 2 });
    assert.deepEqual(threads(), [1]);
    await unregister('one', true);
    assert.deepEqual(threads(), [1]);
    await unregister('two', true);
    assert.deepEqual(threads(), [1, 2]);
  });
});
