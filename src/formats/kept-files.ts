import { RandomAccessFile } from './random-access-file';

/** Files whose contents are kept; so long after the last use. */
const MOST_FILES = 4;
const KEPT_MS = 60_000;
/** Bytes of structure that all but the newest may have together. */
const MOST_WEIGHT = 64 * 2 ** 20;

/** A file with what was parsed of it. The file is open for who was given it, and theirs to close. */
export interface Parsed<T> {
  file: RandomAccessFile;
  contents: T;
  /** bytes of the file that were parsed */
  weight: number;
}

/**
 * Keeps what was parsed of the files opened last: the scenes of a plate are a sample each, and each of them is opened by
 * one job after another. Only an unchanged file (its number, size and times) is taken as known, and none is held open.
 */
export class KeptFiles<T> {
  /** by path, oldest use first; what is still being parsed is not waited for: its disk may never answer */
  private readonly kept = new Map<string, Parsed<T>>();
  private timer: NodeJS.Timeout | null = null;

  constructor(private readonly parse: (file: RandomAccessFile) => Promise<{ contents: T; weight: number }>) {}

  /** Opens a file and gives what is in it. @throws SegmenterError as opening and parsing do */
  async open(path: string): Promise<Parsed<T>> {
    const known = this.kept.get(path);
    if (known && (await known.file.reopen())) {
      if (this.kept.get(path) === known) this.keep(path, known);
      return known;
    }
    const parsed = await this.parseFile(path);
    if (parsed.file.settled) this.keep(path, parsed);
    else this.kept.delete(path);
    return parsed;
  }

  /** Forgets a file, whose contents turned out to be no longer true. */
  forget(path: string): void {
    this.kept.delete(path);
  }

  private async parseFile(path: string): Promise<Parsed<T>> {
    const file = await RandomAccessFile.open(path);
    try {
      return { file, ...(await this.parse(file)) };
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** As the newest; others go where there is no room, all of them when there is no use for long. */
  private keep(path: string, parsed: Parsed<T>): void {
    this.kept.delete(path);
    const others = [...this.kept].reverse();
    this.kept.set(path, parsed);
    let weight = 0;
    for (const [i, [other, { weight: more }]] of others.entries()) {
      weight += more;
      if (i + 1 >= MOST_FILES || weight > MOST_WEIGHT) this.kept.delete(other);
    }
    this.timer ??= setTimeout(() => this.kept.clear(), KEPT_MS).unref();
    this.timer.refresh();
  }
}
