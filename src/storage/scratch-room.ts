import { SegmenterError } from '../base/errors';
import type { FileRoom } from './atomic-file';
import { diskSpace, inMB, reserveOf } from './file-error';
import type { ScratchEviction } from './scratch-eviction';
import type { ScratchLedger } from './scratch-ledger';

const MB = 2 ** 20;
/** Beyond this part of what the store may hold files go before their room is needed, down to the other part. */
const HIGH = 0.95;
const LOW = 0.9;
/** How long a result waits for the eviction of another process, milliseconds. */
const PATIENCE_MS = 30_000;
/** Where an eviction ahead of need found too little the next begins after so long, milliseconds, or so many times as long. */
const REST_MS = 10_000;
const REST_TIMES = 20;

/** So many bytes beyond what a file was given (headers, directories) are noted only when it is finished. */
const SMALL = 64 * 1024;
/** A file whose size shows only as it is written takes an eighth more than it has, within these bounds. */
const LEAST_LUMP = MB;
const MOST_LUMP = 64 * MB;

/** Where the store stands. */
interface Look {
  /** bytes in it, with those to come */
  held: number;
  /** bytes it may hold: the quota, or less where the disk has less */
  most: number;
  /** bytes free on its disk beyond the reserve; null where unknown */
  spare: number | null;
}

/** The bounds of the store: its quota and what is free on its disk, but for a reserve. */
export class ScratchRoom {
  private ahead: Promise<void> | null = null;
  private restUntil = 0;

  constructor(
    private readonly place: { folder: string; quotaMB: number; housekeeping: boolean },
    private readonly ledger: ScratchLedger,
    private readonly eviction: ScratchEviction,
  ) {}

  /**
   * Takes room for a file of this name and so many bytes, as far as they are known.
   * @throws SegmenterError `invalid-input` where they exceed the quota alone, `busy` where what is pinned leaves no room,
   *   `disk-full` where the disk has none
   */
  async forFile(name: string, bytes: number): Promise<FileRoom> {
    let taken = Math.ceil(bytes);
    let settled = false;
    try {
      await this.take(name, taken);
    } catch (error) {
      await this.ledger.written(name, 0);
      throw error;
    }
    return {
      grow: async (size) => {
        if (size <= taken + SMALL) return;
        if (size > this.quota) throw this.tooLarge(size);
        const lump = Math.min(MOST_LUMP, Math.max(LEAST_LUMP, size / 8), this.quota - size);
        const more = Math.ceil(size + lump - taken);
        // At once: writes may come side by side.
        taken += more;
        try {
          await this.take(name, more);
        } catch (error) {
          taken -= more;
          throw error;
        }
      },
      make: (missing) => this.makeOnDisk(missing),
      settle: async (size) => {
        if (!settled) await this.ledger.written(name, size);
        settled = true;
      },
    };
  }

  /** Notes bytes that need no room; sees that the folder is there, and begins an eviction where the store is nearly full. */
  async note(bytes: number): Promise<void> {
    this.keepAhead(await this.look(await this.ledger.change(bytes), bytes));
  }

  /** Evicts so much that a write the disk refused may succeed. @returns whether anything went */
  async makeOnDisk(bytes: number): Promise<boolean> {
    let freed = 0;
    await this.eviction.alone(PATIENCE_MS, async () => {
      const excess = async (held: number) => bytes + (1 - HIGH) * Math.min(held, this.quota);
      freed = await this.eviction.run({ excess, sparing: false });
    });
    return freed > 0;
  }

  /** Resolves when nothing is done in the background. */
  async idle(): Promise<void> {
    await this.ahead;
  }

  /**
   * Takes room for bytes that are about to be written. Waits for an eviction only where they do not fit, and begins one
   * in the background where little more does.
   */
  private async take(name: string, bytes: number): Promise<void> {
    if (bytes > this.quota) throw this.tooLarge(bytes);
    const look = await this.look(await this.ledger.change(bytes, name), bytes);
    if (bytes === 0 || look.held <= look.most) return this.keepAhead(look);
    try {
      await this.make(bytes);
    } catch (error) {
      await this.ledger.change(-bytes, name).catch(() => undefined);
      throw error;
    }
  }

