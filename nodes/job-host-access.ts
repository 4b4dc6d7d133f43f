import type { Node, NodeAPI } from 'node-red';
import { InvalidInputError } from '../src/base/errors';
import { hostSettings } from '../src/jobs/host/host-settings';
import { HostUsers } from '../src/jobs/host/host-users';
import { createJobHost, type JobHost } from '../src/jobs/host/job-host';
import { uploader } from '../src/jobs/host/uploads';
import type { ComputeSettings, HostSettings } from '../src/jobs/job-types';
import { DEFAULT_RETRIES, type RetrySettings } from '../src/jobs/settings';
import { queueOf } from './queues';

/** The job host of this Node-RED and the settings it was made with. */
export interface JobAccess {
  /** tests put a fake in its place */
  readonly host: JobHost;
  readonly settings: HostSettings;
  /** Keeps bytes that came with a message as a file of the scratch store. @returns its path */
  storeUpload(bytes: Uint8Array, filename: string): Promise<string>;
}

/** Module state on purpose: one host for all nodes, kept over deploys. */
let current: JobAccess | null = null;
let injected: JobAccess | null = null;

/** The nodes that may hand out work; outlives them over a deploy. */
export const hostUsers = new HostUsers({
  release: async (compute) => existingJobAccess()?.host.release(compute),
  shutdown: shutDownJobHost,
});

/**
 * Gives the job host, made on first use.
 * @throws SegmenterError `invalid-input` when `segmenter` in settings.js is not as expected
 */
export function jobAccess(RED: NodeAPI): JobAccess {
  if (injected) return injected;
  if (!current) {
    const settings = hostSettings(RED.settings as { segmenter?: unknown; userDir?: string; lang?: unknown });
    current = { settings, host: createJobHost(settings, { elsewhere: queueOf }), storeUpload: uploader(settings) };
  }
  return current;
}

/** Gives how often nodes try again what a lost worker, a full disk or a share that is away made fail. */
export function retriesOf(RED: NodeAPI): RetrySettings {
  return jobAccess(RED).settings.retries ?? DEFAULT_RETRIES;
}

/** Gives the job host where one was made. */
export function existingJobAccess(): JobAccess | null {
  return injected ?? current;
}

/** Ends every worker; the next job starts anew. */
async function shutDownJobHost(): Promise<void> {
  const access = existingJobAccess();
  current = null;
  await access?.host.shutdown();
}

/** Gives nodes, in tests, this host instead of one with processes; null ends it. */
export function injectJobAccess(access: JobAccess | null): void {
  injected = access;
}

export type { ComputeSettings };

/** Messages, which are small, that may wait where no compute node says how many. */
const MOST_WAITING = 10_000;

/** Where the work runs when a node names no compute node. */
export const DEFAULT_COMPUTE: ComputeSettings = {
  engine: 'auto',
  device: 'auto',
  threads: 0,
  precision: 'float32',
  memoryMB: 0,
  queue: MOST_WAITING,
};

/** A running compute node. */
export interface ComputeNode extends Node {
  compute: ComputeSettings | null;
}

/**
 * Gives the settings of the compute node with this id; the defaults where the id is blank.
 * @throws InvalidInputError where there is no such node, or its own settings are wrong
 */
export function computeOf(RED: NodeAPI, id: string): ComputeSettings {
  if (id === '') return DEFAULT_COMPUTE;
  const node = RED.nodes.getNode(id) as ComputeNode | null;
  if (!node?.compute) throw new InvalidInputError('compute', 'a compute node that is enabled and valid', id);
  return node.compute;
}
