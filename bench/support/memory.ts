import { readFileSync } from 'node:fs';

const SAMPLE_MS = 50;

/**
 * Watches the memory of this process and all its children (resident set, summed; shared pages count for each).
 * @returns a function that ends the watch and gives the highest sum in bytes; null where there is no /proc
 */
export function watchMemory(): () => number | null {
  let peak = residentBytes(process.pid);
  if (peak === null) return () => null;
  const timer = setInterval(() => {
    peak = Math.max(peak ?? 0, residentBytes(process.pid) ?? 0);
  }, SAMPLE_MS);
  return () => {
    clearInterval(timer);
    return peak;
  };
}

/** Bytes that a process and its children hold now. */
function residentBytes(pid: number): number | null {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
    const own = Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) * 1024;
    const pids = children === '' ? [] : children.split(' ').map(Number);
    return pids.reduce((sum, child) => sum + (residentBytes(child) ?? 0), own);
  } catch {
    return null;
  }
}
