import { readFileSync } from 'node:fs';
import os from 'node:os';

/** Physical cores of this machine; hyper-threads do not speed up matrix products. */
export function physicalCores(): number {
  const logical = os.availableParallelism();
  try {
    const cores = new Set<string>();
    for (const block of readFileSync('/proc/cpuinfo', 'utf8').split('\n\n')) {
      const socket = /^physical id\s*:\s*(\d+)/m.exec(block)?.[1];
      const core = /^core id\s*:\s*(\d+)/m.exec(block)?.[1];
      if (socket && core) cores.add(`${socket}:${core}`);
    }
    return cores.size > 0 ? Math.min(cores.size, logical) : logical;
  } catch {
    // not Linux: half of the logical cores where two share one is the usual layout of desktop processors
    return os.arch() === 'x64' ? Math.max(1, Math.floor(logical / 2)) : logical;
  }
}
