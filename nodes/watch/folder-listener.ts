import type { NodeAPI } from 'node-red';
import type { FolderNews } from '../../src/acquisition/folder-events';
import { messageOf } from '../../src/base/errors';
import { jobAccess } from '../job-host-access';

/** A folder that cannot be listened to is tried again after so many milliseconds, at first and at most. */
const [FIRST_PAUSE_MS, LONGEST_PAUSE_MS] = [10_000, 600_000];
/** Names that wait for a look; with more all there is is looked at. */
const MOST_NAMES = 5000;

/** What a look need look at, and why. */
export interface Heard {
  /** null: all there is */
  names: string[] | null;
  renamed: string[];
}

/**
 * Listens to what the system tells of a watched folder, so that looks come when there is something to see. It is help, and no
 * more: where the system does not tell, or not all, the folder is looked at now and then as ever.
 */
export class FolderListener {
  private watched: string | null = null;
  private ending: AbortController | null = null;
  private ended: Promise<void> = Promise.resolve();
  private timer: NodeJS.Timeout | null = null;
  private pause = FIRST_PAUSE_MS;
  private names = new Set<string>();
  private renamed = new Set<string>();
  /** to be looked at with others: what they lead to is on its way */
  private later = new Set<string>();
  private isWhole = false;
  private said = '';
  /** whether all that happens is heard of */
  isSure = false;

  /**
   * @param news called when there is something to look at
   * @param say told how the folder is watched, and why; once
   */
  constructor(
    private readonly RED: NodeAPI,
    private readonly news: () => void,
    private readonly say: (how: string) => void,
  ) {}

  /** Listens to a folder, and to no other. */
  to(watched: string): void {
    if (watched === this.watched) return;
    void this.end();
    this.watched = watched;
    this.begin();
  }

  async end(): Promise<void> {
    this.watched = null;
    this.isSure = false;
    if (this.timer) clearTimeout(this.timer);
    this.ending?.abort();
    await this.ended;
  }

  /** Takes what was heard since it was asked the last time. */
  take(): Heard {
    const heard = { names: this.isWhole ? null : [...this.names, ...this.later], renamed: [...this.renamed] };
    this.isWhole = false;
    this.names = new Set();
    this.later = new Set();
    this.renamed = new Set();
    return heard;
  }

  /** Whether there is something to look at. */
  get hasNews(): boolean {
    return this.isWhole || this.names.size > 0;
  }

  /**
   * What was taken is to be looked at again: the look failed, or left it out.
   * @param isLater whether with the next look alone, as it can find nothing before
   */
  giveBack({ names, renamed }: Heard, isLater = false): void {
    if (!isLater || names === null) this.add({ names, renamed });
    else {
      for (const name of names) this.later.add(name);
      for (const name of renamed) this.renamed.add(name);
    }
  }

  /** What was left for later may be looked at: something has come back. */
  recall(): void {
    for (const name of this.later) this.names.add(name);
    this.later = new Set();
  }

  private begin(): void {
    const { watched } = this;
    if (watched === null) return;
    const ending = new AbortController();
    this.ending = ending;
    const onProgress = ({ news }: { news?: FolderNews }) => {
      if (ending.signal.aborted || !news) return;
      this.isSure = news.isSure;
      this.pause = FIRST_PAUSE_MS;
      this.tell(
        news.isSure ? 'the system tells of what comes' : 'looks, and the system tells of what comes from this machine',
      );
      if (this.add(news)) this.news();
    };
    const run = () => jobAccess(this.RED).host.run('folder-events', { watched }, { signal: ending.signal, onProgress });
    this.ended = Promise.resolve()
      .then(run)
      .then(
        () => undefined,
        (error: unknown) => {
          this.isSure = false;
          if (ending.signal.aborted) return;
          this.tell(`looks only: ${messageOf(error)}`);
          this.timer = setTimeout(() => this.begin(), this.pause).unref();
          this.pause = Math.min(2 * this.pause, LONGEST_PAUSE_MS);
          // Who relied on hearing of everything looks by itself from now on.
          this.isWhole = true;
          this.news();
        },
      );
  }

  /** @returns whether there is something to look at */
  private add({ names, renamed }: Heard): boolean {
    if (names === null || this.names.size + names.length > MOST_NAMES) this.isWhole = true;
    else for (const name of names) this.names.add(name);
    // Where nothing comes back for weeks no look takes them; the others are waited for as any file is.
    for (const name of renamed.slice(0, Math.max(0, MOST_NAMES - this.renamed.size))) this.renamed.add(name);
    return this.hasNews;
  }

  private tell(how: string): void {
    if (how !== this.said) this.say(how);
    this.said = how;
  }
}
