import { mkdir, open, readdir, readFile, rmdir, stat, unlink } from 'node:fs/promises';
import path from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { messageOf } from '../base/errors';

/** Files that the room of a log is divided among. */
const FILES = 10;
/** Lines that wait for a disk that does not take them; of more the oldest are lost, and counted. */
const MOST_WAITING = 5000;
/** A disk that did not take lines is tried again after so many milliseconds. */
const RETRY_MS = 60_000;
const DAY_MS = 24 * 3600 * 1000;
const NEWLINE = 10;
/** Lines that a search looks through, and in one go. */
const [MOST_SEARCHED, AT_ONCE] = [100_000, 1000];
/** What follows the name of the log. */
const DATED = /^(\d{4}-\d{2}-\d{2})(?:\.(\d{1,6}))?\.jsonl$/;

export interface RotatingLogOptions {
  folder: string;
  /** beginning of the names of its files: `name-2026-11-30.jsonl`, `name-2026-11-30.1.jsonl`, ... */
  name: string;
  /** bytes of all files together, about: the oldest file goes as a whole */
  mostBytes: number;
  /** days that a file is kept */
  days: number;
  /** whether each line is on the disk before the next is taken (default false) */
  isSynced?: boolean;
  /** told once of a disk that does not take lines */
  onProblem?: (message: string) => void;
  /** milliseconds since 1970; replaced in tests */
  now?: () => number;
}

interface Wanted {
  isWanted?: (record: object) => boolean;
  /** absent: any */
  holding?: string;
}

interface LogFile {
  name: string;
  day: string;
  index: number;
}

/**
 * A log of JSON lines in a few files, one a day, more where one becomes large: lines are only added, and the oldest files go, so
 * that it has an end. To note costs a line of JSON; nobody waits for the disk, and nothing is thrown.
 */
export class RotatingLog {
  private waiting: string[] = [];
  private lost = 0;
  private writing: Promise<void> | null = null;
  private current: (LogFile & { bytes: number }) | null = null;
  private retryAt = Number.NEGATIVE_INFINITY;
  private hasFailed = false;

  constructor(private readonly options: RotatingLogOptions) {}

  /** Notes a record, which has the time of now. */
  note(record: object): void {
    this.waiting.push(JSON.stringify({ at: new Date(this.now()).toISOString(), ...record }));
    if (this.waiting.length > MOST_WAITING) {
      this.waiting.shift();
      this.lost++;
    }
    this.writing ??= this.write();
  }

  /** Resolves when all that was noted is on the disk, or the disk has not taken it. */
  async idle(): Promise<void> {
    while (this.writing) await this.writing;
  }

  /**
   * Reads the last records, the newest first; what is no JSON is left out. Of those that are searched for it looks through the last
   * {@link MOST_SEARCHED} lines.
   * @param wanted which records, and a text that their lines hold
   */
  async last(count: number, { isWanted = () => true, holding = '' }: Wanted = {}): Promise<object[]> {
    await this.idle();
    const part = JSON.stringify(holding).slice(1, -1);
    const records: object[] = [];
    let lines = 0;
    for (const { name } of (await this.files()).reverse()) {
      const text = await readFile(path.join(this.options.folder, name), 'utf8').catch(() => '');
      for (let end = text.length; end > 0; ) {
        const start = text.lastIndexOf('\n', end - 1) + 1;
        const line = text.slice(start, end);
        end = start - 1;
        if (records.length === count || lines >= MOST_SEARCHED) return records;
        if (++lines % AT_ONCE === 0) await nextTurn();
        const record = line.includes(part) ? parse(line) : null;
        if (record && isWanted(record)) records.push(record);
      }
    }
    return records;
  }

  /** Removes its files, and the folder where nothing else is in it. */
  async remove(): Promise<void> {
    await this.idle();
    const { folder } = this.options;
    for (const { name } of await this.files()) await unlink(path.join(folder, name)).catch(() => undefined);
    await rmdir(folder).catch(() => undefined);
    this.current = null;
  }

  private now(): number {
    return (this.options.now ?? Date.now)();
  }

