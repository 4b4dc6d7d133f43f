import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileError } from './file-error';
import { isAlive, ownMark, type ProcessMark } from './writer-tag';

/** Lines of claims that have ended before the file is written anew. */
const MOST_ENDED = 2000;
/** Nothing else in the folder is read or removed. */
const ENTRY = /^(?<pid>\d+)-[0-9a-f-]{36}\.pins(?:\.new)?$/;

/**
 * Claims on files that several processes share: one file a process, whose first line tells the process and each further
 * one a claim (`+NAME`) or its end (`-NAME`). Claims end when they are released or when their process does. A claim costs
 * one line, however many there are.
 */
export class ScratchPins {
  /** how often each name is claimed */
  private readonly held = new Map<string, number>();
  /** the same, as far as the file says so or is about to */
  private readonly noted = new Map<string, number>();
  private readonly file: string;
  /** lines of the file */
  private lines = 0;
  private last: Promise<unknown> = Promise.resolve();

  constructor(private readonly folder: string) {
    this.file = path.join(folder, `${process.pid}-${randomUUID()}.pins`);
  }

  /** Claims files by name; the returned function ends the claim. @throws SegmenterError by the system */
  async add(names: readonly string[]): Promise<() => Promise<void>> {
    let claimed = true;
    const release = async (): Promise<void> => {
      if (!claimed) return;
      claimed = false;
      for (const name of names) {
        const times = (this.held.get(name) ?? 0) - 1;
        if (times > 0) this.held.set(name, times);
        else this.held.delete(name);
      }
      await this.inTurn(() => (this.held.size === 0 ? this.remove() : this.note('-', names)));
    };
    for (const name of names) this.held.set(name, (this.held.get(name) ?? 0) + 1);
    try {
      await this.inTurn(() => this.note('+', names));
    } catch (error) {
      await release().catch(() => undefined);
      throw fileError(error, 'write', this.file);
    }
    return release;
  }

  /** Gives the names claimed by processes that live; claims of dead ones are removed. */
  async names(): Promise<Set<string>> {
    const claimed = new Set<string>();
    for (const entry of await readdir(this.folder).catch(() => [])) {
      const pid = ENTRY.exec(entry)?.groups?.pid;
      if (pid === undefined) continue;
      const file = path.join(this.folder, entry);
      const text = await readFile(file, 'utf8').catch(() => null);
      if (text === null) continue;
      const [first, ...lines] = text.split('\n');
      // Without a readable first line it is being written, or was cut off by a power failure.
      const owner = parseOwner(first) ?? { pid: Number(pid), started: null };
      if (await isAlive(owner)) for (const name of claimsOf(lines)) claimed.add(name);
      else await rm(file, { force: true }).catch(() => undefined);
    }
    return claimed;
  }

  /** Appends to the process's file, or writes it anew where it is not there (the first claim, or removed by hand). */
  private async note(sign: '+' | '-', names: readonly string[]): Promise<void> {
    for (const name of names) {
      const times = (this.noted.get(name) ?? 0) + (sign === '+' ? 1 : -1);
      if (times > 0) this.noted.set(name, times);
      else this.noted.delete(name);
    }
    const file = await open(this.file, constants.O_WRONLY | constants.O_APPEND).catch(
      (error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return null;
        throw error;
      },
    );
    if (!file) return this.writeAll();
    try {
      await file.writeFile(linesOf(sign, names));
      this.lines += names.length;
    } finally {
      await file.close();
    }
    // What is claimed and released for weeks without a moment between leaves lines behind.
    if (this.lines > MOST_ENDED + 2 * this.held.size) await this.writeAll();
  }

  private async remove(): Promise<void> {
    this.noted.clear();
    await rm(this.file, { force: true });
  }

  private async writeAll(): Promise<void> {
    await mkdir(this.folder, { recursive: true });
    const claims = [...this.noted].flatMap(([name, times]) => new Array<string>(times).fill(name));
    // Renamed into place: another process never reads half a first line.
    await writeFile(`${this.file}.new`, `${JSON.stringify(await ownMark())}\n${linesOf('+', claims)}`);
    await rename(`${this.file}.new`, this.file);
    this.lines = claims.length;
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.last.then(work);
    this.last = turn.catch(() => undefined);
    return turn;
  }
}

function linesOf(sign: '+' | '-', names: readonly string[]): string {
  return names.map((name) => `${sign}${name}\n`).join('');
}

/** @param lines the last of them is empty, or is being written: whoever writes it looks for the file afterwards */
function claimsOf(lines: readonly string[]): Set<string> {
  const times = new Map<string, number>();
  for (const line of lines.slice(0, -1)) {
    const name = line.slice(1);
    times.set(name, (times.get(name) ?? 0) + (line.startsWith('-') ? -1 : 1));
  }
  return new Set([...times].filter(([, n]) => n > 0).map(([name]) => name));
}

function parseOwner(line: string): ProcessMark | null {
  try {
    const { pid, started } = JSON.parse(line) as Partial<ProcessMark>;
    if (!Number.isInteger(pid) || pid === undefined) return null;
    return { pid, started: typeof started === 'string' ? started : null };
  } catch {
    return null;
  }
}
