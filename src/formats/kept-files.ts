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
  /** by path, oldest use first */
  private readonly kept = new Map<string, Promise<Parsed<T>>>();
  private timer: NodeJS.Timeout | null = null;

  constructor(private readonly parse: (file: RandomAccessFile) => Promise<{ contents: T; weight: number }>) {}

  /** Opens a file and gives what is in it. @throws SegmenterError as opening and parsing do */
  async open(path: string): Promise<Parsed<T>> {
    const parsing = this.kept.get(path);
    if (parsing) {
      const known = await parsing.catch(() => null);
      if (known && (await known.file.reopen())) {
        this.touch(path);
        return known;
      }
    }
    return this.openAnew(path);
  }

  /** Forgets a file, whose contents turned out to be no longer true. */
  forget(path: string): void {
    this.kept.delete(path);
  }

  private async openAnew(path: string): Promise<Parsed<T>> {
    const parsing = this.parseFile(path);
    this.kept.delete(path);
    this.kept.set(path, parsing);
    try {
      const parsed = await parsing;
      if (this.kept.get(path) === parsing) {
        if (!parsed.file.settled) this.kept.delete(path);
        await this.makeRoom(path);
        this.touch(path);
      }
      return parsed;
    } catch (error) {
      if (this.kept.get(path) === parsing) this.kept.delete(path);
      throw error;
    }
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

  private async makeRoom(newest: string): Promise<void> {
    const others = [...this.kept].filter(([path]) => path !== newest).reverse();
    let weight = 0;
    for (const [i, [path, parsing]] of others.entries()) {
      weight += await parsing.then(
        (parsed) => parsed.weight,
        () => 0,
      );
      if (i + 1 >= MOST_FILES || weight > MOST_WEIGHT) this.kept.delete(path);
    }
  }

  /** The newest use; all is forgotten when there is none for long. */
  private touch(path: string): void {
    const parsed = this.kept.get(path);
    if (!parsed) return;
    this.kept.delete(path);
    this.kept.set(path, parsed);
    this.timer ??= setTimeout(() => this.kept.clear(), KEPT_MS).unref();
    this.timer.refresh();
  }
}
