import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createJobHost, type JobHost } from '../../src/jobs/host/job-host';
import type { ComputeSettings } from '../../src/jobs/job-types';
import { engineOptions } from './measure';

export interface Bench {
  host: JobHost;
  /** everything is written below it; removed afterwards */
  folder: string;
  modelsFolder: string;
  compute: ComputeSettings;
}

/** Runs work with a job host as the nodes have one, in a folder of its own. */
export async function withHost(work: (bench: Bench) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'segmenter-bench-'));
  const modelsFolder = path.join(folder, 'models');
  const scratchFolder = path.join(folder, 'scratch');
  const host = createJobHost({ roots: [folder], modelsFolder, scratchFolder, scratchQuotaMB: 20_000 });
  const compute: ComputeSettings = { ...engineOptions(), memoryMB: 0, queue: 100 };
  try {
    await work({ host, folder, modelsFolder, compute });
  } finally {
    await host.shutdown();
    rmSync(folder, { recursive: true, force: true });
  }
}
