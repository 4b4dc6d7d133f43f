import { readFileSync } from 'node:fs';
import os from 'node:os';

/** Where the number of cores is read from; replaced in tests. */
export interface CoreFacts {
  /** processors that this process may run on */
  logical: number;
  /** A file of the system's; empty where there is none. */
  read: (file: string) => string;
}

/**
 * Physical cores that this process may use: hyper-threads do not speed up matrix products, and a container with a share
 * of the processor time is halted again and again where it runs more threads than that.
 */
export function physicalCores(facts: CoreFacts = { logical: os.availableParallelism(), read: readText }): number {
  const { read } = facts;
  const logical = Math.min(facts.logical, containerLimit(read));
  const cpuinfo = read('/proc/cpuinfo');
  // not Linux: half of the logical cores where two share one is the usual layout of desktop processors
  if (cpuinfo === '') return os.arch() === 'x64' ? Math.max(1, Math.floor(logical / 2)) : logical;
  const cores = new Set<string>();
  for (const block of cpuinfo.split('\n\n')) {
    const socket = /^physical id\s*:\s*(\d+)/m.exec(block)?.[1];
    const core = /^core id\s*:\s*(\d+)/m.exec(block)?.[1];
    if (socket && core) cores.add(`${socket}:${core}`);
  }
  return cores.size > 0 ? Math.min(cores.size, logical) : logical;
}

/** Whole processors' time that Linux grants a container (control groups version 2, else 1); Node.js 20 does not count it. */
function containerLimit(read: CoreFacts['read']): number {
  const [quota, period] =
    read('/sys/fs/cgroup/cpu.max').match(/\d+/g) ??
    ['cpu.cfs_quota_us', 'cpu.cfs_period_us'].map((file) => read(`/sys/fs/cgroup/cpu/${file}`));
  const processors = Number(quota) / Number(period);
  return processors > 0 ? Math.max(1, Math.floor(processors)) : Number.POSITIVE_INFINITY;
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
