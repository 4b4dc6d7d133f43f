import { cpSync, mkdtempSync, readdirSync, rmSync, utimesSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { makeSampleData } from '../../../src/simulation/make-sample-data';
import { NodeRedProcess } from './node-red-process';

export interface Fixture {
  /** the running Node-RED; set while tests run */
  host: NodeRedProcess;
  /** folder with the sample data; results of the flows go to `results` in it */
  samples: string;
}

/** Gives the tests of a `describe` a Node-RED of their own with fresh sample data. */
export function useNodeRed(): Fixture {
  const fixture = {} as Fixture;
  let folder: string;

  before(async function () {
    this.timeout(60_000);
    folder = mkdtempSync(path.join(os.tmpdir(), 'segmenter-flows-'));
    fixture.samples = path.join(folder, 'samples');
    cpSync(await sampleData(), fixture.samples, { recursive: true, preserveTimestamps: true });
    fixture.host = await NodeRedProcess.start(path.join(folder, 'user'), { SEGMENTER_SAMPLES: fixture.samples });
  });

  after(async function () {
    this.timeout(30_000);
    await fixture.host?.stop();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  return fixture;
}

let made: Promise<string> | null = null;

/** Of images that came long ago: those of a moment ago are waited for, as they may still be written to. */
const LONG_AGO = new Date(Date.now() - 3600_000);

/** The folder of the sample data, made once for all tests of a process; each fixture works on a copy. */
export function sampleData(): Promise<string> {
  made ??= (async () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'segmenter-samples-'));
    process.once('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
    await makeSampleData(folder);
    for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true }))
      if (entry.isFile()) utimesSync(path.join(entry.parentPath, entry.name), LONG_AGO, LONG_AGO);
    return folder;
  })();
  return made;
}
