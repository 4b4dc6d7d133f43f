import { createHash } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, stat, unlink, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { LruCache } from '../../../base/collections';
import { throwIfCancelled } from '../../../base/errors';
import { OneByOne } from '../../../base/one-by-one';
import { diskSpace, fileError, inMB, reserveOf } from '../../../storage/file-error';
import { readPieces, readText } from '../../../storage/outside-files';
import { partialPath } from '../../../storage/partial';
import { isWriterGone, newWriterTag } from '../../../storage/writer-tag';
import { type Bundle, type BundleFile, bytesOfBundle, checkBundle } from '../../io/bundle';
import type { AskerClient } from './asker-client';
import { MountError } from './mount-error';

const KEY = /^[0-9a-f]{64}$/;
/** Being fetched, or on its way out. */
const UNFINISHED = /^(?<key>[0-9a-f]{64}(\.old)?)\.partial-(?<tag>[0-9a-f]{28})$/;
const USE = /^(?<key>[0-9a-f]{64})\.use-(?<tag>[0-9a-f]{28})$/;
/** In a bundle's folder: its list, and its files. */
const LIST = 'list.json';
const FILES = 'files';
/** Bundles that are known to be right without another look. */
const MOST_VERIFIED = 10_000;

/** A bundle that is here until it is let go. */
export interface TakenBundle {
  /** of what its name stands for */
  place: string;
  bundle: Bundle;
  release(): Promise<void>;
}

/**
 * Images and models that were sent to this machine, known by what they hold: each is fetched once, stays for the next job, and is
 * here whole or not at all. The least recently used go where there is no room; never what a running job needs, of whichever
 * worker of this machine.
 */
export class BundleCache {
  /** bundles whose files this process has read and found right; another worker may have removed them since */
  private readonly verified = new LruCache<string, true>(MOST_VERIFIED);
  private readonly turns = new OneByOne();

  /** @param mostBytes that all may take together */
  constructor(
    readonly folder: string,
    private readonly mostBytes: number,
  ) {}

  /**
   * Gives a bundle, fetched where it is not here; a fetch that a cut or a kill interrupted goes on where it was.
   * @throws MountError where it cannot be fetched or has no room here; SegmenterError `cancelled`, and what the client throws
   */
  async take(key: string, client: AskerClient, signal?: AbortSignal): Promise<TakenBundle> {
    const use = path.join(this.folder, `${key}.use-${await newWriterTag()}`);
    await mkdir(this.folder, { recursive: true });
    await writeFile(use, '').catch((error: unknown) => {
      throw fileError(error, 'write', use);
    });
    const release = () => unlink(use).catch(() => undefined);
    try {
      const bundle = await this.turns.do(
        key,
        async () => (await this.known(key)) ?? (await this.fetch(key, client, signal)),
      );
      const entry = path.join(this.folder, key);
      const now = new Date();
      await utimes(entry, now, now);
      return { bundle, place: path.join(entry, FILES, ...bundle.name.split('/')), release };
    } catch (error) {
      await release();
      throw error;
    }
  }

  /** A bundle that is here; one that is not what it was goes. */
  private async known(key: string): Promise<Bundle | null> {
    const entry = path.join(this.folder, key);
    const bundle = await readList(entry, key);
    if (!bundle) return null;
    for (const file of this.verified.has(key) ? [] : bundle.files) {
      const hash = createHash('sha256');
      const bytes = await hashInto(hash, placeOf(entry, file)).catch(() => -1);
      if (bytes === file.size && hash.digest('hex') === file.sha256) continue;
      await rm(entry, { recursive: true, force: true });
      return null;
    }
    this.verified.set(key, true);
    return bundle;
  }

  private async fetch(key: string, client: AskerClient, signal?: AbortSignal): Promise<Bundle> {
    const bundle = await client.bundle(key);
    const draft = await this.draftOf(key);
    try {
      await this.makeRoom(bytesOfBundle(bundle));
      await mkdir(draft, { recursive: true });
      for (const file of bundle.files) await fetchFile(placeOf(draft, file), file, client, signal);
      await writeFile(path.join(draft, LIST), JSON.stringify(bundle));
      await rename(draft, path.join(this.folder, key)).catch((error: NodeJS.ErrnoException) => {
        // Another worker of this machine was first.
        if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
      });
      this.verified.set(key, true);
      return bundle;
    } catch (error) {
      throw fileError(error, 'write', draft);
    }
  }

