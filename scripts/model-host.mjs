import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { inRoot } from './paths.mjs';
import { ready } from './ready.mjs';

/**
 * Starts what does jobs on the models of a folder.
 * @param models the folder; undefined: that of Node-RED, where it was not told another
 * @param roots further folders that may be read and written
 */
export async function modelHost(models, roots) {
  await ready();
  const load = (module) => createRequire(import.meta.url)(inRoot('dist', 'src', module));
  const { createJobHost } = load('jobs/host/job-host.js');
  const userDir = process.env.NODE_RED_HOME ?? path.join(os.homedir(), '.node-red');
  const modelsFolder = models ? path.resolve(models) : path.join(userDir, 'segmenter', 'models');
  const scratchFolder = mkdtempSync(path.join(os.tmpdir(), 'segmenter-models-'));
  const host = createJobHost({ roots, modelsFolder, scratchFolder, scratchQuotaMB: 20_000 });
  const close = async () => {
    await host.shutdown();
    rmSync(scratchFolder, { recursive: true, force: true, maxRetries: 5 });
  };
  return { host, load, close };
}
