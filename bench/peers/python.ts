import { spawnSync } from 'node:child_process';

/** The interpreter that `PYTHON` in the environment names (python3), and its PyTorch. */
export interface Python {
  command: string;
  torch: string;
  /** name of the GPU that PyTorch computes on; null: it has none */
  gpu: string | null;
}

const ASK = `
import json, torch
gpu = torch.cuda.get_device_name() if torch.cuda.is_available() else None
print(json.dumps({"torch": torch.__version__, "gpu": gpu}))`;

/** @throws Error that says what is missing */
export function findPython(command = process.env.PYTHON ?? 'python3'): Python {
  const { status, stdout, stderr, error } = spawnSync(command, ['-c', ASK], { encoding: 'utf8' });
  if (error) throw new Error(`peers: ${command} could not be started (${error.message}); name a Python in PYTHON`);
  if (status !== 0) {
    const reason = stderr.trim().split('\n').at(-1);
    throw new Error(
      `peers: ${command} has no PyTorch that works (${reason}); \`pip install torch\`, or name another Python in PYTHON`,
    );
  }
  return { command, ...(JSON.parse(stdout) as Omit<Python, 'command'>) };
}
