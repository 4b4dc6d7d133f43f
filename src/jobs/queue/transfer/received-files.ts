import { createHash } from 'node:crypto';
import { mkdir, open, readdir, rename, rmdir, unlink } from 'node:fs/promises';
import path from 'node:path';
import { CorruptFileError, SegmenterError } from '../../../base/errors';
import { OneByOne } from '../../../base/one-by-one';
import { diskSpace, fileError, reserveOf } from '../../../storage/file-error';
import { lookAt, readPieces, timeLimit, withinTime } from '../../../storage/outside-files';

const UNFINISHED = '.part';
const NAME = /^[0-9a-f]{64}(\.part)?$/;

/** Bytes that begin at the offset of a file of so many. */
interface Piece {
  size: number;
  offset: number;
  bytes: Uint8Array;
}

/**
 * Files that workers send to this machine, known by what they hold. One grows piece by piece, by whoever sends it, and has its
 * name only once all of it has the hash that it was announced with.
 */
export class ReceivedFiles {
  private readonly announced = new Map<string, number>();
  private readonly turns = new OneByOne();

  /** @param mostBytes that all files may take together */
  constructor(
    readonly folder: string,
    private readonly mostBytes: number,
  ) {}

  /** Gives the path of a file that is whole; null: it is not here, or not all of it. */
  async pathOf(sha256: string): Promise<string | null> {
    const file = path.join(this.folder, sha256);
    return (await lookAt(file))?.isFile() ? file : null;
  }

  /** Says how many bytes of a file are here. */
  offsetOf(sha256: string): Promise<number> {
    return this.turns.do(sha256, () => this.bytesOf(sha256));
  }

  /**
   * Adds a piece where the one before ends.
   * @returns how many bytes are here now: fewer or more than the piece ends at where it began elsewhere
   * @throws CorruptFileError where all is here and has another hash: it begins anew; SegmenterError `not-allowed` for more
   *   bytes than may come, `disk-full`
   */
  append(sha256: string, piece: Piece): Promise<number> {
    return this.turns.do(sha256, async () => {
      const before = await this.bytesOf(sha256);
      if (before !== piece.offset || before + piece.bytes.length > piece.size) return before;
      await this.requireRoom(sha256, piece.size);
      const unfinished = path.join(this.folder, sha256 + UNFINISHED);
      await this.write(unfinished, piece.bytes);
      const now = before + piece.bytes.length;
      if (now === piece.size) await this.finish(sha256, unfinished);
      return now;
    });
  }

  /** Removes these files. */
  async remove(hashes: Iterable<string>): Promise<void> {
    for (const sha256 of hashes) {
      this.announced.delete(sha256);
      await unlink(path.join(this.folder, sha256)).catch(() => undefined);
    }
  }

  /** Removes all, and the folder unless somebody else has put something there. */
  async clear(): Promise<void> {
    const names = await readdir(this.folder).catch(() => []);
    await Promise.all(
      names
        .filter((name) => NAME.test(name))
        .map((name) => unlink(path.join(this.folder, name)).catch(() => undefined)),
    );
    await rmdir(this.folder).catch(() => undefined);
  }

  private async bytesOf(sha256: string): Promise<number> {
    const whole = await lookAt(path.join(this.folder, sha256));
    return whole?.size ?? (await lookAt(path.join(this.folder, sha256 + UNFINISHED)))?.size ?? 0;
  }

  private async write(file: string, bytes: Uint8Array): Promise<void> {
    const writing = async () => {
      await mkdir(this.folder, { recursive: true });
      const handle = await open(file, 'a');
      await handle.writeFile(bytes).finally(() => handle.close());
    };
    await withinTime(timeLimit(bytes.length), file, undefined, writing, 'writing').catch((error: unknown) => {
      throw fileError(error, 'write', file, bytes.length);
    });
  }

  private async finish(sha256: string, file: string): Promise<void> {
    const hash = createHash('sha256');
    for await (const piece of readPieces(file)) hash.update(piece);
    const found = hash.digest('hex');
    if (found === sha256) return rename(file, path.join(this.folder, sha256));
    await unlink(file);
    throw new CorruptFileError(sha256, `sha256 of what was sent is ${found}`, { found, expected: sha256 });
  }

  private async requireRoom(sha256: string, size: number): Promise<void> {
    this.announced.set(sha256, size);
    const all = [...this.announced.values()].reduce((sum, one) => sum + one, 0);
    if (all > this.mostBytes) {
      this.announced.delete(sha256);
      const message = `a worker would send ${all} bytes for a job whose results may take ${this.mostBytes}`;
      throw new SegmenterError('not-allowed', message, { bytes: all, most: this.mostBytes });
    }
    const space = await diskSpace(path.dirname(this.folder));
    if (space && space.free - size < reserveOf(space)) {
      const message = `${this.folder}: no room for ${size} bytes of a result that a worker sends; free space there`;
      throw new SegmenterError('disk-full', message, { path: this.folder, free: space.free });
    }
  }
}
