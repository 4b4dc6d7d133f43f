import { Journal } from '../../acquisition/journal';
import { lookForComplete, passOverAll } from '../../acquisition/look';
import type { JobImplementation } from '../protocol';

/** Looks once into a watched folder. The journal is read anew each time: it says what another process did before. */
export const watchFolderJob: JobImplementation<'watch-folder'> = async (input, { settings }) => {
  const { journal: folder, existing, quiet, patience, open, ...request } = input;
  const { roots } = settings;
  const journal = await Journal.open(folder);
  const at = Date.now();
  if (journal.isNew && existing === 'pass-over') await passOverAll({ ...request, roots, at }, journal);
  const now = steadyTime();
  const times = { quiet, patience };
  const result = await lookForComplete({ ...request, roots, at, now, times, open: new Set(open) }, journal);
  return { ...result, known: journal.size, damaged: journal.damaged };
};

/** Notes what became of acquisitions; it is on disk when the job ends. */
export const noteWatchedJob: JobImplementation<'note-watched'> = async ({ journal, entries }) => {
  await Journal.add(journal, entries);
  return null;
};

/** Milliseconds of a clock that all processes of a machine share, and that nobody sets. */
function steadyTime(): number {
  return Number(process.hrtime.bigint() / 1_000_000n);
}
