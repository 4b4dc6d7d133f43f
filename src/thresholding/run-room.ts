import { SpillFile } from '../storage/spill-file';

/** Where the runs of several volumes are kept: in memory up to a number of bytes, what is beyond in a file. */
export class RunRoom {
  private held = 0;
  private end = 0;
  private readonly file: SpillFile;

  /** @param folder for the file; it is gone after `close` */
  constructor(
    private readonly bytes: number,
    folder: string,
  ) {
    this.file = new SpillFile(folder);
  }

  /** Whether so many bytes more may be kept in memory; if so they count until they are released. */
  hold(bytes: number): boolean {
    if (this.held + bytes > this.bytes) return false;
    this.held += bytes;
    return true;
  }

  release(bytes: number): void {
    this.held -= bytes;
  }

  /** @returns where they are in the file */
  append(bytes: Uint8Array): number {
    const at = this.end;
    this.file.write(bytes, at);
    this.end += bytes.byteLength;
    return at;
  }

  read(bytes: Uint8Array, position: number): void {
    this.file.read(bytes, position);
  }

  close(): void {
    this.file.close();
  }
}
