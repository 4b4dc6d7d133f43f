import { SegmenterError } from '../base/errors';
import { readFile, readPieces, stat } from '../storage/outside-files';
import { REPORT_MARK } from './page';

/** A report of 20,000 images takes a tenth of that. */
const LARGEST = 2 ** 26;

/**
 * Reads a report that this package wrote.
 * @throws SegmenterError `exists` naming the file where it is anything else; what opening a file throws
 */
export async function readReport(file: string): Promise<Buffer> {
  await requireReport(file);
  return readFile(file);
}

/** Checks that a file is a report of this package, which alone may be replaced or shown. @throws as {@link readReport} */
export async function requireReport(file: string): Promise<void> {
  const { size } = await stat(file);
  const length = Buffer.byteLength(REPORT_MARK);
  for await (const piece of readPieces(file, 0, length)) {
    if (size <= LARGEST && Buffer.from(piece).toString('utf8') === REPORT_MARK) return;
  }
  const message = `${file}: expected a report of this package or no file, found another file`;
  throw new SegmenterError('exists', message, { file });
}
