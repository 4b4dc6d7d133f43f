import path from 'node:path';
import { listFolder, lstat, passTimeouts } from '../storage/outside-files';

/** A model is a few files, a run folder some more: what is deeper is none of it. */
const DEEPEST = 4;

/** Adds up the sizes of the files in a folder, in bytes; no link is followed. */
export async function folderBytes(folder: string, depth = 0): Promise<number> {
  if (depth > DEEPEST) return 0;
  let bytes = 0;
  for (const entry of await listFolder(folder).catch(passTimeouts([]))) {
    const place = path.join(folder, entry.name);
    if (entry.isDirectory()) bytes += await folderBytes(place, depth + 1);
    else if (entry.isFile()) bytes += (await lstat(place).catch(passTimeouts(null)))?.size ?? 0;
  }
  return bytes;
}
