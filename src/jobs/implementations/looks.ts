import type { Stats } from 'node:fs';
import nodePath from 'node:path';
import { completenessOf } from '../../formats/completeness';
import { browseFolder } from '../../samples/listing/browse-folder';
import { resolveSpelt } from '../../samples/spelling';
import { diskSpace } from '../../storage/file-error';
import { lookAt, withinTime } from '../../storage/outside-files';
import type { JobOutput } from '../job-types';
import type { JobImplementation } from '../protocol';

/** Someone waits for the answer, and so do others in the queue: less than reading an image may take. */
const LIMIT_MS = 10_000;

/** What is at a path, for Node-RED's process, whose own file threads must not wait for a disk that may be dead. */
export const inspectPathJob: JobImplementation<'inspect-path'> = ({ path, judge }, { settings, signal }) => {
  const { roots, servers = [] } = settings;
  const look = async (): Promise<JobOutput<'inspect-path'>> => {
    const real = await resolveSpelt(path, [...roots, ...servers]);
    const status = await lookAt(real);
    const completeness = judge && status?.isFile() ? await completenessOf(real).catch(() => 'unknown' as const) : null;
    return { path: real, kind: kindOf(status), size: status?.size ?? 0, modified: status?.mtimeMs ?? 0, completeness };
  };
  return withinTime(LIMIT_MS, path, signal, look, 'looking at it');
};

/** What a folder holds, for a person who chooses from it. Results and models in folders of the program are none of it. */
export const browseFolderJob: JobImplementation<'browse-folder'> = ({ path, of, filter }, { settings, signal }) => {
  const list = () => browseFolder(path, settings.roots, { of, filter });
  return withinTime(LIMIT_MS, path ?? 'the allowed folders', signal, list, 'listing it');
};

/** The space of the disk that a folder of this program lies on, or will lie on once it is made. */
export const diskSpaceJob: JobImplementation<'disk-space'> = ({ folder }, { signal }) => {
  const ask = async (): Promise<JobOutput<'disk-space'>> => {
    let place = nodePath.resolve(folder);
    while (place !== nodePath.dirname(place) && !(await lookAt(place))) place = nodePath.dirname(place);
    return { space: await diskSpace(place) };
  };
  return withinTime(LIMIT_MS, folder, signal, ask, 'asking for its space');
};

function kindOf(status: Stats | null): JobOutput<'inspect-path'>['kind'] {
  if (!status) return null;
  if (status.isFile()) return 'file';
  return status.isDirectory() ? 'folder' : 'other';
}
