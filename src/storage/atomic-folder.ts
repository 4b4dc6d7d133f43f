import { lstat, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { SegmenterError } from '../base/errors';
import type { ExistingRule } from './atomic-file';
import { fileError } from './file-error';
import { isMadeBySystem } from './own-files';
import { clearPartialOnce, partialPath, pathOfBefore } from './partial';
import { timeLimit, withinTime } from './time-limit';

/** Files that an error names at most. */
const SHOWN = 3;

export interface AtomicFolderOptions {
  existing?: ExistingRule;
  /** whether a folder that is there is of the kind that is written; anything else in its place stays */
  mayReplace(folder: string): Promise<boolean>;
  /** whether a folder of that kind holds a file of this name, with `/` between folders: with any other it stays */
  mayHold(name: string): boolean;
}

/**
 * A folder of many files that appears whole under its name or not at all: made beside its place as
 * `NAME.partial-TAG` and renamed by `commit`. An older folder stays until the very rename, comes back where that fails, and
 * is replaced only where it holds nothing that is not of its kind. Single files are not synced to disk: a power cut may cost a folder that was finished a moment before.
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
    const partial = await partialPath(full);
    try {
      await withinTime(timeLimit(0), full, undefined, () => checkPlace(full, options), 'looking it up');
      await withinTime(timeLimit(0), full, undefined, () => mkdir(partial, { recursive: true }), 'making it');
    } catch (error) {
      throw fileError(error, 'write', full);
    }
    clearPartialOnce(path.dirname(full));
    return new AtomicFolder(full, partial, options);
  }

  /** Writes one file below the folder. @param name with `/` between folders, which are made */
  async write(name: string, bytes: Uint8Array): Promise<void> {
    const file = path.join(this.partial, name);
    const folder = path.dirname(file);
    try {
      await this.inTime(bytes.byteLength, 'writing', async () => {
        if (!this.made.has(folder)) await mkdir(folder, { recursive: true });
        this.made.add(folder);
        await writeFile(file, bytes);
      });
    } catch (error) {
      throw fileError(error, 'write', path.join(this.path, name), bytes.byteLength);
    }
  }

  /** Gives the folder its name; on failure it is removed and an older one is where it was. */
  async commit(): Promise<void> {
    const old = await pathOfBefore(this.path);
    let moved = false;
    try {
      const there = await checkPlace(this.path, this.options);
      if (there) {
        await this.inTime(0, 'replacing', () => rename(this.path, old));
        moved = true;
      }
      await this.inTime(0, 'naming', () => rename(this.partial, this.path));
    } catch (error) {
      // Where that fails, another writer's folder stands there, and the old one would have been replaced anyway.
      if (moved) await this.inTime(0, 'replacing', () => rename(old, this.path)).catch(() => undefined);
      await this.abort();
      const { code } = error as NodeJS.ErrnoException;
      // Another writer was faster.
      if (code === 'ENOTEMPTY' || code === 'EEXIST') throw existsError(this.path);
      throw fileError(error, 'write', this.path);
    }
    // The new folder stands; what is left of the old one does no harm.
    if (moved) await this.remove(old);
  }

  /** Removes what was written; safe at any time, does nothing after `commit`. */
  async abort(): Promise<void> {
    await this.remove(this.partial);
  }

  /** What stays, where the disk does not answer, is removed by the next process that writes there. */
  private async remove(folder: string): Promise<void> {
    await this.inTime(0, 'removing', () => rm(folder, { recursive: true, force: true })).catch(() => undefined);
  }

  private inTime<T>(bytes: number, doing: string, work: () => Promise<T>): Promise<T> {
    return withinTime(timeLimit(bytes), this.path, undefined, work, doing);
  }
}

/** @returns whether a folder is there that is to be replaced */
async function checkPlace(
  full: string,
  { existing = 'error', mayReplace, mayHold }: AtomicFolderOptions,
): Promise<boolean> {
  const there = await lstat(full).catch(() => null);
  if (!there) return false;
  if (existing === 'error') throw existsError(full);
  if (!there.isDirectory() || !(await mayReplace(full))) {
    throw new SegmenterError('exists', `${full}: is not of the kind that is written; it is not replaced`, {
      path: full,
    });
  }
  const others = await othersIn(full, mayHold).catch((error: unknown) => {
    throw fileError(error, 'look through', full);
  });
  if (others.length === 0) return true;
  const text = `${full}: holds ${others.join(', ')}, which would be lost; it is not replaced. Choose another name or move them`;
  throw new SegmenterError('exists', text, { path: full, others });
}

/** Some of the files that do not belong into a folder, links among them. */
async function othersIn(folder: string, mayHold: (name: string) => boolean, below = ''): Promise<string[]> {
  const found: string[] = [];
  for (const entry of await readdir(path.join(folder, below), { withFileTypes: true })) {
    const name = below + entry.name;
    if (entry.isDirectory()) found.push(...(await othersIn(folder, mayHold, `${name}/`)));
    else if (!entry.isFile() || !(mayHold(name) || isMadeBySystem(entry.name))) found.push(name);
    if (found.length >= SHOWN) return found.slice(0, SHOWN);
  }
  return found;
}

function existsError(target: string): SegmenterError {
  return new SegmenterError('exists', `${target}: exists already and shall not be replaced`, { path: target });
}