  private async write(): Promise<void> {
    // What is noted in the same turn goes with it.
    await Promise.resolve();
    let batch: string[] = [];
    try {
      while (this.waiting.length > 0 && this.retryAt <= this.now()) {
        batch = this.waiting.splice(0);
        if (this.lost > 0) batch.unshift(JSON.stringify({ at: new Date(this.now()).toISOString(), lost: this.lost }));
        await this.append(`${batch.join('\n')}\n`);
        [batch, this.lost] = [[], 0];
      }
    } catch (error) {
      this.waiting.unshift(...batch.filter((line) => !line.includes('"lost":')));
      this.lost += Math.max(0, this.waiting.length - MOST_WAITING);
      this.waiting.splice(0, this.waiting.length - MOST_WAITING);
      this.current = null;
      this.retryAt = this.now() + RETRY_MS;
      if (!this.hasFailed) this.options.onProblem?.(messageOf(error));
      this.hasFailed = true;
    } finally {
      this.writing = null;
    }
  }

  private async append(text: string): Promise<void> {
    const { folder, mostBytes, isSynced } = this.options;
    const bytes = Buffer.byteLength(text);
    const file = await this.fileFor(bytes, mostBytes / FILES);
    const handle = await open(path.join(folder, file.name), 'a+');
    try {
      const { size } = await handle.stat();
      const last = size > 0 ? (await handle.read(new Uint8Array(1), 0, 1, size - 1)).buffer[0] : NEWLINE;
      // Half a line that a kill left stands alone.
      await handle.appendFile(last === NEWLINE ? text : `\n${text}`);
      if (isSynced) await handle.datasync();
    } finally {
      await handle.close();
    }
    file.bytes += bytes;
  }

  /** The file of the day, or the next where it would become too large; then old ones go. */
  private async fileFor(bytes: number, most: number): Promise<LogFile & { bytes: number }> {
    const day = new Date(this.now()).toISOString().slice(0, 10);
    const { current } = this;
    if (current?.day === day && (current.bytes === 0 || current.bytes + bytes <= most)) return current;
    const { folder, name } = this.options;
    await mkdir(folder, { recursive: true });
    const ofDay = (await this.files()).filter((file) => file.day === day).at(-1);
    const size = ofDay ? await sizeOf(path.join(folder, ofDay.name)) : 0;
    const isFull = ofDay !== undefined && size > 0 && size + bytes > most;
    const index = ofDay ? ofDay.index + (isFull ? 1 : 0) : 0;
    const file = { name: `${name}-${day}${index > 0 ? `.${index}` : ''}.jsonl`, day, index };
    this.current = { ...file, bytes: isFull ? 0 : size };
    await this.prune(file.name, bytes);
    return this.current;
  }

  private async prune(kept: string, bytes: number): Promise<void> {
    const { folder, mostBytes, days } = this.options;
    const oldest = new Date(this.now() - days * DAY_MS).toISOString().slice(0, 10);
    let total = bytes;
    for (const { name, day } of (await this.files()).reverse()) {
      total += await sizeOf(path.join(folder, name));
      // One that cannot be removed is found again with the next file.
      if (name !== kept && (day < oldest || total > mostBytes))
        await unlink(path.join(folder, name)).catch(() => undefined);
    }
  }

  /** Its files, the oldest first. */
  private async files(): Promise<LogFile[]> {
    const names = await readdir(this.options.folder).catch(() => []);
    const files = names.flatMap((name) => {
      const own = name.startsWith(`${this.options.name}-`) ? name.slice(this.options.name.length + 1) : '';
      const [, day, index = '0'] = DATED.exec(own) ?? [];
      return day === undefined ? [] : [{ name, day, index: Number(index) }];
    });
    return files.sort((a, b) => (a.day < b.day ? -1 : a.day > b.day ? 1 : a.index - b.index));
  }
}

function sizeOf(file: string): Promise<number> {
  return stat(file).then(
    ({ size }) => size,
    () => 0,
  );
}

function parse(line: string): object | null {
  try {
    const record: unknown = JSON.parse(line);
    return typeof record === 'object' ? record : null;
  } catch {
    return null;
  }
}
