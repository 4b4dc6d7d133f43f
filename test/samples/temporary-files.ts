import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { openSample } from '../../src/samples/open-sample';
import type { SampleEntry, SampleRequest } from '../../src/samples/request';
import type { Sample } from '../../src/samples/sample';

/** A folder for one test, removed by `remove`; its path has no links in it. */
export interface TemporaryFolder {
  path: string;
  /** absolute path of a file below the folder */
  at(...parts: string[]): string;
  /** Makes empty files, and the folders they lie in. */
  touch(...names: string[]): Promise<void>;
  write(name: string, data: string | Uint8Array): Promise<string>;
  remove(): Promise<void>;
}

export async function temporaryFolder(): Promise<TemporaryFolder> {
  const folder = await realpath(await mkdtemp(path.join(os.tmpdir(), 'samples-')));
  const at = (...parts: string[]) => path.join(folder, ...parts);
  const write = async (name: string, data: string | Uint8Array) => {
    await mkdir(path.dirname(at(name)), { recursive: true });
    await writeFile(at(name), data);
    return at(name);
  };
  return {
    path: folder,
    at,
    write,
    touch: async (...names) => {
      for (const name of names) await write(name, '');
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** A request with load-image's defaults. */
export function requestOf(given: Partial<SampleRequest>): SampleRequest {
  return { rawChannel: 0, seg1Channel: 0, seg2Channel: 0, scene: null, time: null, ...given };
}

/** The samples of an entry, each of whose scenes can be opened. */
export async function openAll(entry: SampleEntry, request: SampleRequest, roots: readonly string[]): Promise<Sample[]> {
  const opened = await openSample(entry, request, roots);
  return opened.map((each) => {
    if ('error' in each) throw Object.assign(new Error(each.error.message), each.error);
    return each;
  });
}
