import { lstat, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { SegmenterError } from '../base/errors';
import { type ExistingRule, existsError } from './atomic-file';
import { fileError } from './file-error';
import { FolderDraft, MOST_TRIES } from './folder-draft';
import { timeLimit, withinTime } from './outside-files';
import { clearPartialOnce, isMadeBySystem, pathOfBefore } from './partial';

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
 * A folder that appears whole under its name or not at all, also in place of an older one. That stays until the very rename,
 * comes back where it fails, and is replaced only where it holds nothing that is not of its kind. Single files are
 * not synced to disk: a power cut may cost a folder that was finished a moment before.
 */
export class AtomicFolder {
  private constructor(
    readonly path: string,
    private readonly draft: FolderDraft,
    private readonly options: AtomicFolderOptions,
  ) {}

  /** @throws SegmenterError `exists` when something is there and must stay; as {@link FolderDraft.create} */
  static async create(target: string, options: AtomicFolderOptions): Promise<AtomicFolder> {
    const full = path.resolve(target);
    try {
      await withinTime(timeLimit(0), full, undefined, () => checkPlace(full, options), 'looking it up');
    } catch (error) {
      throw fileError(error, 'write', full);
    }
    const draft = await FolderDraft.create(full);
    clearPartialOnce(path.dirname(full));
    return new AtomicFolder(full, draft, options);
  }

  /** Writes one file below the folder. @param name with `/` between folders, which are made */
  write(name: string, bytes: Uint8Array): Promise<void> {
    return this.draft.write(name, bytes);
  }

  /** Gives the folder its name; on failure it is removed and an older one is where it was. */
  async commit(): Promise<void> {
    const old = await pathOfBefore(this.path);
    let moved = false;
    try {
      if (await checkPlace(this.path, this.options)) moved = await this.moveIfThere(this.path, old);
      // Another writer was faster.
      if (!(await this.draft.rename(this.path))) throw existsError(this.path);
    } catch (error) {
      if (moved) await this.putBack(old);
      await this.abort();
      throw fileError(error, 'write', this.path);
    }
    // The new folder stands; what is left of the old one does no harm.
    if (moved) await this.remove(old);
  }

  /** Removes what was written; safe at any time, does nothing after `commit`. */
  abort(): Promise<void> {
    return this.draft.remove();
  }

  /** @returns false where nothing is there: another writer is about to put its folder into this place */
  private moveIfThere(from: string, to: string): Promise<boolean> {
    return this.inTime('replacing', () =>
      rename(from, to).then(
        () => true,
        (error: NodeJS.ErrnoException) => {
          if (error.code !== 'ENOENT') throw error;
          return false;
        },
      ),
    );
  }

  private async putBack(old: string): Promise<void> {
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      try {
        return await this.inTime('replacing', () => rename(old, this.path));
      } catch {
        // Another writer's folder stands there, which would have replaced the old one anyway.
        if (await lstat(this.path).catch(() => null)) return this.remove(old);
        // A third one has just moved that away, to put its own there.
      }
    }
  }

  private async remove(folder: string): Promise<void> {
    await this.inTime('removing', () => rm(folder, { recursive: true, force: true })).catch(() => undefined);
  }

  private inTime<T>(doing: string, work: () => Promise<T>): Promise<T> {
    return withinTime(timeLimit(0), this.path, undefined, work, doing);
  }
}

/** @returns whether a folder is there that is to be replaced */
async function checkPlace(full: string, options: AtomicFolderOptions): Promise<boolean> {
  const { existing = 'error', mayReplace, mayHold } = options;
  for (;;) {
    const there = await lstat(full).catch(() => null);
    if (!there) return false;
    if (existing === 'error') throw existsError(full);
    const isOfKind = there.isDirectory() && (await mayReplace(full));
    const others = isOfKind ? await othersIn(full, mayHold).catch(unlessGone(full)) : [];
    if (isOfKind && others?.length === 0) return true;
    // While it was looked through another writer may have put its folder there.
    const { ino } = (await lstat(full).catch(() => null)) ?? {};
    if (others !== null && ino === there.ino) throw staysError(full, others);
  }
}

function unlessGone(full: string) {
  return (error: NodeJS.ErrnoException): null => {
    if (error.code === 'ENOENT') return null;
    throw fileError(error, 'look through', full);
  };
}

function staysError(full: string, others: readonly string[]): SegmenterError {
  if (others.length === 0) {
    const text = `${full}: is not of the kind that is written; it is not replaced`;
    return new SegmenterError('exists', text, { path: full });
  }
  const text = `${full}: holds ${others.join(', ')}, which would be lost; it is not replaced. Choose another name or move them`;
  return new SegmenterError('exists', text, { path: full, others });
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
