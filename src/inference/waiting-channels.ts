import { allocate, bytesOf, dtypeOf, type PixelArray } from '../image/dtype';
import { SpillFile } from '../storage/spill-file';

type Rows = Float32Array<ArrayBuffer> | Uint16Array<ArrayBuffer>;

/** Bytes of channels that wait in memory; more wait in a file. */
const MOST_HELD = 2 ** 26;
/** Pixels handed on at a time. */
const PIECE = 2 ** 22;

/**
 * Brings the rows of a map's channels, which come plane by plane together, into the order of its file, one channel after the
 * other: those of the first pass, those of the others wait.
 */
export class WaitingChannels {
  /** rows that came in, of each channel but the first */
  private readonly held: Rows[][];
  private readonly done: number[];
  private file: SpillFile | null = null;
  private empty: Rows | null = null;

  /**
   * @param pixels of a channel
   * @param folder for a file, where the channels are too large for memory
   */
  constructor(
    private readonly channels: number,
    private readonly pixels: number,
    private readonly folder: string,
    private readonly write: (rows: Rows, channel: number) => Promise<void>,
  ) {
    this.held = Array.from({ length: channels }, () => []);
    this.done = new Array<number>(channels).fill(0);
  }

  /** Takes the next rows of a channel. */
  async take(rows: Rows, channel: number): Promise<void> {
    if (channel === 0) return this.write(rows, 0);
    const bytes = rows.BYTES_PER_ELEMENT;
    this.empty ??= rows.slice(0, 0) as Rows;
    if ((this.channels - 1) * this.pixels * bytes <= MOST_HELD) this.held[channel].push(rows);
    else {
      this.file ??= new SpillFile(this.folder);
      this.file.write(bytesOf(rows), bytes * ((channel - 1) * this.pixels + this.done[channel]));
    }
    this.done[channel] += rows.length;
  }

  /** Writes what waits, once all rows of the first channel went by. */
  async handOn(): Promise<void> {
    for (let channel = 1; channel < this.channels; channel++) {
      for (const rows of this.held[channel]) await this.write(rows, channel);
      this.held[channel] = [];
      if (!this.file || !this.empty) continue;
      const bytes = this.empty.BYTES_PER_ELEMENT;
      for (let from = 0; from < this.pixels; from += PIECE) {
        const rows = allocate(dtypeOf(this.empty), Math.min(PIECE, this.pixels - from)) as PixelArray as Rows;
        this.file.read(bytesOf(rows), bytes * ((channel - 1) * this.pixels + from));
        await this.write(rows, channel);
      }
    }
  }

  close(): void {
    this.file?.close();
  }
}
