import type { ComputeSettings } from '../job-types';
import type { JobHost } from './job-host';
import { AWAY_GRACE_MS, computeIdentity, SAVE_WITHIN_MS } from './training-jobs';

/**
 * How long workers outlive users that were stopped but not removed: a deploy stops and starts them. A training that is
 * given up has saved its state by then.
 */
const GRACE_MS = AWAY_GRACE_MS + SAVE_WITHIN_MS + 1000;

interface User {
  /** null: it computes nothing itself */
  compute: ComputeSettings | null;
  present: boolean;
}

/** Knows who may hand out work to a host, by id, so that it frees what nobody needs any more. */
export class HostUsers {
  private readonly users = new Map<string, User>();
  private pending: NodeJS.Timeout | null = null;

  constructor(private readonly host: Pick<JobHost, 'release' | 'shutdown'>) {}

  /** Notes a user that starts and may hand out work with these settings; workers of its former ones are let go at once. */
  register(id: string, compute: ComputeSettings | null): void {
    const former = this.users.get(id);
    this.users.set(id, { compute, present: true });
    if (former) this.releaseUnused(former.compute);
  }

  /** Notes that a user stops. When it was removed, what only it used is freed at once, else after a grace time. */
  async unregister(id: string, removed: boolean): Promise<void> {
    const user = this.users.get(id);
    if (!user) return;
    user.present = false;
    if (removed) {
      this.users.delete(id);
      await this.releaseUnused(user.compute);
      return;
    }
    if (this.pending) clearTimeout(this.pending);
    this.pending = setTimeout(() => this.sweep(), GRACE_MS).unref();
  }

  private sweep(): void {
    this.pending = null;
    const gone = [...this.users].filter(([, user]) => !user.present);
    for (const [id] of gone) this.users.delete(id);
    for (const [, user] of gone) this.releaseUnused(user.compute);
  }

  /** Workers hold models in memory; nobody may need the host at all any more. */
  private async releaseUnused(compute: ComputeSettings | null): Promise<void> {
    if (this.users.size === 0) return this.host.shutdown();
    if (!compute) return;
    const identity = computeIdentity(compute);
    const isUsed = [...this.users.values()].some((user) => user.compute && computeIdentity(user.compute) === identity);
    if (!isUsed) await this.host.release(compute);
  }
}
