import path from 'node:path';
import type { NodeMessage } from 'node-red';
import { journalFolder } from '../../src/acquisition/journal';
import { type Complete, itsTurn, type Noted, type Pending } from '../../src/acquisition/watched';
import { InvalidInputError, SegmenterError } from '../../src/base/errors';
import { listNames } from '../../src/samples/names';
import { jobAccess } from '../job-host-access';
import { evaluateText } from '../typed-property';
import type { NodeContext } from '../working/behaviour';
import { FolderListener } from './folder-listener';
import { JournalNotes } from './journal-notes';
import { messageFor, OpenFiles } from './open-files';
import type { WatchSettings } from './settings';

/** Of acquisitions that one look tells where nobody says how many may be on their way. */
const MOST_AT_ONCE = 50;
/** One that took Node-RED down so often is given up. */
const MOST_TRIES = 5;
/** Where the system tells of all that happens everything is looked at no more often than this, in milliseconds. */
const SURE_LOOK_MS = 30_000;
/** Between two looks that events ask for, in milliseconds. */
const LOOK_PAUSE_MS = 20;
/** What does not answer is asked again after so many times the interval, at most, and so many milliseconds. */
const [MOST_INTERVALS, LONGEST_PAUSE_MS] = [32, 60_000];

/** What a look told: all that is complete; not all, as it may not be told at once; none was, as there was no room for any. */
type Look = 'all' | 'more' | 'none';

/**
 * Looks into a folder again and again, one look at a time, and sends a message for each acquisition that is complete. What
 * is on disk in the journal counts, so a restart goes on where it stopped.
 */
export class FolderWatch {
  private readonly stopping = new AbortController();
  /** a successor after a deploy goes on with it: what is on its way comes back to that one */
  readonly open: OpenFiles;
  private timer: NodeJS.Timeout | null = null;
  private looking: Promise<void> | null = null;
  private readonly notes: JournalNotes;
  private pending: Pending[] = [];
  private checkedUpTo = '';
  private journal = '';
  private isFirst = true;
  private failures = 0;
  private known = 0;
  private readonly told = new Set<string>();
  private readonly listener: FolderListener;
  /** when the last look began, and the last at all there is; milliseconds of a clock that only goes on */
  private looked = Number.NEGATIVE_INFINITY;
  private lookedAtAll = Number.NEGATIVE_INFINITY;
  /** after how long another look may find something complete, as the last one said */
  private worthAfter: number | null = null;
  /** how many have come back */
  private returned = 0;

  constructor(private readonly context: NodeContext<WatchSettings>) {
    const { inherited, RED, node } = context;
    this.listener = new FolderListener(
      RED,
      () => this.plan(Math.max(0, this.looked + LOOK_PAUSE_MS - performance.now())),
      (how) => node.log(how),
    );
    this.open = inherited instanceof OpenFiles ? inherited : new OpenFiles();
    this.notes = new JournalNotes(RED, this.open);
  }

  /** Begins to look. */
  start(): void {
    this.plan(0);
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    if (this.timer) clearTimeout(this.timer);
    await Promise.all([this.listener.end(), this.looking]);
    await this.notes.idle();
  }

  /** Looks at all there is now, or once more where a look is under way. */
  async lookNow(): Promise<void> {
    await this.looking;
    this.lookedAtAll = Number.NEGATIVE_INFINITY;
    await this.turn();
  }

  /**
   * Takes a message that came back, and notes what became of its acquisition.
   * @throws SegmenterError `invalid-input`, at once
   */
  take(msg: NodeMessage): Promise<void> {
    const isDealtWith = this.open.take(msg, this.context.node.id, Date.now());
    return isDealtWith ? this.settle() : Promise.resolve();
  }

  /** Waits no more for what is on its way. */
  cancel(): void {
    this.open.giveUp('cancelled', Date.now());
    void this.settle();
  }

  /** Notes what is dealt with, and goes on; never rejects. */
  private async settle(): Promise<void> {
    this.returned++;
    try {
      await this.notes.flush();
    } catch (error) {
      return this.fails(error);
    }
    this.show();
    this.listener.recall();
    this.plan(0);
  }

