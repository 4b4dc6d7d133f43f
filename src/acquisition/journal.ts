import { mkdir, open, readFile } from 'node:fs/promises';
import path from 'node:path';
import { validate } from '../base/schema';
import { syncFolder, writeFileAtomic } from '../storage/atomic-file';
import { fileError } from '../storage/file-error';
import { type Noted, NotedSchema } from './watched';

const FILE = 'journal.jsonl';
/** So many lines that later ones replaced may stand in the file before it is written anew. */
const MOST_REPLACED = 2000;

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
    private endsWithLine: boolean,
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
    const last = lines.pop() ?? '';
    const entries = new Map<string, Noted>();
    let damaged = 0;
    for (const line of lines) {
      const noted = parse(line);
      if (noted) entries.set(noted.name, noted);
      else damaged++;
    }
    return new Journal(folder, entries, lines.length, last === '', text === null, damaged);
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
    const text = entries.map((entry) => `${JSON.stringify(entry)}\n`).join('');
    await this.append(this.endsWithLine ? text : `\n${text}`);
    for (const entry of entries) this.entries.set(entry.name, entry);
    this.lines += entries.length;
    this.endsWithLine = true;
    if (this.lines > this.entries.size + MOST_REPLACED) await this.compact();
  }

  private async append(text: string): Promise<void> {
    const file = path.join(this.folder, FILE);
    try {
      await mkdir(this.folder, { recursive: true });
      const handle = await open(file, 'a');
      try {
        const { size } = await handle.stat();
        try {
          await handle.appendFile(text);
        } catch (error) {
          await handle.truncate(size).catch(() => undefined);
          throw error;
        }
        await handle.datasync();
      } finally {
        await handle.close();
      }
      if (this.isNew) await syncFolder(this.folder);
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
