import type { Stats } from 'node:fs';
import { completenessOf } from '../../formats/completeness';
import { resolveSpelt } from '../../samples/spelling';
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

function kindOf(status: Stats | null): JobOutput<'inspect-path'>['kind'] {
  if (!status) return null;
  if (status.isFile()) return 'file';
  return status.isDirectory() ? 'folder' : 'other';
}