  /** Makes room for bytes that are noted already. */
  private async make(bytes: number): Promise<void> {
    for (;;) {
      let freed: number | null = null;
      await this.eviction.alone(PATIENCE_MS, async () => {
        // Whoever was waited for may have done it.
        const { held, most } = await this.look(await this.ledger.change(0), bytes);
        if (held > most) freed = await this.evict(bytes, false);
      });
      const { held, most, spare } = await this.look(await this.ledger.change(0), bytes);
      if (held <= most) return;
      if (freed === 0) throw held > this.quota ? this.allPinned(held - bytes, bytes) : this.diskFull(bytes, spare ?? 0);
      // Some disks tell only later what became free: the write itself will show.
      if (freed !== null && freed >= bytes && held <= this.quota) return;
    }
  }

  private keepAhead({ held, most }: Look): void {
    if (held <= HIGH * most && !this.ledger.asksForCount) return;
    if (!this.place.housekeeping || this.ahead || performance.now() < this.restUntil) return;
    const work = async (): Promise<void> => {
      const start = performance.now();
      const before = await this.look(await this.ledger.change(0), 0);
      if (before.held <= HIGH * before.most && !this.ledger.asksForCount) return;
      await this.evict(0, true);
      const after = await this.look(await this.ledger.change(0), 0);
      if (after.held <= HIGH * after.most && !this.ledger.asksForCount) return;
      const end = performance.now();
      this.restUntil = end + Math.max(REST_MS, REST_TIMES * (end - start));
    };
    this.ahead = this.eviction
      .alone(0, work)
      // A result that needs the room tries again and tells.
      .catch(() => undefined)
      .then(() => {
        this.ahead = null;
      });
  }

  /** Evicts what has to go so that the store is well below what it may hold. @param bytes to come */
  private evict(bytes: number, sparing: boolean): Promise<number> {
    const excess = async (held: number): Promise<number> => {
      const { most } = await this.look(held, bytes);
      return held > HIGH * most ? held - LOW * most : 0;
    };
    return this.eviction.run({ excess, sparing });
  }

  private async look(held: number, bytes: number): Promise<Look> {
    const disk = await diskSpace(this.place.folder);
    const spare = disk && disk.free - reserveOf(disk);
    const most = spare === null ? this.quota : Math.min(this.quota, Math.max(0, held - bytes + spare));
    return { held, most, spare };
  }

  private get quota(): number {
    return this.place.quotaMB * MB;
  }

  private tooLarge(bytes: number): SegmenterError {
    const { quotaMB } = this.place;
    const text = `a result of ${inMB(bytes)} MB is larger than the scratch quota of ${quotaMB} MB; raise the quota`;
    return new SegmenterError('invalid-input', text, { bytes, quotaMB });
  }

  private allPinned(used: number, bytes: number): SegmenterError {
    const { folder, quotaMB } = this.place;
    const text =
      `scratch store ${folder} is full: running jobs and waiting messages hold ${inMB(used)} of ${quotaMB} MB and ` +
      `${inMB(bytes)} MB more are needed; raise the quota, or have fewer under way at a time`;
    return new SegmenterError('busy', text, { used, bytes, quotaMB });
  }

  private diskFull(bytes: number, spare: number): SegmenterError {
    const { folder } = this.place;
    const text =
      `the disk of the scratch store ${folder} is full: ${inMB(bytes)} MB more are needed and ` +
      `${inMB(Math.max(0, spare))} MB are free beyond what is left to other programs; free space there, or set ` +
      'segmenter.scratch to another disk';
    return new SegmenterError('disk-full', text, { path: folder, needed: bytes, free: spare });
  }
}
