import path from 'node:path';
import { SegmenterError } from '../../base/errors';
import { imageExtension } from '../../formats/extensions';
import { holdsZarrMetadata, isNamedZarr } from '../../formats/zarr/folder-store';
import { fileError } from '../../storage/file-error';
import { listFolder, lookAt, lstat, passTimeouts, realpath } from '../../storage/outside-files';
import { isInside } from '../../storage/paths';
import { resolveInRoots } from '../../storage/roots';
import type { GlobPattern } from './glob-pattern';

/** What a walk came upon below its folder. */
export interface Walked {
  /** files, and folders that are Zarr images, by their real paths */
  found: WalkedFile[];
  /** folders that could not be looked into */
  unread: { relative: string; error: SegmenterError }[];
  /** folders that were looked into and are no images: by their real paths, with the names that they have below the walked one */
  folders: { path: string; relative: string }[];
}

export interface WalkedFile {
  path: string;
  /** the name below the folder, as the disk spells it, with `/` */
  relative: string;
  isZarr?: boolean;
  /** why it cannot be taken: a link that leads nowhere or out of the roots */
  error?: SegmenterError;
}

/** What file systems and shares keep for themselves: bins, previews, lost pieces. */
const OF_THE_SYSTEM = new Set([
  '@eadir',
  '#recycle',
  '$recycle.bin',
  'system volume information',
  'lost+found',
  '__macosx',
]);
const UNFINISHED = /\.partial(-[0-9a-f]+)?$/i;

/**
 * Everything below a folder, or what a pattern leads to. Hidden (`.x`) and temporary (`~x`) names, those that systems
 * keep for themselves and what is not written to its end (`.partial`) are passed over. A Zarr image counts as one file;
 * a folder met again through a link is left, and one that goes meanwhile is not there.
 * @param root absolute; real, and inside the roots
 * @throws SegmenterError where the folder itself cannot be listed; what fails below it is told of and stops nothing
 */
export async function walkFolder(
  root: string,
  roots: readonly string[],
  pattern: GlobPattern | null = null,
): Promise<Walked> {
  const real = await realpath(root);
  const walk = new Walk(real, roots, pattern);
  await walk.into(real, '');
  return walk.walked;
}

/**
 * What a walk of the folder would find of these names alone, without listing anything; of an image that is a folder all
 * names in it are none. @throws as {@link walkFolder}
 */
export async function walkNames(
  root: string,
  roots: readonly string[],
  pattern: GlobPattern | null,
  names: readonly string[],
): Promise<Walked> {
  const walk = new Walk(await realpath(root), roots, pattern);
  for (const name of names) await walk.at(name);
  return walk.walked;
}

class Walk {
  readonly walked: Walked = { found: [], unread: [], folders: [] };
  private readonly seen = new Set<string>();

  /** @param root real */
  constructor(
    private readonly root: string,
    private readonly roots: readonly string[],
    private readonly pattern: GlobPattern | null,
  ) {}

  /** @param real the folder's real path @param below its name below the root, empty for the root itself */
  async into(real: string, below: string, inImage = false): Promise<void> {
    if (this.seen.has(real)) return;
    this.seen.add(real);
    let entries: Awaited<ReturnType<typeof listFolder>>;
    try {
      entries = await listFolder(real);
    } catch (error) {
      if (below === '') throw fileError(error, 'list', real);
      const { code } = error as NodeJS.ErrnoException;
      if (code !== 'ENOENT' && code !== 'ENOTDIR') this.fails(below, fileError(error, 'list', real));
      return;
    }
    const isImage = below !== '' && holdsZarrMetadata(entries);
    if (isImage) this.finds({ path: real, relative: below, isZarr: true });
    else if (!inImage) this.walked.folders.push({ path: real, relative: below });
    const within = isImage || inImage;
    if (within && !this.goesIntoImages()) return;
    for (const entry of entries) {
      if (isPassedOver(entry.name)) continue;
      const relative = path.posix.join(below, entry.name);
      if (entry.isSymbolicLink()) await this.follow(path.join(real, entry.name), relative);
      else if (entry.isDirectory()) await this.folder(path.join(real, entry.name), relative, within);
      else if (entry.isFile() && !within) this.finds({ path: path.join(real, entry.name), relative });
    }
  }

  async at(relative: string): Promise<void> {
    if (relative.split('/').some(isPassedOver)) return;
    const place = path.join(this.root, relative);
    const status = await lstat(place).catch(() => null);
    if (status?.isDirectory()) {
      // One that cannot be listed is told of where all is looked at.
      const isImage = isNamedZarr(relative) || holdsZarrMetadata(await listFolder(place).catch(passTimeouts([])));
      if (isImage) this.finds({ path: place, relative, isZarr: true });
    } else if (status) await this.follow(place, relative);
  }

  private async folder(real: string, relative: string, inImage: boolean): Promise<void> {
    if (isNamedZarr(relative)) {
      if (!this.goesIntoImages() || this.pattern?.matches(relative))
        return this.finds({ path: real, relative, isZarr: true });
    }
    if (this.pattern && !this.pattern.leadsInto(relative)) return;
    await this.into(real, relative, inImage || isNamedZarr(relative));
  }

  private async follow(link: string, relative: string): Promise<void> {
    try {
      const real = await resolveInRoots(link, this.roots);
      const status = await lookAt(real);
      if (status?.isDirectory()) {
        if (!this.isWalkedAnyway(real)) await this.folder(real, relative, false);
      } else if (status?.isFile()) this.finds({ path: real, relative });
    } catch (error) {
      if (!(error instanceof SegmenterError) || error.code === 'timeout') throw error;
      const isFolder = imageExtension(relative) === null && (await lookAt(link).catch(() => null))?.isDirectory();
      if (!isFolder) this.finds({ path: link, relative, error });
      else if (!this.pattern || this.pattern.leadsInto(relative)) this.fails(relative, error);
    }
  }

  /** Whether a folder is found by its own name: what a link to it leads to would be there twice, or for ever within itself. */
  private isWalkedAnyway(real: string): boolean {
    if (this.pattern || !isInside(this.root, real)) return false;
    const names = path.relative(this.root, real).split(path.sep);
    return !names.some((name, i) => isPassedOver(name) || isNamedZarr(names.slice(0, i).join('/')));
  }

  private finds(file: WalkedFile): void {
    if (!this.pattern || this.pattern.matches(file.relative)) this.walked.found.push(file);
  }

  private fails(relative: string, error: unknown): void {
    // A disk that does not answer is asked no more.
    if (!(error instanceof SegmenterError) || error.code === 'timeout') throw error;
    this.walked.unread.push({ relative, error });
  }

  private goesIntoImages(): boolean {
    return this.pattern?.entersImages ?? false;
  }
}

/** Tells whether a name is hidden, temporary, the system's own or of something that is being written. */
export function isPassedOver(name: string): boolean {
  return /^[.~]/.test(name) || OF_THE_SYSTEM.has(name.toLowerCase()) || UNFINISHED.test(name);
}
