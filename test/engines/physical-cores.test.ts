import assert from 'node:assert/strict';
import { physicalCores } from '../../src/engines/physical-cores';

/** Two sockets of four cores with two threads each. */
const CPUINFO = Array.from(
  { length: 16 },
  (_, i) => `processor : ${i}\nphysical id\t: ${i % 2}\ncore id\t\t: ${(i >> 1) % 4}\n`,
).join('\n');

describe('the number of physical cores', () => {
  const cores = (logical: number, files: Record<string, string>) =>
    physicalCores({ logical, read: (file) => files[file] ?? '' });

  it('counts a core with two threads once, and no core that this process may not use', () => {
    assert.equal(cores(16, { '/proc/cpuinfo': CPUINFO }), 8);
    assert.equal(cores(3, { '/proc/cpuinfo': CPUINFO }), 3);
    assert.equal(cores(6, { '/proc/cpuinfo': 'processor : 0\nBogoMIPS : 50\n' }), 6);
  });

  it('is not above the share of a container', () => {
    const limited = (files: Record<string, string>) => cores(16, { '/proc/cpuinfo': CPUINFO, ...files });
    assert.equal(limited({ '/sys/fs/cgroup/cpu.max': '250000 100000\n' }), 2);
    assert.equal(limited({ '/sys/fs/cgroup/cpu.max': '50000 100000\n' }), 1);
    assert.equal(limited({ '/sys/fs/cgroup/cpu.max': 'max 100000\n' }), 8);
    const older = (quota: string) => ({
      '/sys/fs/cgroup/cpu/cpu.cfs_quota_us': `${quota}\n`,
      '/sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000\n',
    });
    assert.equal(limited(older('300000')), 3);
    assert.equal(limited(older('-1')), 8);
  });
});
