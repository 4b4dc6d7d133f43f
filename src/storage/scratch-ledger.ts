import { randomBytes } from 'node:crypto';
import { type FileHandle, mkdir, open, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileError, isDiskFull } from './file-error';

/** A ledger longer than this is begun anew when the files have been counted. */
const LONG = 2 ** 20;
const PIECE = 2 ** 16;

/** Which file it was that was read: one removed and made again has the same name. */
interface Identity {
  ino: number;
  born: number;
}

/** What was in the store at a place of the ledger. */
interface Count extends Mark {
  bytes: number;
}

/** What a file that is being written has taken, all of it at a place of the ledger or after it. */
interface Writing extends Identity {
  taken: number;
  place: number;
}

/** A place of the ledger, and the sum of all changes before it. */
interface Mark {
  changes: number;
  place: number;
}

/** Where a count of the files begins. */
export interface CountStart extends Identity, Mark {
  /** files that this process was writing, and the bytes they had taken */
  writing: ReadonlyMap<string, number>;
}

/**
 * What all processes together have written to the store and removed from it: a text file with a line for each change
 * (`+BYTES`, `-BYTES`), for the beginning of each count of the files (`?NAME`) and for what it found (`=BYTES CHANGES PLACE`:
 * what they held when the ledger was PLACE long and its changes summed up to CHANGES). The latest count and the changes
 * after its beginning are what is in the store; so nobody who notes a change waits for a count, and one that is cut off
 * does no harm. A line is appended in one call, and only what was appended since is read.
 */
export class ScratchLedger {
  private readonly file: string;
  private seen: Identity & Mark & { began: number; count: Count | null };
  /** the beginning of this process's last count */
  private begin = { name: '', mark: null as Mark | null };
  /** files that this process is writing, and the bytes they have taken */
  private readonly writing = new Map<string, Writing>();
  /** changes that a full disk did not take */
  private owed = 0;
  /** calls of this process come one after another */
  private last: Promise<unknown> = Promise.resolve();

  constructor(private readonly folder: string) {
    this.file = path.join(folder, '.ledger');
    this.seen = nothingOf({ ino: -1, born: -1 });
  }

  /**
   * Tells whether the files should be counted: they never were, so that only what was noted since is known, or it is
   * long.
   */
  get asksForCount(): boolean {
    return this.seen.count === null || this.seen.place > LONG;
  }

  /**
   * Notes a change of so many bytes, 0 for none; makes folder and ledger where they are gone.
   * @param writing the file that this process is writing and takes them for
   * @returns the bytes in the store with it
   */
  change(bytes: number, writing: string | null = null): Promise<number> {
    return this.inTurn(async (ledger) => {
      if (writing !== null) await this.takeFor(writing, bytes, ledger);
      this.owed += bytes;
      await this.payOwed(ledger);
      await this.readOn(ledger);
      return this.bytes;
    });
  }

  /** Ends the writing of a file, which may have another size than it had taken. */
  async written(name: string, size: number): Promise<void> {
    await this.inTurn(async (ledger) => {
      await this.readOn(ledger);
      const entry = this.writing.get(name);
      this.writing.delete(name);
      // A count by another process knows nothing of what was taken before it began: all is noted again.
      const known = entry && isSame(this.seen, entry) && this.seen.began < entry.place ? entry.taken : 0;
      this.owed += size - known;
      await this.payOwed(ledger);
    });
  }

  /** Notes that a count of the files begins; called before it. */
  beginCount(): Promise<CountStart> {
    return this.inTurn(async (ledger) => {
      this.begin = { name: randomBytes(6).toString('hex'), mark: null };
      await appended(ledger, `?${this.begin.name}\n`);
      await this.readOn(ledger);
      const { ino, born } = this.seen;
      // On a full disk nobody is told that it begins.
      const { changes, place } = this.begin.mark ?? this.seen;
      for (const entry of this.writing.values()) Object.assign(entry, { ino, born, place: place + 1 });
      const writing = new Map([...this.writing].map(([name, { taken }]) => [name, taken]));
      return { ino, born, changes, place, writing };
    });
  }

  /** Notes what the files held. @returns the bytes in the store, with the changes since the count began */
  endCount(start: CountStart, bytes: number): Promise<number> {
    return this.inTurn(async (ledger) => {
      await this.readOn(ledger);
      // A ledger that was begun anew meanwhile knows nothing of the places of the one before.
      if (isSame(this.seen, start)) {
        await appended(ledger, `=${bytes} ${start.changes} ${start.place}\n`);
        // On a full disk only this process knows it.
        this.takeCount({ bytes, changes: start.changes, place: start.place });
      }
      await this.readOn(ledger);
      if (this.seen.place > LONG) await this.beginAnew(ledger);
      return this.bytes;
    });
  }

