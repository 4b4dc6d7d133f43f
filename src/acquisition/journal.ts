import { createHash } from 'node:crypto';
import { mkdir, open, readFile } from 'node:fs/promises';
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
 * would have said is told again. One process writes at a time.
 */
export class Journal {
  private constructor(
    private readonly folder: string,
    private readonly entries: Map<string, Noted>,
    private lines: number,
    /** there was no journal yet */
    readonly isNew: boolean,
    /** lines that say nothing: a kill left them half, or the disk is bad */
    readonly damaged: number,
  ) {}

  /** Reads the journal of a folder, which need not exist. @throws SegmenterError where its file cannot be read */
  static async open(folder: string): Promise<Journal> {
    const file = path.join(folder, FILE);
    const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null;
      throw fileError(error, 'read', file);
    });
    const lines = (text ?? '').split('\n');
    // What a kill left half is none of the lines.
    lines.pop();
    const entries = new Map<string, Noted>();
    let damaged = 0;
    for (const line of lines) {
      const noted = parse(line);
      if (noted) entries.set(noted.name, noted);
      else damaged++;
    }
    return new Journal(folder, entries, lines.length, text === null, damaged);
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
    for (const entry of entries) this.entries.set(entry.name, entry);
    this.lines += entries.length;
    if (this.lines > this.entries.size + MOST_REPLACED) await this.compact();
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
    this.lines = this.entries.size;
  }
}

function parse(line: string): Noted | null {
  try {
    return validate(NotedSchema, JSON.parse(line), 'journal');
  } catch {
    return null;
  }
}
