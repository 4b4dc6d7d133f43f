import path from 'node:path';
import { forEachConcurrently } from '../base/long-work';
import { walkSource } from '../samples/listing/find-files';
import type { WalkedFile } from '../samples/listing/walk-folder';
import { compareNames, listNames } from '../samples/names';
import { lookAt } from '../storage/outside-files';
import type { Journal } from './journal';
import { type FileSet, listCzis, setOf } from './sets';
import { type SettleTimes, settle, waitOf } from './settle';
import { completenessOfSet, isStill, versionOfFolder, versionOfSet, versionsOf } from './versions';
import { type Cause, type Complete, isSameVersion, itsTurn, type Noted, type Pending, type Version } from './watched';

/** New files that are looked into at a time. */
const AT_ONCE = 4;
/** Files known already whose size and time one look reads: all of many thousands in turn. */
const RECHECKED = 1000;
/** Files that are not known to be complete and are looked into in one look, half of them such that no look saw before. */
const MOST_FRESH = 2000;
/** Files that may wait to be complete: beyond, new ones are not looked into. */
const MOST_PENDING = 5000;
/** Problems of one look that are told. */
const MOST_PROBLEMS = 100;
/** A name that stands for the file's own without its extension. */
const OWN_NAME = '*';

export interface LookRequest {
  /** folder or glob pattern */
  watched: string;
  roots: readonly string[];
  times: SettleTimes;
  /** name of a file beside an acquisition that says that it is complete, `*` for its own name; blank: none */
  doneFile: string;
  /** told once more: what was told by an earlier process and never answered */
  again: boolean;
  /** names of those on their way: they are not told before they are back */
  open: ReadonlySet<string>;
  /** complete ones that may be told at a time */
  most: number;
  /** names to look at beside those that are pending, such as events of the file system tell; null: at all there is */
  names: readonly string[] | null;
  /** names that were written under another one and renamed when they were whole */
  renamed: ReadonlySet<string>;
  /** of the look before */
  pending: readonly Pending[];
  /** of the look before: where the check of known files goes on */
  checkedUpTo: string;
  /** gives the image in the folder that a file was made from by this package, null where it is none such */
  madeFrom(file: string, root: string): Promise<string | null>;
  /** milliseconds of a clock that only goes on, the same from look to look: the wall's may jump */
  now: number;
  /** milliseconds since 1970, for the journal */
  at: number;
}

export interface LookResult {
  complete: Complete[];
  pending: Pending[];
  checkedUpTo: string;
  /** more were complete than may be told */
  more: boolean;
  /** names that this look was asked for and left out, as they are on their way, or too many came at once */
  skipped: string[];
  /** milliseconds after which another look at what is pending may find something complete that has not changed; null: none may */
  worthAfter: number | null;
  /** folders that could not be looked into, and files that cannot be taken, in words */
  problems: string[];
}

/**
 * Looks once for acquisitions that are complete and not known to the journal, or known as another version. What is found
 * to belong to another file is noted in the journal; what is complete is not: it is for whoever tells of it.
 * @throws SegmenterError where the watched folder cannot be listed
 */
export async function lookForComplete(request: LookRequest, journal: Journal): Promise<LookResult> {
  const { names, pending } = request;
  const wanted = names && [...new Set([...names, ...pending.map(({ name }) => name)])];
  const { root, found, unread, refusals } = await walkSource(request.watched, request.roots, wanted);
  // Of a part of it nobody knows what is gone.
  if (!wanted && unread.length === 0) await forgetGone(journal, found, request.at);
  const files = new Map(found.filter(({ error }) => !error).map((file) => [file.relative, file]));
  const problems = [
    ...unread.map(({ relative, error }) => `${relative}: ${error.message}`),
    ...found.flatMap(({ relative, error }) => (error ? [`${relative}: ${error.message}`] : [])),
    ...refusals,
  ];
  const look = new Look(request, journal, root, files);
  const { isFull, ...result } = await look.run();
  if (isFull) problems.unshift(`no new files are looked into until some of ${MOST_PENDING} others are complete`);
  return { ...result, problems: problems.slice(0, MOST_PROBLEMS) };
}

async function forgetGone(journal: Journal, found: readonly WalkedFile[], at: number): Promise<void> {
  const there = new Set(found.map(({ relative }) => relative));
  await journal.forgetGone((name) => there.has(name), at);
}

