import { Journal } from '../../acquisition/journal';
import { lookForComplete, passOverAll } from '../../acquisition/look';
import type { JobImplementation } from '../protocol';

/** Looks once into a watched folder. The journal is read anew each time: it says what another process did before. */
export const watchFolderJob: JobImplementation<'watch-folder'> = async (input, { settings }) => {
  const { journal: folder, existing, quiet, patience, ...request } = input;
  const { roots } = settings;
  const journal = await Journal.open(folder);
  const now = Date.now();
  if (journal.isNew && existing === 'pass-over') await passOverAll({ ...request, roots, now }, journal);
  const result = await lookForComplete({ ...request, roots, now, times: { quiet, patience } }, journal);
  return { ...result, known: journal.size, damaged: journal.damaged };
};

/** Notes what became of acquisitions; it is on disk when the job ends. */
export const noteWatchedJob: JobImplementation<'note-watched'> = async ({ journal, entries }) => {
  await (await Journal.open(journal)).note(entries);
  return null;
};