  private async payOwed(ledger: FileHandle): Promise<void> {
    if (this.owed === 0) return;
    if (await appended(ledger, `${this.owed > 0 ? '+' : ''}${this.owed}\n`)) this.owed = 0;
  }

  private async takeFor(name: string, bytes: number, ledger: FileHandle): Promise<void> {
    const entry = this.writing.get(name);
    if (entry) {
      entry.taken += bytes;
      return;
    }
    await this.readOn(ledger);
    const { ino, born, place } = this.seen;
    this.writing.set(name, { ino, born, place, taken: bytes });
  }

  private get bytes(): number {
    const { count, changes } = this.seen;
    return Math.max(0, (count ? count.bytes + changes - count.changes : changes) + this.owed);
  }

  /** What another process notes in the instant of the renaming is carried over afterwards, or missed until the next count. */
  private async beginAnew(ledger: FileHandle): Promise<void> {
    const fresh = `${this.file}.${process.pid}-${randomBytes(4).toString('hex')}`;
    const carried = this.seen.changes;
    try {
      await writeFile(fresh, `=${this.bytes - this.owed} 0 0\n`);
      await rename(fresh, this.file);
    } catch {
      // A full disk, or Windows while another process reads it: the old one goes on.
      await rm(fresh, { force: true }).catch(() => undefined);
      return;
    }
    await this.readOn(ledger);
    const late = this.seen.changes - carried;
    if (late === 0) return;
    const now = await open(this.file, 'a');
    await appended(now, `${late > 0 ? '+' : ''}${late}\n`).finally(() => now.close());
  }

  private async readOn(ledger: FileHandle): Promise<void> {
    const { ino, birthtimeMs: born, size } = await ledger.stat();
    if (!isSame(this.seen, { ino, born }) || size < this.seen.place) this.seen = nothingOf({ ino, born });
    const piece = Buffer.allocUnsafe(Math.min(PIECE, Math.max(1, size - this.seen.place)));
    while (this.seen.place < size) {
      const { bytesRead } = await ledger.read(piece, 0, piece.length, this.seen.place);
      const lines = piece.subarray(0, bytesRead).lastIndexOf(10) + 1;
      // The last line may be on its way still.
      if (lines === 0) return;
      for (const line of piece.toString('latin1', 0, lines - 1).split('\n')) {
        this.take(line);
        this.seen.place += line.length + 1;
      }
    }
  }

  /** Lines that are no such are passed over: they cost accuracy until the next count. */
  private take(line: string): void {
    if (line.startsWith('?')) {
      const { changes, place } = this.seen;
      this.seen.began = place;
      if (line.slice(1) === this.begin.name) this.begin.mark = { changes, place };
      return;
    }
    const numbers = line
      .slice(line.startsWith('=') ? 1 : 0)
      .split(' ')
      .map(Number);
    if (!numbers.every(Number.isFinite)) return;
    if (!line.startsWith('=')) this.seen.changes += numbers[0];
    else if (numbers.length === 3) this.takeCount({ bytes: numbers[0], changes: numbers[1], place: numbers[2] });
  }

  /** Of counts that went on side by side the one that began last is the latest. */
  private takeCount(count: Count): void {
    if (count.place >= (this.seen.count?.place ?? 0)) this.seen.count = count;
  }

  private inTurn<T>(work: (ledger: FileHandle) => Promise<T>): Promise<T> {
    const turn = this.last.then(async () => {
      const ledger = await this.open();
      try {
        return await work(ledger);
      } catch (error) {
        throw fileError(error, 'keep count in', this.file);
      } finally {
        await ledger.close();
      }
    });
    this.last = turn.catch(() => undefined);
    return turn;
  }

  private async open(): Promise<FileHandle> {
    try {
      // Made where it is not there.
      return await open(this.file, 'a+');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw fileError(error, 'keep count in', this.file);
      await mkdir(this.folder, { recursive: true }).catch((cause: unknown) => {
        throw fileError(cause, 'make the scratch folder', this.folder);
      });
      return open(this.file, 'a+');
    }
  }
}

/** @returns false where the disk is full */
async function appended(ledger: FileHandle, line: string): Promise<boolean> {
  try {
    return (await ledger.write(line)).bytesWritten === line.length;
  } catch (error) {
    if (isDiskFull(error)) return false;
    throw error;
  }
}

function isSame(a: Identity, b: Identity): boolean {
  return a.ino === b.ino && a.born === b.born;
}

function nothingOf({ ino, born }: Identity) {
  return { ino, born, place: 0, changes: 0, began: -1, count: null };
}