class Look {
  private readonly before: ReadonlyMap<string, Pending>;
  private readonly pending: Pending[] = [];
  private readonly complete: Complete[] = [];
  private readonly done = new Set<string>();
  private readonly skipped = new Set<string>();
  private readonly czis = new Map<string, Promise<string[]>>();

  constructor(
    private readonly request: LookRequest,
    private readonly journal: Journal,
    private readonly root: string,
    private readonly files: ReadonlyMap<string, WalkedFile>,
  ) {
    this.before = new Map(request.pending.map((each) => [each.name, each]));
  }

  async run(): Promise<Omit<LookResult, 'problems'> & { isFull: boolean }> {
    const names = [...this.files.keys()].sort(compareNames).filter((name) => !this.isOpen(name, name));
    const known = names.filter((name) => this.journal.get(name) && !this.before.has(name));
    const { changed, checkedUpTo } = await this.recheck(known);
    const unanswered = known.filter((name) => this.request.again && this.journal.get(name)?.state === 'told');
    const unseen = names.filter((name) => !this.before.has(name) && !this.journal.get(name));
    const room = Math.max(0, Math.min(MOST_FRESH / 2, MOST_PENDING - this.before.size));
    const fresh = unseen.slice(0, room);
    for (const name of unseen.slice(room)) this.skipped.add(name);
    const earlier = [...this.before.keys()].filter((name) => this.files.has(name) && !this.request.open.has(name));
    const inTurn = earlier.slice(0, MOST_FRESH - fresh.length);
    // Those that were not looked into come first in the next look.
    for (const name of earlier.slice(inTurn.length)) this.keep(name);
    const chosen = new Set([...inTurn, ...fresh, ...changed, ...unanswered]);
    await forEachConcurrently([...chosen], AT_ONCE, (name) => this.into(name));
    this.complete.sort((a, b) => compareNames(a.name, b.name));
    const told = this.complete.slice(0, this.request.most);
    const rest = this.complete.slice(this.request.most);
    // They are complete already: the next look tells them at once.
    const turns = rest.map(itsTurn);
    const more = rest.length > 0;
    const isFull = room === 0 && unseen.length > 0 && this.complete.length === 0;
    const { now, times } = this.request;
    const worthAfter = earliest(this.pending.map(({ since, wait }) => since + waitOf(wait, times) - now));
    const skipped = (this.request.names ?? []).filter((name) => this.skipped.has(name));
    return { complete: told, pending: [...this.pending, ...turns], skipped, checkedUpTo, more, worthAfter, isFull };
  }

  /** @param name of the file that leads to what may be on its way */
  private isOpen(first: string, name: string): boolean {
    const isOpen = this.request.open.has(first);
    if (isOpen) this.skipped.add(name);
    return isOpen;
  }

  private keep(name: string): void {
    const pending = this.before.get(name);
    if (pending) this.pending.push(pending);
  }

  /** Known files that changed, of the next thousand. */
  private async recheck(known: readonly string[]): Promise<{ changed: string[]; checkedUpTo: string }> {
    const { checkedUpTo } = this.request;
    const isPart = this.request.names !== null;
    const rest = isPart
      ? known
      : known.filter((name) => checkedUpTo === '' || compareNames(name, checkedUpTo) > 0).slice(0, RECHECKED);
    const versions = await versionsOf(rest.map((name) => path.join(this.root, name)));
    const changed = rest.filter((name, i) => {
      const version = versions[i];
      const noted = this.journal.get(name);
      if (!version || !noted) return false;
      // Of a set or a Zarr folder the file's own numbers are not those of the whole.
      if (this.isWhole(noted)) return version.modified > noted.version.modified;
      return !isSameVersion(noted.version, version);
    });
    if (isPart) return { changed, checkedUpTo };
    return { changed, checkedUpTo: rest.length < RECHECKED ? '' : (rest.at(-1) ?? '') };
  }

  /** Whether the noted version is of more than the file itself. */
  private isWhole({ name, parts }: Noted): boolean {
    return (parts ?? 1) > 1 || (this.files.get(name)?.isZarr ?? false);
  }

