import path from 'node:path';
import { tellOfFolder } from '../../acquisition/folder-events';
import { Journal } from '../../acquisition/journal';
import { lookForComplete } from '../../acquisition/look';
import { passOverAll } from '../../acquisition/pass-over';
import { LruCache } from '../../base/collections';
import { throwIfCancelled } from '../../base/errors';
import { pathOfImage } from '../../formats';
import { readRecord, recordPath } from '../../provenance/record';
import { lookAt, passTimeouts, readText } from '../../storage/outside-files';
import { isInside } from '../../storage/paths';
import { isWebAddress } from '../../storage/roots';
import type { JobImplementation } from '../protocol';

/** Journals that a process keeps as it read them: of each it reads what came since. */
const journals = new LruCache<string, Journal>(20);

/** Looks once into a watched folder. What another process has noted meanwhile counts. */
export const watchFolderJob: JobImplementation<'watch-folder'> = async (input, { settings }) => {
  const { journal: folder, existing, quiet, patience, open, renamed, ...request } = input;
  const { roots } = settings;
  const journal = await journalIn(folder);
  const at = Date.now();
  if (journal.isNew && existing === 'pass-over') await passOverAll({ ...request, roots, at }, journal);
  const now = steadyTime();
  const times = { quiet, patience };
  const look = { ...request, roots, at, now, times, open: new Set(open), renamed: new Set(renamed), madeFrom };
  const result = await lookForComplete(look, journal);
  // Who notes answers only adds lines.
  await journal.tidy();
  return { ...result, known: journal.size, damaged: journal.damaged };
};

async function journalIn(folder: string): Promise<Journal> {
  const kept = journals.get(folder);
  if (kept) await kept.refresh();
  const journal = kept ?? (await Journal.open(folder));
  journals.set(folder, journal);
  return journal;
}

/** Tells of what happens in a watched folder until it is cancelled. */
export const folderEventsJob: JobImplementation<'folder-events'> = async ({ watched }, context) => {
  const { settings, signal, progress } = context;
  await tellOfFolder({ watched, roots: settings.roots }, (news) => progress({ done: 0, total: 0, news }), signal);
  throwIfCancelled(signal, 'folder-events');
  return null;
};

/** Notes what became of acquisitions; it is on disk when the job ends. */
export const noteWatchedJob: JobImplementation<'note-watched'> = async ({ journal, entries }) => {
  await Journal.add(journal, entries);
  return null;
};

/** A record of a result has some kB; what is larger is none. */
const MOST_RECORD = 4 * 2 ** 20;

/** By the record beside a saved result; only what was made from an image of the watched folder counts. */
async function madeFrom(file: string, root: string): Promise<string | null> {
  const record = recordPath(file);
  const status = await lookAt(record);
  if (!status?.isFile() || status.size > MOST_RECORD) return null;
  const raw = await readText(record)
    .then((text) => pathOfImage(readRecord(text, record).raw.image))
    .catch(passTimeouts(null));
  return raw !== null && !isWebAddress(raw) && isInside(root, raw) ? path.relative(root, raw) || null : null;
}

/** Milliseconds of a clock that all processes of a machine share, and that nobody sets. */
function steadyTime(): number {
  return Number(process.hrtime.bigint() / 1_000_000n);
}
