import { computeIdentity } from '../src/jobs/host/compute-identity';
import { AWAY_GRACE_MS, SAVE_WITHIN_MS } from '../src/jobs/host/training-jobs';
import type { ComputeSettings } from '../src/jobs/job-types';
import { existingJobAccess, shutDownJobHost } from './job-host-access';

/**
 * How long workers outlive nodes that were stopped but not deleted: a deploy stops and starts them. A training that is
 * given up has saved its state by then.
 */
const GRACE_MS = AWAY_GRACE_MS + SAVE_WITHIN_MS + 1000;

interface User {
  /** null: the node computes nothing itself */
  compute: ComputeSettings | null;
  present: boolean;
}

/** Module state on purpose: it outlives the nodes over a deploy. By node id. */
const users = new Map<string, User>();
let pending: NodeJS.Timeout | null = null;

/** A node starts that may hand out work with these settings; workers of its former settings are let go at once. */
export function register(nodeId: string, compute: ComputeSettings | null): void {
  const former = users.get(nodeId);
  users.set(nodeId, { compute, present: true });
  if (former) releaseUnused(former.compute);
}

/** A node stops. When it was deleted, what only it used is freed at once, else after a grace time. */
export async function unregister(nodeId: string, removed: boolean): Promise<void> {
  const user = users.get(nodeId);
  if (!user) return;
  user.present = false;
  if (removed) {
    users.delete(nodeId);
    await releaseUnused(user.compute);
    return;
  }
  if (pending) clearTimeout(pending);
  pending = setTimeout(sweep, GRACE_MS).unref();
}

function sweep(): void {
  pending = null;
  const gone = [...users].filter(([, user]) => !user.present);
  for (const [id] of gone) users.delete(id);
  for (const [, user] of gone) releaseUnused(user.compute);
}

/** Workers hold models in memory; nobody may need the host at all any more. */
async function releaseUnused(compute: ComputeSettings | null): Promise<void> {
  if (users.size === 0) return shutDownJobHost();
  if (!compute) return;
  const identity = computeIdentity(compute);
  const used = [...users.values()].some((user) => user.compute !== null && computeIdentity(user.compute) === identity);
  if (!used) await existingJobAccess()?.host.release(compute);
}
