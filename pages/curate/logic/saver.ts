import type { Decision } from '../../../src/curation/decision';
import type { Conflict, SaveRequest } from '../../../src/curation/page-api';
import { RefusedError } from '../../shared/logic/refused-error';

/** What became of a save that the server answered. */
export type SaveOutcome = { kind: 'saved'; revision: number } | { kind: 'conflict'; conflict: Conflict };

export interface SaveStatus {
  kind: 'saved' | 'saving' | 'waiting' | 'refused' | 'conflict';
  /** images that are not saved yet */
  unsaved: number;
  /** why, where it is refused */
  message: string | null;
}

/** Where unsaved decisions outlive a closed browser: the part of `localStorage` that is needed. */
export interface Keep {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

interface Pending extends SaveRequest {
  id: string;
  conflict?: Conflict;
  refused?: string;
}

export interface SaverOptions {
  put(id: string, request: SaveRequest): Promise<SaveOutcome>;
  keep: Keep;
  /** of this page in `keep` */
  key: string;
  onStatus(status: SaveStatus): void;
  onSaved(id: string, revision: number, decision: Decision): void;
  onConflict(id: string, conflict: Conflict, mine: Decision): void;
  setTimer?(run: () => void, milliseconds: number): unknown;
}

/** A pause in drawing after which a decision is sent, milliseconds. */
const PAUSE = 250;
const FIRST_RETRY = 1000;
const LONGEST_RETRY = 15_000;

/**
 * Saves decisions soon after they were made, each image's last one, one request at a time. Without a network they wait
 * here and in the browser's storage. Where someone else saved in between, both decisions are handed out and nothing is
 * sent until one was chosen.
 */
export class Saver {
  private readonly pending = new Map<string, Pending>();
  private sending: Pending | null = null;
  private offline = false;
  private retryAfter = FIRST_RETRY;
  private turn = 0;

  constructor(private readonly options: SaverOptions) {
    for (const entry of readKept(options.keep, options.key)) this.pending.set(entry.id, entry);
  }

  /** What was decided here and is not saved yet, also before the browser was closed. */
  unsaved(id: string): { decision: Decision; revision: number } | undefined {
    return this.pending.get(id) ?? (this.sending?.id === id ? this.sending : undefined);
  }

  /** Takes note of a decision. @param revision the one it was made on */
  change(id: string, revision: number, decision: Decision): void {
    const known = this.pending.get(id);
    this.pending.set(id, { id, revision: known?.revision ?? revision, decision, conflict: known?.conflict });
    this.remember();
    this.report();
    if (!this.offline) this.later(PAUSE);
  }

  /** Sends now what waits: the network is back, someone logged in, or the page is left. */
  flush(): void {
    this.turn++;
    void this.send();
  }

  /** A conflict that waits for a choice. */
  nextConflict(): { id: string; conflict: Conflict; mine: Decision } | null {
    for (const { id, conflict, decision } of this.pending.values())
      if (conflict) return { id, conflict, mine: decision };
    return null;
  }

  /** Ends a conflict. @returns the decision and revision that hold now */
  resolve(id: string, choice: 'mine' | 'theirs'): { decision: Decision; revision: number } | null {
    const entry = this.pending.get(id);
    if (!entry?.conflict) return null;
    const { revision, decision: theirs } = entry.conflict;
    if (choice === 'theirs') this.pending.delete(id);
    else this.pending.set(id, { id, revision, decision: entry.decision });
    this.remember();
    this.report();
    this.flush();
    return { decision: choice === 'theirs' ? theirs : entry.decision, revision };
  }

  private later(milliseconds: number): void {
    const turn = ++this.turn;
    const setTimer = this.options.setTimer ?? setTimeout;
    setTimer(() => {
      if (turn === this.turn) void this.send();
    }, milliseconds);
  }

  private async send(): Promise<void> {
    if (this.sending) return;
    const next = [...this.pending.values()].find(({ conflict, refused }) => !conflict && refused === undefined);
    if (!next) return;
    this.sending = next;
    this.pending.delete(next.id);
    this.report();
    try {
      const { revision, decision } = next;
      const outcome = await this.options.put(next.id, { revision, decision });
      this.sending = null;
      this.offline = false;
      this.retryAfter = FIRST_RETRY;
      this.settle(next, outcome);
    } catch (error) {
      this.sending = null;
      this.fail(next, error);
    }
    this.remember();
    this.report();
    if (!this.offline) void this.send();
  }

  private settle(sent: Pending, outcome: SaveOutcome): void {
    const newer = this.pending.get(sent.id);
    if (outcome.kind === 'saved') {
      if (newer) this.pending.set(sent.id, { ...newer, revision: outcome.revision });
      this.options.onSaved(sent.id, outcome.revision, sent.decision);
      return;
    }
    const mine = newer?.decision ?? sent.decision;
    this.pending.set(sent.id, { ...sent, decision: mine, conflict: outcome.conflict });
    this.options.onConflict(sent.id, outcome.conflict, mine);
  }

  private fail(sent: Pending, error: unknown): void {
    const newer = this.pending.get(sent.id);
    // Who logs in again has their decisions saved.
    const refused = error instanceof RefusedError && error.status !== 401 ? error.message : undefined;
    this.pending.set(sent.id, newer ? { ...newer, revision: sent.revision } : { ...sent, refused });
    if (refused !== undefined) return;
    this.offline = true;
    this.later(this.retryAfter);
    this.retryAfter = Math.min(LONGEST_RETRY, 2 * this.retryAfter);
  }

  private report(): void {
    const entries = [...this.pending.values()];
    const unsaved = new Set([...entries.map(({ id }) => id), ...(this.sending ? [this.sending.id] : [])]).size;
    const message = entries.find(({ refused }) => refused !== undefined)?.refused ?? null;
    const kind =
      unsaved === 0
        ? 'saved'
        : entries.some(({ conflict }) => conflict)
          ? 'conflict'
          : message !== null
            ? 'refused'
            : this.offline
              ? 'waiting'
              : 'saving';
    this.options.onStatus({ kind, unsaved, message });
  }

  /** What is on its way counts as unsaved until it was answered. */
  private remember(): void {
    const { keep, key } = this.options;
    const entries = [...(this.sending ? [this.sending] : []), ...this.pending.values()];
    try {
      if (entries.length === 0) keep.removeItem(key);
      else keep.setItem(key, JSON.stringify(entries.map(({ id, revision, decision }) => ({ id, revision, decision }))));
    } catch {
      // A full or forbidden storage: decisions still wait in this page.
    }
  }
}

function readKept(keep: Keep, key: string): Pending[] {
  try {
    const kept: unknown = JSON.parse(keep.getItem(key) ?? '[]');
    return Array.isArray(kept) ? kept.filter(isPending) : [];
  } catch {
    return [];
  }
}

function isPending(value: unknown): value is Pending {
  const entry = value as Partial<Pending> | null;
  return typeof entry?.id === 'string' && typeof entry.revision === 'number' && typeof entry.decision === 'object';
}
