import { appendFile, mkdir, open, readdir, readFile, stat, unlink } from 'node:fs/promises';
import path from 'node:path';

/** Where a line lies. */
export interface LinePlace {
  segment: number;
  /** bytes */
  start: number;
  length: number;
}

interface Segment {
  number: number;
  lines: number;
}

/** Entries of a file; the oldest file goes as a whole, so that nothing is ever written anew. */
const NAME = /^results-(\d{1,9})\.jsonl$/;
const NEWLINE = 10;

/**
 * Lines in a few files of a folder, appended to the newest. When that is full another is begun, and the oldest goes where
 * there are too many. A line that a crash cut off stands alone, and whoever reads it finds that it is damaged.
 */
export class ResultSegments {
  private readonly segments: Segment[] = [];
  private readonly linesOfFile: number;

  /**
   * @param most lines of all files together, about
   * @param files that these lie in
   */
  constructor(
    private readonly folder: string,
    most: number,
    private readonly files = 10,
  ) {
    this.linesOfFile = Math.ceil(most / files);
  }

  /** Reads all lines there are, the oldest first, a file at a time. */
  async *read(): AsyncGenerator<{ line: string; place: LinePlace }> {
    const names = await readdir(this.folder).catch(() => []);
    const numbers = names.flatMap((name) => NAME.exec(name)?.[1] ?? []).map(Number);
    for (const number of numbers.sort((a, b) => a - b)) {
      const bytes = await readFile(this.path(number)).catch(() => null);
      if (!bytes) continue;
      const segment: Segment = { number, lines: 0 };
      this.segments.push(segment);
      for (let start = 0; start < bytes.length; ) {
        const newline = bytes.indexOf(NEWLINE, start);
        const end = newline < 0 ? bytes.length : newline;
        const place = { segment: number, start, length: end - start };
        segment.lines++;
        if (place.length > 0) yield { line: bytes.toString('utf8', start, end), place };
        start = end + 1;
      }
    }
  }

  /**
   * Appends lines, which hold no line break themselves.
   * @returns where each lies
   * @throws what the disk says; then none of them counts as written
   */
  async append(lines: readonly string[]): Promise<LinePlace[]> {
    await mkdir(this.folder, { recursive: true });
    const segment = await this.segmentToWrite();
    const places: LinePlace[] = [];
    const file = this.path(segment.number);
    // The end of a line that a crash, or a full disk, cut off.
    const size = await stat(file).then(
      (found) => found.size,
      () => 0,
    );
    const lead = size > 0 ? '\n' : '';
    let start = size + lead.length;
    for (const line of lines) {
      const length = Buffer.byteLength(line);
      places.push({ segment: segment.number, start, length });
      start += length + 1;
    }
    await appendFile(file, `${lead}${lines.join('\n')}`);
    segment.lines += lines.length;
    return places;
  }

  /** Reads one line. @throws what the disk says, also where its file went to make room */
  async line({ segment, start, length }: LinePlace): Promise<string> {
    const file = await open(this.path(segment), 'r');
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, start);
      return buffer.toString('utf8', 0, bytesRead);
    } finally {
      await file.close();
    }
  }

  private async segmentToWrite(): Promise<Segment> {
    const last = this.segments.at(-1);
    if (last && last.lines < this.linesOfFile) return last;
    const segment = { number: (last?.number ?? 0) + 1, lines: 0 };
    this.segments.push(segment);
    for (const old of this.segments.splice(0, Math.max(0, this.segments.length - this.files))) {
      // One that cannot be removed is found again at the next start.
      await unlink(this.path(old.number)).catch(() => undefined);
    }
    return segment;
  }

  private path(segment: number): string {
    return path.join(this.folder, `results-${segment}.jsonl`);
  }
}