  private plan(ms: number): void {
    if (this.stopping.signal.aborted) return;
    if (this.timer) clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.turn(), ms);
  }

  /** One look; plans the next. Never rejects. */
  private turn(): Promise<void> {
    this.looking ??= this.look()
      .then(
        (next) => this.plan(this.pauseAfter(next)),
        (error) => this.fails(error),
      )
      .finally(() => {
        this.looking = null;
      });
    return this.looking;
  }

  private get interval(): number {
    return 1000 * this.context.settings.interval;
  }

  /** Milliseconds between two looks at all there is. */
  private get allAfter(): number {
    return this.listener.isSure ? Math.max(SURE_LOOK_MS, this.interval) : this.interval;
  }

  /** Milliseconds to the next look, where nothing is heard before. */
  private pauseAfter(look: Look): number {
    // What is on its way makes room when it comes back.
    if (look === 'none') return this.interval;
    if (look === 'more') return this.context.settings.answer === 'returned' ? 0 : this.interval;
    if (this.listener.hasNews) return LOOK_PAUSE_MS;
    const all = this.lookedAtAll + this.allAfter - performance.now();
    // Time enough that what it waits for is over.
    const worth = this.worthAfter === null ? Number.POSITIVE_INFINITY : this.worthAfter + 5;
    return Math.max(0, Math.min(all, worth));
  }

  private async look(): Promise<Look> {
    const { settings, RED } = this.context;
    const { existing, doneFile, quiet, patience } = settings;
    const isReturned = settings.answer === 'returned';
    const most = isReturned ? settings.most - this.open.size : MOST_AT_ONCE;
    if (most < 1) return 'none';
    // What could not be noted would be told again.
    await this.notes.flush();
    const { host } = jobAccess(RED);
    const { isFirst } = this;
    const watched = await this.folder();
    const journal = this.journalOf(watched);
    if (journal !== this.journal) {
      [this.journal, this.pending, this.checkedUpTo] = [journal, [], ''];
      this.lookedAtAll = Number.NEGATIVE_INFINITY;
    }
    const { pending, checkedUpTo } = this;
    const heard = this.listener.take();
    const { returned } = this;
    const open = this.open.namesIn(journal);
    this.looked = performance.now();
    const isOfAll = isFirst || heard.names === null || this.lookedAtAll + this.allAfter <= this.looked;
    const names = isOfAll ? null : heard.names;
    const input = {
      ...{ watched, journal, open },
      ...{ existing, doneFile, most, pending, checkedUpTo, names, renamed: heard.renamed },
      quiet: 1000 * quiet,
      patience: 60_000 * patience,
      again: isFirst && isReturned,
    };
    const { signal } = this.stopping;
    const found = await this.notes
      .inTurn(() => host.run('watch-folder', input, { signal }))
      .catch((error: unknown) => {
        this.listener.giveBack({ ...heard, names });
        throw error;
      });
    if (this.stopping.signal.aborted) return 'none';
    if (isOfAll) this.lookedAtAll = this.looked;
    this.worthAfter = found.worthAfter;
    const skipped = new Set(found.skipped);
    const renamed = heard.renamed.filter((name) => skipped.has(name));
    // What came back while it looked has set them free.
    this.listener.giveBack({ names: found.skipped, renamed }, open.length > 0 && returned === this.returned);
    this.listener.to(watched);
    if (isFirst && found.damaged > 0)
      this.warn(`${found.damaged} lines of the journal say nothing: what they noted may be told again`);
    this.isFirst = found.more && input.again;
    this.pending = found.pending;
    this.checkedUpTo = found.checkedUpTo;
    if (isOfAll) this.tellProblems(found.problems);
    for (const [i, file] of found.complete.entries()) {
      try {
        await this.tell(file, journal, isReturned);
      } catch (error) {
        // They are complete: what fails now is tried again with the next look.
        this.pending.push(...found.complete.slice(i).map(itsTurn));
        throw error;
      }
    }
    this.failures = 0;
    this.known = found.known;
    this.show();
    return found.more ? 'more' : 'all';
  }

  /** Where the message must come back it is noted first, so that none is lost; else after it is out. */
  private async tell(file: Complete, journal: string, isReturned: boolean): Promise<void> {
    const { node, errors } = this.context;
    // One of the same name from another folder is told when that is back.
    if (this.stopping.signal.aborted || this.open.has(file.name)) return;
    const { name, version, parts } = file;
    const tries = file.tries + 1;
    const note = (more: Partial<Noted>) => {
      const noted: Noted = { name, version, parts, state: isReturned ? 'told' : 'answered', at: Date.now(), ...more };
      this.open.unnoted.push({ journal, noted });
      return this.notes.flush();
    };
    if (isReturned && tries > MOST_TRIES) {
      const reason = `told ${MOST_TRIES} times, and no answer came before Node-RED ended`;
      await note({ state: 'failed', reason });
      errors.report(new SegmenterError('worker-lost', `${name}: ${reason}`), {
        payload: { path: file.path },
      } as NodeMessage);
      return;
    }
    if (!isReturned) {
      node.send(messageFor(file, node.id));
      return note({});
    }
    await this.notes.write([{ journal, noted: { name, version, parts, state: 'told', at: Date.now(), tries } }]);
    // What a deploy stops here is noted as told and not on its way: its successor tells it again.
    if (this.stopping.signal.aborted) return;
    this.open.add(file, journal);
    node.send(messageFor(file, node.id));
  }

  /** Below Node-RED's user folder. */
  private journalOf(watched: string): string {
    const { RED, node } = this.context;
    const { userDir = process.cwd() } = RED.settings as { userDir?: string };
    return journalFolder(path.join(userDir, 'segmenter', 'watch'), node.id, watched);
  }

  private async folder(): Promise<string> {
    const { RED, node, settings } = this.context;
    const property = { name: 'folder', value: settings.folder, type: settings.folderType };
    const text = await evaluateText(RED, node, property, {});
    if (text === undefined) throw new InvalidInputError('folder', 'the path of a folder', settings.folder);
    return text;
  }

  /** A share that is away for a night is told of once. */
  private fails(error: unknown): void {
    if (this.stopping.signal.aborted) return;
    const { errors, status } = this.context;
    if (this.failures++ === 0) errors.report(error, {} as NodeMessage);
    status.failed(error);
    const pause = this.interval * Math.min(2 ** this.failures, MOST_INTERVALS);
    this.plan(Math.min(pause, Math.max(LONGEST_PAUSE_MS, this.interval)));
  }

  private tellProblems(problems: readonly string[]): void {
    const fresh = problems.filter((problem) => !this.told.has(problem));
    if (fresh.length > 0) this.warn(listNames(fresh, '; '));
    this.told.clear();
    for (const problem of problems) this.told.add(problem);
  }

  private warn(text: string): void {
    this.context.node.warn(text);
  }

  private show(): void {
    const { status } = this.context;
    const waiting = this.pending.length;
    if (this.open.size > 0) status.waitingFor('open', { open: this.open.size, waiting });
    else if (waiting > 0) status.waitingFor('incomplete', { waiting });
    else status.waitingFor('watching', { known: this.known });
  }
}
