import { spawnSync } from 'node:child_process';

let present = true;

/** Megabytes in use on the first NVIDIA GPU, whoever uses them; null where there is none. */
export function deviceMemory(): number | null {
  if (!present) return null;
  const { stdout, status } = spawnSync('nvidia-smi', ['--query-gpu=memory.used', '--format=csv,noheader,nounits'], {
    encoding: 'utf8',
  });
  const used = status === 0 ? Number.parseInt(stdout, 10) : Number.NaN;
  present = Number.isFinite(used);
  return present ? used : null;
}