  /** Where a bundle is fetched to: on top of what was fetched by one that is gone. What others left that are gone goes. */
  private async draftOf(key: string): Promise<string> {
    const own = await partialPath(path.join(this.folder, key));
    for (const name of await readdir(this.folder)) {
      const { key: of, tag } = UNFINISHED.exec(name)?.groups ?? {};
      const isOwn = tag !== undefined && tag.slice(0, 18) === own.slice(-tag.length).slice(0, 18);
      if (tag === undefined || !(isOwn || (await isWriterGone(tag, async () => null)))) continue;
      const left = path.join(this.folder, name);
      if (of === key) await rename(left, own).catch(() => undefined);
      else if (!isOwn) await rm(left, { recursive: true, force: true });
    }
    return own;
  }

  private async makeRoom(bytes: number): Promise<void> {
    const entries = await this.entries();
    let taken = entries.reduce((sum, entry) => sum + entry.bytes, 0);
    const space = await diskSpace(this.folder);
    let free = space ? space.free - reserveOf(space) : Number.POSITIVE_INFINITY;
    const isEnough = () => taken + bytes <= this.mostBytes && free >= bytes;
    for (const entry of entries.sort((a, b) => a.used - b.used)) {
      if (isEnough()) break;
      if (!(await this.evict(entry.key))) continue;
      taken -= entry.bytes;
      free += entry.bytes;
    }
    if (isEnough()) return;
    const limit = bytes > this.mostBytes ? `, which may hold ${inMB(this.mostBytes)} MB (--cache-mb)` : '';
    const message = `no room for ${inMB(bytes)} MB that a job needs in ${this.folder}${limit}; the rest there is in use, or the disk is full`;
    throw new MountError('disk-full', message, { path: this.folder, bytes });
  }

  /** Removes a bundle that nobody uses: moved aside first, and back where somebody began to use it in that moment. */
  private async evict(key: string): Promise<boolean> {
    if (await this.isUsed(key)) return false;
    const entry = path.join(this.folder, key);
    const aside = await partialPath(path.join(this.folder, `${key}.old`));
    try {
      await rename(entry, aside);
      if (await this.isUsed(key)) {
        await rename(aside, entry);
        return false;
      }
      this.verified.delete(key);
      await rm(aside, { recursive: true, force: true });
      return true;
    } catch {
      return false;
    }
  }

  private async isUsed(key: string): Promise<boolean> {
    for (const name of await readdir(this.folder)) {
      const { key: of, tag } = USE.exec(name)?.groups ?? {};
      if (tag === undefined) continue;
      if (await isWriterGone(tag, async () => null)) await unlink(path.join(this.folder, name)).catch(() => undefined);
      else if (of === key) return true;
    }
    return false;
  }

  private async entries(): Promise<Array<{ key: string; bytes: number; used: number }>> {
    const found: Array<{ key: string; bytes: number; used: number }> = [];
    for (const key of (await readdir(this.folder)).filter((name) => KEY.test(name))) {
      const entry = path.join(this.folder, key);
      const [bundle, status] = await Promise.all([readList(entry, key), stat(entry).catch(() => null)]);
      found.push({ key, bytes: bundle ? bytesOfBundle(bundle) : 0, used: status?.mtimeMs ?? 0 });
    }
    return found;
  }
}

async function readList(entry: string, key: string): Promise<Bundle | null> {
  try {
    return checkBundle(JSON.parse(await readText(path.join(entry, LIST))), key);
  } catch {
    return null;
  }
}

function placeOf(entry: string, { name }: BundleFile): string {
  return path.join(entry, FILES, ...name.split('/'));
}

/** Fetches a file, from where an earlier fetch ended. @throws SegmenterError `changed` where it has another hash */
async function fetchFile(target: string, file: BundleFile, client: AskerClient, signal?: AbortSignal): Promise<void> {
  await mkdir(path.dirname(target), { recursive: true });
  const hash = createHash('sha256');
  let at = await hashInto(hash, target).catch(() => 0);
  const handle = await open(target, 'a');
  try {
    while (at < file.size) {
      throwIfCancelled(signal, 'fetching files');
      const bytes = await client.piece(file.sha256, at, file.size);
      await handle.writeFile(bytes);
      hash.update(bytes);
      at += bytes.length;
    }
  } finally {
    await handle.close();
  }
  const found = hash.digest('hex');
  if (at !== file.size || found !== file.sha256) {
    await unlink(target);
    throw new MountError('changed', `${file.name} was sent with sha256 ${found}, expected ${file.sha256}`);
  }
  // What asks for an image's version asks for its time of change.
  if (file.modified !== 0) await utimes(target, new Date(), new Date(file.modified));
}

async function hashInto(hash: ReturnType<typeof createHash>, file: string): Promise<number> {
  let bytes = 0;
  for await (const piece of readPieces(file)) {
    hash.update(piece);
    bytes += piece.length;
  }
  return bytes;
}
