import assert from 'node:assert/strict';
import { HostUsers } from '../../src/jobs/host/host-users';
import { COMPUTE } from './toy-jobs';

describe('the users of worker processes', () => {
  let freed: Array<number | 'everything'>;
  let users: HostUsers;
  beforeEach(() => {
    freed = [];
    users = new HostUsers({
      release: async ({ threads }) => {
        freed.push(threads);
      },
      shutdown: async () => {
        freed.push('everything');
      },
    });
  });

  it('do not lose them where another user, or they themselves, get a longer queue', () => {
    users.register('one', { ...COMPUTE, queue: 5 });
    users.register('two', { ...COMPUTE, queue: 100 });
    users.register('one', { ...COMPUTE, queue: 50 });
    users.register('two', { ...COMPUTE, queue: 50 });
    users.register('one', { ...COMPUTE, queue: 5, threads: 2 });
    assert.deepEqual(freed, [], 'the second still needs them');
  });

  it('free them once the last that computes so has other settings or is gone, and all with the last', async () => {
    users.register('pixels', null);
    users.register('one', { ...COMPUTE, threads: 1, queue: 5 });
    users.register('two', { ...COMPUTE, threads: 1, queue: 7 });
    users.register('one', { ...COMPUTE, threads: 2 });
    assert.deepEqual(freed, []);
    users.register('two', { ...COMPUTE, threads: 2 });
    assert.deepEqual(freed, [1]);
    await users.unregister('one', true);
    assert.deepEqual(freed, [1]);
    await users.unregister('two', true);
    assert.deepEqual(freed, [1, 2]);
    await users.unregister('pixels', true);
    assert.deepEqual(freed, [1, 2, 'everything']);
  });
});
