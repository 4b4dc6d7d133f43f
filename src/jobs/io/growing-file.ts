import { AtomicFile } from '../../storage/atomic-file';

/** Bytes that are written together. */
const ENOUGH = 2 ** 20;

/** A file that is written from its beginning to its end and appears whole or not at all; small pieces are written together. */
export class GrowingFile {
  private waiting: Uint8Array[] = [];
  private waitingBytes = 0;
  private position = 0;

  private constructor(private readonly file: AtomicFile) {}

  /** Begins the file, which replaces one that is there. @throws as {@link AtomicFile.create} does */
  static async create(path: string): Promise<GrowingFile> {
    return new GrowingFile(await AtomicFile.create(path, { existing: 'replace' }));
  }

  get isEmpty(): boolean {
    return this.position === 0 && this.waitingBytes === 0;
  }

  async write(data: string | Uint8Array): Promise<void> {
    const bytes = typeof data === 'string' ? Buffer.from(data, 'utf8') : data;
    this.waiting.push(bytes);
    this.waitingBytes += bytes.byteLength;
    if (this.waitingBytes > ENOUGH) await this.flush();
  }

  async commit(): Promise<void> {
    await this.flush();
    await this.file.commit();
  }

  /** Removes what was written; safe at any time. */
  async abort(): Promise<void> {
    await this.file.abort();
  }

  private async flush(): Promise<void> {
    const bytes = Buffer.concat(this.waiting);
    this.waiting = [];
    this.waitingBytes = 0;
    await this.file.write(bytes, this.position);
    this.position += bytes.byteLength;
  }
}
