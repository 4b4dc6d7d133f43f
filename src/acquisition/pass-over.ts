import path from 'node:path';
import { walkSource } from '../samples/listing/find-files';
import type { Journal } from './journal';
import type { LookRequest } from './look';
import { versionsOf } from './versions';
import type { Noted } from './watched';

/**
 * Notes all that lies in the watched folder as known, each file by itself: only what comes or changes from now on is told.
 * @throws SegmenterError where the folder cannot be listed, or the journal not be written
 */
export async function passOverAll(
  request: Pick<LookRequest, 'watched' | 'roots' | 'at'>,
  journal: Journal,
): Promise<void> {
  const { root, found } = await walkSource(request.watched, request.roots);
  const files = found.filter(({ error }) => !error);
  const versions = await versionsOf(files.map(({ relative }) => path.join(root, relative)));
  const entries = files.flatMap(({ relative: name }, i): Noted[] => {
    const version = versions[i];
    return version ? [{ name, version, state: 'before', at: request.at }] : [];
  });
  await journal.note(entries);
}
