import { statfsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import path from 'node:path';

const MB = 2 ** 20;
/** Other programs write to the disk, too: so much of it is left to them, of a small disk a part. */
const RESERVE = 1024 * MB;
const RESERVE_PART = 0.02;

/** What a disk has, in bytes. */
interface DiskSpace {
  free: number;
  size: number;
}

/** Asks for the space of the disk that a folder lies on; null where the system does not tell (some network shares). */
export async function diskSpace(folder: string): Promise<DiskSpace | null> {
  const status = await statfs(folder).catch(() => null);
  return status && status.blocks > 0
    ? { free: status.bavail * status.bsize, size: status.blocks * status.bsize }
    : null;
}

/** Says how much is left free for other programs. */
export function reserveOf({ size }: DiskSpace): number {
  return Math.min(RESERVE, RESERVE_PART * size);
}

/**
 * Counts the free bytes on the disk of a file that may not exist, for an error's text; null where unknown. Synchronous,
 * so only for a disk that has just answered.
 */
export function freeBytesAt(file: string): number | null {
  for (let folder = path.resolve(file); ; folder = path.dirname(folder)) {
    try {
      const { bavail, bsize, blocks } = statfsSync(folder);
      return blocks > 0 ? bavail * bsize : null;
    } catch {
      if (folder === path.dirname(folder)) return null;
    }
  }
}

/** Rounds bytes up to megabytes for a message. */
export function inMB(bytes: number): number {
  return Math.ceil(bytes / MB);
}
