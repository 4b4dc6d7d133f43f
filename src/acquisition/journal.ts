import { createHash } from 'node:crypto';
import { type FileHandle, mkdir, open } from 'node:fs/promises';
import path from 'node:path';
import { validate } from '../base/schema';
import { syncFolder, writeFileAtomic } from '../storage/atomic-file';
import { fileError } from '../storage/file-error';
import { toPath } from '../storage/paths';
import { fileNameOf } from '../storage/portable-names';
import { type Noted, NotedSchema } from './watched';

const FILE = 'journal.jsonl';
/** So many lines that later ones replaced may stand in the file before it is written anew. */
const MOST_REPLACED = 2000;
/** Names without a file that are remembered in any case: those that came last. */
const MOST_GONE = 100_000;
/** Others without a file are forgotten after so long: a share may be away, and be back with all its files. */
const GONE_MS = 30 * 24 * 3600 * 1000;
/** They are forgotten together, once they are more than one in so many of those. */
const MANY = 50;
/** Bytes of it that are read in one go. */
const PIECE = 2 ** 23;
const LINE_END = 10;

/**
 * Gives the folder of a watch's journal: one for each watched folder, whose names count from it. A node that is pointed to
 * another folder begins anew there, and goes on when it comes back.
 * @param above folder of all journals @param node id of the watch @param watched folder or pattern
 */
export function journalFolder(above: string, node: string, watched: string): string {
  const place = createHash('sha256').update(path.resolve(toPath(watched)));
  return path.join(above, fileNameOf(node), place.digest('hex').slice(0, 16));
}

/**
 * The memory of a watch: what became of each acquisition, one JSON line each; a later line of a name replaces an earlier
 * one. Lines are only added, and on disk before anything rests on them, so a kill leaves at most half of a last line: what it
 * would have said is told again. One process writes at a time; one that reads again reads what came since.
 */
export class Journal {
  private readonly entries = new Map<string, Noted>();
  /** bytes of the file that are read, whole lines all of them */
  private read = 0;
  /** the last of these lines: where it stands no more the file is another one */
  private lastLine = Buffer.alloc(0);
  private lines = 0;
  private isThere = false;
  private unreadable = 0;

  private constructor(private readonly folder: string) {}

  /** Reads the journal of a folder, which need not exist. @throws SegmenterError where its file cannot be read */
  static async open(folder: string): Promise<Journal> {
    const journal = new Journal(folder);
    await journal.refresh();
    return journal;
  }

