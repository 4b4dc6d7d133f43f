import path from 'node:path';
import { diskSpace } from '../../storage/file-error';
import { lookAt, withinTime } from '../../storage/outside-files';
import type { JobImplementation } from '../protocol';

/** Who asks how a machine is wants to know soon. */
const LIMIT_MS = 10_000;

/** The space of the disk that a folder of this program lies on, or will lie on once it is made. */
export const diskSpaceJob: JobImplementation<'disk-space'> = ({ folder }, { signal }) =>
  withinTime(
    LIMIT_MS,
    folder,
    signal,
    async () => {
      let place = path.resolve(folder);
      while (place !== path.dirname(place) && !(await lookAt(place))) place = path.dirname(place);
      return { space: await diskSpace(place) };
    },
    'asking for its space',
  );
