import { constants } from 'node:fs';
import { copyFile, lstat, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { syncFolder } from './atomic-file';
import { fileError } from './file-error';
import { timeLimit, withinTime } from './outside-files';
import { partialPath } from './partial';

/** What systems answer where the place of a folder is taken; the last two, of Windows, may mean a missing permission, too. */
export const TAKEN: ReadonlySet<string | undefined> = new Set(['ENOTEMPTY', 'EEXIST', 'EPERM', 'EACCES']);

/** Times that a name is asked for while others come and go in its place. */
export const MOST_TRIES = 100;

export interface DraftOptions {
  /** whether a power cut may cost nothing of it once it has its name: all is synced to disk (default false) */
  durable?: boolean;
  /** what its errors say that could not be done, and where (default: `write`, and each file's place) */
  doing?: { action: string; path: string };
}

/**
 * A folder of many files in the making: written as `NAME.partial-TAG`, whose tag tells the writer, and seen by nobody until
 * it gets its name whole, in one step. What a writer leaves that is killed `clearPartial` removes.
 */
export class FolderDraft {
  private readonly made = new Set<string>();

  private constructor(
    private readonly target: string,
    private readonly folder: string,
    private readonly options: DraftOptions,
  ) {}

  /**
   * Makes the folder, and those above it.
   * @param target lies where the folder gets its name
   * @throws SegmenterError `not-allowed`, `not-found` or `disk-full` by the system, `timeout` where the disk does not answer
   */
  static async create(target: string, options: DraftOptions = {}): Promise<FolderDraft> {
    const full = path.resolve(target);
    const draft = new FolderDraft(full, await partialPath(full), options);
    await draft.guarded(0, 'making it', () => draft.makeFolder(draft.folder));
    return draft;
  }

  /** Writes one file below the folder, in place of one of this name. @param name with `/` between folders, which are made */
  async write(name: string, content: Uint8Array | string): Promise<void> {
    const file = path.join(this.folder, name);
    const writing = async () => {
      await this.makeFolder(path.dirname(file));
      await writeFile(file, content, { flush: this.options.durable });
    };
    await this.guarded(Buffer.byteLength(content), 'writing', writing, name);
  }

  /** Copies a file of so many bytes into the folder. @param name with `/` between folders, which are made */
  async copy(name: string, from: string, bytes: number): Promise<void> {
    const file = path.join(this.folder, name);
    const copying = async () => {
      await this.makeFolder(path.dirname(file));
      // Some disks share the bytes of a copy.
      await copyFile(from, file, constants.COPYFILE_FICLONE);
    };
    await this.guarded(bytes, 'copying', copying, name);
  }

  /** Makes a folder in it. @param name with `/` between folders */
  async addFolder(name: string): Promise<void> {
    await this.guarded(0, 'making it', () => this.makeFolder(path.join(this.folder, name)), name);
  }

  /**
   * Gives the folder its name, beside where it was made, unless something has that: an empty folder does not count.
   * @returns whether it has the name now
   */
  async rename(target: string): Promise<boolean> {
    return this.guarded(0, 'naming', async () => {
      const { durable } = this.options;
      if (durable) for (const folder of this.made) await syncFolder(folder);
      for (let tries = 1; ; tries++) {
        try {
          await rename(this.folder, target);
          break;
        } catch (error) {
          const { code } = error as NodeJS.ErrnoException;
          if (TAKEN.has(code) && (await lstat(target).catch(() => null))) return false;
          // What was in the place has just gone: another writer moved it away to put its own there.
          const hasGone = code === 'ENOTEMPTY' || code === 'EEXIST';
          if (!hasGone || tries === MOST_TRIES) throw error;
        }
      }
      if (durable) await syncFolder(path.dirname(target));
      return true;
    });
  }

  /** Tells whether the folder is where it was made and has not got its name: somebody may have moved the one around it. */
  async isThere(): Promise<boolean> {
    return this.guarded(0, 'looking it up', async () => (await lstat(this.folder).catch(() => null)) !== null);
  }

  /** Removes what was written, unless it has its name; safe at any time. */
  async remove(): Promise<void> {
    const removing = () => rm(this.folder, { recursive: true, force: true });
    // What stays, where the disk does not answer, is removed by the next process that writes there.
    await this.guarded(0, 'removing', removing).catch(() => undefined);
  }

  private async makeFolder(folder: string): Promise<void> {
    if (this.made.has(folder)) return;
    if (folder === this.folder) {
      await mkdir(folder, { recursive: true });
    } else {
      // The draft itself is not made twice: where somebody moved it away, half of it would get the name.
      await this.makeFolder(path.dirname(folder));
      await mkdir(folder).catch(unlessThere);
    }
    this.made.add(folder);
  }

  /** @param bytes that are moved, which may take their time */
  private async guarded<T>(bytes: number, doing: string, work: () => Promise<T>, name = ''): Promise<T> {
    const { action, path: place } = this.options.doing ?? { action: 'write', path: path.join(this.target, name) };
    try {
      return await withinTime(timeLimit(bytes), place, undefined, work, doing);
    } catch (error) {
      throw fileError(error, action, place, name === '' ? undefined : bytes);
    }
  }
}

/** Another file of the draft may need the same folder at the same time. */
function unlessThere(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error;
}