  /** Looks into one file that is new, or is not as it was. */
  private async into(name: string): Promise<void> {
    const file = this.files.get(name);
    if (!file) return;
    const folder = path.posix.dirname(name);
    const set = file.isZarr
      ? { first: path.posix.basename(name), names: [path.posix.basename(name)] }
      : await setOf(file.path, (each) => this.czisOf(each));
    // A link stands under its own name for what it leads to.
    const inSet = (each: string) => (each === path.basename(file.path) ? name : path.posix.join(folder, each));
    const first = file.isZarr ? name : inSet(set.first);
    if (this.isOpen(first, name)) return;
    // Each file of a set leads here; the first does for all.
    if (this.done.has(first)) return;
    this.done.add(first);
    const places = set.names.map((each) => path.join(path.dirname(file.path), each));
    const versions = file.isZarr ? [await versionOfFolder(file.path)] : await versionsOf(places);
    const there = versions.filter((version): version is Version => version !== null);
    // It went meanwhile, or has a name that its disk does not take back.
    if (there.length === 0) return;
    const version = versionOfSet(there);
    const noted = this.journal.get(first);
    const cause = this.causeOf(noted, version);
    if (cause === null) return;
    // Told, its result would come to lie beside it and be told, without end.
    const origin = await this.request.madeFrom(file.path, this.root);
    if (origin !== null)
      return this.journal.note([{ name: first, version, state: 'part', at: this.request.at, of: origin }]);
    // What was complete when it was told is so still.
    const waits = cause === 'again' ? null : await this.waitsFor(first, set, places, versions, file);
    if (waits) {
      this.pending.push(waits);
      return;
    }
    await this.noteParts(first, set.names.map(inSet), versions);
    this.complete.push({
      name: first,
      path: places[set.names.indexOf(set.first)],
      version,
      cause,
      tries: noted?.tries ?? 0,
      parts: set.names.length,
    });
  }

  /** What an acquisition waits for; null: it is complete. */
  private async waitsFor(
    name: string,
    { first, names }: FileSet,
    places: readonly string[],
    versions: ReadonlyArray<Version | null>,
    { isZarr }: WalkedFile,
  ): Promise<Pending | null> {
    const version = versionOfSet(versions.filter((each) => each !== null));
    const lacking = names.filter((_, i) => versions[i] === null);
    const done = await this.doneFile(places[0], first);
    const missing = lacking.length > 0 ? `files of its set: ${listNames(lacking)}` : done.missing;
    let completeness = missing === null && !isZarr ? await completenessOfSet(places) : null;
    // What is proven is proven of the version that was read.
    if (completeness === 'proven' && !(await isStill(version, places[0]))) completeness = 'whole';
    const { now, times, renamed } = this.request;
    // A done-file that is older than the last change is that of an earlier version.
    const isSaid = done.modified >= version.modified || (renamed.has(name) && places.length === 1);
    return settle({ name, version, completeness, missing, isSaid }, this.before.get(name) ?? null, now, times);
  }

  private czisOf(folder: string): Promise<string[]> {
    const known = this.czis.get(folder) ?? listCzis(folder);
    this.czis.set(folder, known);
    return known;
  }

  /** Null where there is nothing to tell. */
  private causeOf(noted: Noted | undefined, version: Version): Cause | null {
    if (!noted || noted.state === 'part') return 'new';
    if (!isSameVersion(noted.version, version)) return 'changed';
    return noted.state === 'told' && this.request.again ? 'again' : null;
  }

  /** The done-file of an acquisition: its name where it is not there, else when it was written; neither where none is asked for. */
  private async doneFile(place: string, name: string): Promise<{ missing: string | null; modified: number }> {
    const { doneFile } = this.request;
    const never = Number.NEGATIVE_INFINITY;
    if (doneFile === '') return { missing: null, modified: never };
    const own = doneFile.replaceAll(OWN_NAME, () => path.parse(name).name);
    const status = await lookAt(path.join(path.dirname(place), own));
    return status ? { missing: null, modified: status.mtimeMs } : { missing: own, modified: never };
  }

  private async noteParts(
    first: string,
    names: readonly string[],
    versions: ReadonlyArray<Version | null>,
  ): Promise<void> {
    const parts = names.flatMap((name, i): Noted[] => {
      const version = versions[i];
      if (name === first || !version) return [];
      return [{ name, version, state: 'part', at: this.request.at, of: first }];
    });
    await this.journal.note(parts);
  }
}

function earliest(times: readonly number[]): number | null {
  const least = times.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  return Number.isFinite(least) ? Math.max(0, least) : null;
}