  /** Reads what was noted since it was read; all of it where the file was written anew. @throws as {@link open} */
  async refresh(): Promise<void> {
    const file = path.join(this.folder, FILE);
    const handle = await open(file, 'r').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null;
      throw fileError(error, 'read', file);
    });
    if (!handle) return this.forget();
    try {
      const { lastLine } = this;
      const before = await pieceFrom(handle, this.read - lastLine.length, lastLine.length);
      if (!before.equals(lastLine)) this.forget();
      this.isThere = true;
      let length = PIECE;
      for (let isEnd = false; !isEnd; ) {
        const piece = await pieceFrom(handle, this.read, length);
        isEnd = piece.length < length;
        // A line may be longer than a piece.
        length = this.take(piece) ? PIECE : 2 * length;
      }
    } catch (error) {
      throw fileError(error, 'read', file);
    } finally {
      await handle.close();
    }
  }

  private forget(): void {
    this.entries.clear();
    [this.read, this.lines, this.unreadable, this.isThere] = [0, 0, 0, false];
    this.lastLine = Buffer.alloc(0);
  }

  /** Takes whole lines; what a kill left half is none of them, until another follows. @returns whether there was one */
  private take(text: Buffer): boolean {
    const end = text.lastIndexOf(LINE_END) + 1;
    if (end === 0) return false;
    for (const line of text.toString('utf8', 0, end - 1).split('\n')) {
      const noted = parse(line);
      if (noted) this.entries.set(noted.name, noted);
      else this.unreadable++;
      this.lines++;
    }
    const begin = end < 2 ? 0 : text.lastIndexOf(LINE_END, end - 2) + 1;
    this.lastLine = Buffer.from(text.subarray(begin, end));
    this.read += end;
    return true;
  }

  /** there was no journal yet */
  get isNew(): boolean {
    return !this.isThere;
  }

  /** lines that say nothing: a kill left them half, or the disk is bad */
  get damaged(): number {
    return this.unreadable;
  }

  get(name: string): Noted | undefined {
    return this.entries.get(name);
  }

  all(): IterableIterator<Noted> {
    return this.entries.values();
  }

  get size(): number {
    return this.entries.size;
  }

  /** Adds entries; they are on disk when it resolves. @throws SegmenterError `disk-full` and the like: nothing is noted */
  async note(entries: readonly Noted[]): Promise<void> {
    if (entries.length === 0 && !this.isNew) return;
    await Journal.add(this.folder, entries);
    await this.refresh();
    await this.tidy();
  }

  /** Writes it anew where much of it was replaced, or noted by others since. @throws SegmenterError as {@link note} */
  async tidy(): Promise<void> {
    if (this.lines > this.entries.size + MOST_REPLACED) await this.compact();
  }

  /**
   * Forgets files that are gone for long, but the last: a folder that files are taken out of for years is remembered by those that
   * are there, and so many more.
   * @param isThere whether the watched folder has a file of this name now
   * @param at milliseconds since 1970 @param most without a file that are remembered in any case
   * @throws SegmenterError as {@link note}
   */
  async forgetGone(isThere: (name: string) => boolean, at: number, most = MOST_GONE): Promise<void> {
    if (this.entries.size <= most) return;
    const all = [...this.entries.values()];
    const gone = all.filter(({ name }) => !isThere(name));
    const surplus = gone.slice(0, Math.max(0, gone.length - most));
    const back = all.filter((noted) => noted.gone !== undefined && isThere(noted.name));
    const went = surplus.filter((noted) => noted.gone === undefined);
    await this.note([...back.map(({ gone: _, ...noted }) => noted), ...went.map((noted) => ({ ...noted, gone: at }))]);
    const forgotten = surplus.filter((noted) => noted.gone !== undefined && at - noted.gone >= GONE_MS);
    // All of it is written for that.
    if (forgotten.length <= most / MANY) return;
    for (const { name } of forgotten) this.entries.delete(name);
    await this.compact();
  }

  /** Adds entries to the journal of a folder without reading it, as {@link note} does: it costs the same however long it is. */
  static async add(folder: string, entries: readonly Noted[]): Promise<void> {
    const file = path.join(folder, FILE);
    const text = entries.map((entry) => `${JSON.stringify(entry)}\n`).join('');
    try {
      await mkdir(folder, { recursive: true });
      const handle = await open(file, 'a+');
      try {
        const { size } = await handle.stat();
        const last = size > 0 ? (await handle.read(new Uint8Array(1), 0, 1, size - 1)).buffer[0] : LINE_END;
        try {
          await handle.appendFile(last === LINE_END ? text : `\n${text}`);
        } catch (error) {
          await handle.truncate(size).catch(() => undefined);
          throw error;
        }
        await handle.datasync();
        if (size === 0) await syncFolder(folder);
      } finally {
        await handle.close();
      }
    } catch (error) {
      throw fileError(error, 'write', file);
    }
  }

  private async compact(): Promise<void> {
    const text = [...this.entries.values()].map((entry) => `${JSON.stringify(entry)}\n`).join('');
    await writeFileAtomic(path.join(this.folder, FILE), text);
    await this.refresh();
  }
}

/** Gives so many bytes of a file, fewer at its end. */
async function pieceFrom(handle: FileHandle, start: number, length: number): Promise<Buffer> {
  const { size } = await handle.stat();
  const bytes = Buffer.alloc(Math.max(0, Math.min(length, size - start)));
  let filled = 0;
  while (filled < bytes.length) {
    const { bytesRead } = await handle.read(bytes, filled, bytes.length - filled, start + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return bytes.subarray(0, filled);
}

function parse(line: string): Noted | null {
  try {
    return validate(NotedSchema, JSON.parse(line), 'journal');
  } catch {
    return null;
  }
}
