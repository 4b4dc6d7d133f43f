import path from 'node:path';
import { ownPackage } from '../src/base/own-package';
import { canonicalHash } from '../src/base/plain-json';
import type { HostSettings, JobRunner } from '../src/jobs/job-types';
import { queueAddress, withoutCredentials } from '../src/jobs/queue/address';
import type { Level } from '../src/jobs/queue/job-data';
import { QueueRunner, type QueueState } from '../src/jobs/queue/queue-runner';
import { foldersByTheirNames, parseSharedFolders, type SharedFolder } from '../src/jobs/queue/shared-folders';
import { isInside } from '../src/storage/paths';
import { transferOf } from './transfer';

/** What a compute node says of its queue. */
export interface QueueSettings {
  address: string;
  user: string;
  password: string;
  folders: string;
  /** whether what lies in none of them is sent by this Node-RED, and where that is; blank: by the name of this machine */
  files: 'shared' | 'sent';
  ownAddress: string;
  priority: Level;
}

/** How long a queue outlives its compute node over a deploy, whose nodes go on with what they wait for. */
const GRACE_MS = 75_000;

interface OpenQueue {
  settings: string;
  runner: QueueRunner;
  closing: NodeJS.Timeout | null;
}

/** Module state on purpose: what waits for other machines waits on over a deploy. */
const open = new Map<string, OpenQueue>();

/**
 * Opens the queue of a compute node, or goes on with the one that it had.
 * @throws InvalidInputError for an address or folders that are wrong; SegmenterError `unsupported` where packages are missing
 */
export function openQueue(
  id: string,
  queue: QueueSettings,
  { settings, server }: { settings: HostSettings; server: Parameters<typeof transferOf>[0] },
  local: () => JobRunner,
): void {
  const known = open.get(id);
  const own = canonicalHash({ ...queue, modelsFolder: settings.modelsFolder, roots: settings.roots });
  if (known?.settings === own) {
    if (known.closing) clearTimeout(known.closing);
    known.closing = null;
    return;
  }
  const { address, user, password, folders, files, ownAddress, priority: level } = queue;
  const shared = folders.trim() === '' ? sharedByThemselves(settings) : parseSharedFolders(folders);
  const transfer = files === 'sent' ? transferOf(server, ownAddress, settings, shared) : undefined;
  const runner = new QueueRunner({
    address: queueAddress(withoutCredentials(address), { user, password }),
    ...{ folders: shared, settings, local, level, version: ownPackage().version, flow: id, transfer },
  });
  if (known) void end(id, known);
  open.set(id, { settings: own, runner, closing: null });
}

/** The allowed folders, and that of the models where it lies in none of them. */
function sharedByThemselves({ roots, modelsFolder }: HostSettings): SharedFolder[] {
  const holds = (root: string) => isInside(path.resolve(root), path.resolve(modelsFolder));
  return foldersByTheirNames(roots.some(holds) ? roots : [...roots, modelsFolder]);
}

/** Closes the queue of a compute node that stops. @param removed it does not come back: what waits is cancelled */
export async function closeQueue(id: string, removed: boolean): Promise<void> {
  const known = open.get(id);
  if (!known) return;
  if (removed) await end(id, known);
  else known.closing = setTimeout(() => void end(id, known), GRACE_MS).unref();
}

/** Gives what has work done by other machines. */
export function queueOf(id: string): QueueRunner | null {
  return open.get(id)?.runner ?? null;
}

/** Tells of all open queues, by the ids of their compute nodes. */
export async function queueStates(): Promise<Array<{ id: string; state: QueueState }>> {
  return Promise.all([...open].map(async ([id, { runner }]) => ({ id, state: await runner.state() })));
}

async function end(id: string, queue: OpenQueue): Promise<void> {
  if (queue.closing) clearTimeout(queue.closing);
  if (open.get(id) === queue) open.delete(id);
  await queue.runner.close();
}
