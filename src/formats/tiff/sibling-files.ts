import path from 'node:path';
import { CorruptFileError, SegmenterError, show, UnsupportedError } from '../../base/errors';
import { lookAt, realpath } from '../../storage/outside-files';
import { resolveInRoots, rootsOfWork } from '../../storage/roots';
import { RandomAccessFile } from '../random-access-file';
import { isTiff } from './directory';
import { readDocument, type TiffDocument } from './document';
import { rootUuid } from './ome/xml';

/** Files of a set whose structure is known at a time. */
const MOST_FILES = 4096;
const MOST_METADATA_BYTES = 64 * 2 ** 20;
const LONGEST_NAME = 1024;

/** A TIFF of a set: its pages, and the UUID that its own metadata have. */
export type SiblingDocument = Pick<TiffDocument, 'tiff' | 'pages'> & { uuid: string | null };

/** The other files of an image of several TIFF files, read as they are asked for; none stays open. */
export class SiblingFiles {
  private readonly documents = new Map<string, Promise<SiblingDocument>>();
  /** the file that the metadata were read from, where that is another than the main one */
  metadataFile: RandomAccessFile | null = null;

  /** @param main the file of the set that was opened */
  constructor(private readonly main: string) {}

  /**
   * Reads the structure of a TIFF of the set.
   * @param name from the metadata, counted from the folder of the main file
   * @throws SegmenterError `not-found` naming the file, `not-allowed` outside the roots; CorruptFileError for what is no name
   */
  document(name: string): Promise<SiblingDocument> {
    const known = this.documents.get(name);
    if (known) return known;
    if (this.documents.size >= MOST_FILES) this.documents.clear();
    const document = this.use(name, async (file) => {
      const { tiff, pages, description } = await readDocument(file);
      // Every file of a set may hold the metadata of all.
      return { tiff, pages, uuid: rootUuid(description) };
    });
    this.documents.set(name, document);
    document.catch(() => this.documents.delete(name));
    return document;
  }

  /** Reads the OME-XML that another file of the set holds: a companion file (.companion.ome) or a TIFF. */
  metadata(name: string): Promise<string> {
    return this.use(name, async (file) => {
      this.metadataFile = file;
      const head = new Uint8Array(Math.min(16, file.size));
      await file.read(0, head, 'the beginning');
      if (isTiff(head)) return (await readDocument(file)).description;
      if (file.size > MOST_METADATA_BYTES) {
        throw new UnsupportedError(file.path, `has ${file.size} bytes of metadata, more than ${MOST_METADATA_BYTES}`);
      }
      const bytes = new Uint8Array(file.size);
      await file.read(0, bytes, 'the metadata');
      return new TextDecoder().decode(bytes);
    });
  }

  /**
   * Opens a file of the set for as long as `read` takes.
   * @throws SegmenterError as {@link document} does, and what `read` throws
   */
  async use<T>(name: string, read: (file: RandomAccessFile) => Promise<T>): Promise<T> {
    const file = await RandomAccessFile.open(await this.place(name));
    try {
      return await read(file);
    } finally {
      await file.close();
    }
  }

  /**
   * Metadata come from anywhere: a name leads to a file of the same folder, or with folders to one below it or in the
   * roots of the work going on.
   */
  private async place(name: string): Promise<string> {
    const folder = path.dirname(this.main);
    const parts = name.split(/[\\/]/);
    if (name.length > LONGEST_NAME || name.includes('\0') || isAbsolute(name) || NO_FILE.has(parts.at(-1) ?? '')) {
      throw new CorruptFileError(this.main, `names a part of its set ${show(name)}, expected the name of a file`);
    }
    const full = path.join(folder, ...parts);
    if (parts.length > 1) await resolveInRoots(full, rootsOfWork() ?? [folder]);
    const status = await lookAt(full);
    if (!status) {
      throw new SegmenterError(
        'not-found',
        `${this.main}: is one part of an image of several files; the part ${show(name)} is missing in its folder`,
        { path: this.main, part: full },
      );
    }
    if (!status.isFile() || (parts.length === 1 && !(await this.isBesideMain(full)))) {
      throw new CorruptFileError(
        this.main,
        `names a part of its set ${show(name)}, which is no file of the same folder`,
      );
    }
    return full;
  }

  /** Links may lead from a folder of links to one where the files are. */
  private async isBesideMain(full: string): Promise<boolean> {
    const [real, home, main] = await Promise.all([
      realpath(full),
      realpath(path.dirname(this.main)),
      realpath(this.main),
    ]);
    return path.dirname(real) === home || path.dirname(real) === path.dirname(main);
  }
}

const NO_FILE: ReadonlySet<string> = new Set(['', '.', '..']);

/** On any system: metadata are written on one and read on another. */
function isAbsolute(name: string): boolean {
  return path.posix.isAbsolute(name) || path.win32.isAbsolute(name) || /^[A-Za-z]:/.test(name);
}
