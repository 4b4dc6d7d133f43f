import { randomBytes } from 'node:crypto';
import { lstat, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { SegmenterError } from '../base/errors';
import type { ExistingRule } from './atomic-file';
import { fileError } from './file-error';

export interface AtomicFolderOptions {
  existing?: ExistingRule;
  /** whether a folder that is there may be removed for the new one; anything else in its place stays */
  mayReplace(folder: string): Promise<boolean>;
}

/**
 * A folder of many files that appears whole under its name or not at all: made beside its place as
 * `NAME.partial-RANDOM` and renamed by `commit`. An older folder stays until the very rename, and comes back where that
 * fails. Single files are not synced to disk: a power cut may cost a folder that was finished a moment before.
 */
export class AtomicFolder {
  private readonly made = new Set<string>();

  private constructor(
    readonly path: string,
    private readonly partial: string,
    private readonly options: AtomicFolderOptions,
  ) {}

  /** @throws SegmenterError `exists` when something is there and must stay, `not-allowed` or `not-found` by the system */
  static async create(target: string, options: AtomicFolderOptions): Promise<AtomicFolder> {
    const full = path.resolve(target);
    const partial = `${full}.partial-${randomBytes(6).toString('hex')}`;
    await checkPlace(full, options);
    try {
      await mkdir(partial, { recursive: true });
    } catch (error) {
      throw fileError(error, 'write', full);
    }
    return new AtomicFolder(full, partial, options);
  }

  /** Writes one file below the folder. @param name with `/` between folders, which are made */
  async write(name: string, bytes: Uint8Array): Promise<void> {
    const file = path.join(this.partial, name);
    const folder = path.dirname(file);
    try {
      if (!this.made.has(folder)) await mkdir(folder, { recursive: true });
      this.made.add(folder);
      await writeFile(file, bytes);
    } catch (error) {
      throw fileError(error, 'write', path.join(this.path, name), bytes.byteLength);
    }
  }

  /** Gives the folder its name; on failure it is removed and an older one is where it was. */
  async commit(): Promise<void> {
    const old = `${this.path}.partial-${randomBytes(6).toString('hex')}`;
    let moved = false;
    try {
      const there = await checkPlace(this.path, this.options);
      if (there) {
        await rename(this.path, old);
        moved = true;
      }
      await rename(this.partial, this.path);
    } catch (error) {
      // Where that fails, another writer's folder stands there, and the old one would have been replaced anyway.
      if (moved) await rename(old, this.path).catch(() => undefined);
      await this.abort();
      const { code } = error as NodeJS.ErrnoException;
      // Another writer was faster.
      if (code === 'ENOTEMPTY' || code === 'EEXIST') throw existsError(this.path);
      throw fileError(error, 'write', this.path);
    }
    // The new folder stands; what is left of the old one does no harm.
    if (moved) await rm(old, { recursive: true, force: true }).catch(() => undefined);
  }

  /** Removes what was written; safe at any time, does nothing after `commit`. */
  async abort(): Promise<void> {
    await rm(this.partial, { recursive: true, force: true }).catch(() => undefined);
  }
}

/** @returns whether a folder is there that is to be replaced */
async function checkPlace(full: string, { existing = 'error', mayReplace }: AtomicFolderOptions): Promise<boolean> {
  const there = await lstat(full).catch(() => null);
  if (!there) return false;
  if (existing === 'error') throw existsError(full);
  if (there.isDirectory() && (await mayReplace(full))) return true;
  throw new SegmenterError('exists', `${full}: is not of the kind that is written; it is not replaced`, { path: full });
}

function existsError(target: string): SegmenterError {
  return new SegmenterError('exists', `${target}: exists already and shall not be replaced`, { path: target });
}
