import path from 'node:path';
import { Type } from '@sinclair/typebox';
import type { NodeAPI } from 'node-red';
import { validate } from '../src/base/validate';
import { createJobHost } from '../src/jobs/host/job-host';
import type { ComputeSettings, EngineSurvey, HostSettings, JobRunner } from '../src/jobs/job-types';
import { defaultCacheFolder } from '../src/storage/paths';
import { defaultRoots } from '../src/storage/roots';
import { uploader } from './uploads';

/** What the nodes use of a job host; tests put a fake in its place. */
export interface JobHostLike extends JobRunner {
  survey(signal?: AbortSignal): Promise<EngineSurvey>;
  release(compute: ComputeSettings): Promise<void>;
  shutdown(): Promise<void>;
}

/** The job host of this Node-RED and the settings it was made with. */
export interface JobAccess {
  readonly host: JobHostLike;
  readonly settings: HostSettings;
  /** Keeps bytes that came with a message as a file of the scratch store. @returns its path */
  storeUpload(bytes: Uint8Array, filename: string): Promise<string>;
}

/** `segmenter` in Node-RED's settings.js. */
const SegmenterSettingsSchema = Type.Object(
  {
    roots: Type.Optional(Type.Array(Type.String({ minLength: 1 }), { minItems: 1 })),
    servers: Type.Optional(Type.Array(Type.String({ pattern: '^https?://' }))),
    models: Type.Optional(Type.String({ minLength: 1 })),
    scratch: Type.Optional(Type.String({ minLength: 1 })),
    scratchQuotaMB: Type.Optional(Type.Number({ exclusiveMinimum: 0 })),
  },
  { additionalProperties: false },
);

const SCRATCH_QUOTA_MB = 20_000;

/** Module state on purpose: one host for all nodes, kept over deploys. */
let current: JobAccess | null = null;
let injected: JobAccess | null = null;

/**
 * The job host, made on first use.
 * @throws SegmenterError `invalid-input` when `segmenter` in settings.js is not as expected
 */
export function jobAccess(RED: NodeAPI): JobAccess {
  if (injected) return injected;
  if (!current) {
    const settings = hostSettings(RED.settings as { segmenter?: unknown; userDir?: string });
    current = { settings, host: createJobHost(settings), storeUpload: uploader(settings) };
  }
  return current;
}

/** The job host where one was made. */
export function existingJobAccess(): JobAccess | null {
  return injected ?? current;
}

/** Ends every worker; the next job starts anew. */
export async function shutDownJobHost(): Promise<void> {
  const access = existingJobAccess();
  current = null;
  await access?.host.shutdown();
}

/** For tests: nodes get this host instead of one with processes; null ends it. */
export function injectJobAccess(access: JobAccess | null): void {
  injected = access;
}

/**
 * What `settings.js` says, and the defaults where it says nothing: reading and writing in the user's home, the system's
 * temporary folder and Node-RED's user folder, nothing from the network; models in the latter; the scratch store in the
 * system's cache folder.
 */
export function hostSettings(settings: { segmenter?: unknown; userDir?: string }): HostSettings {
  const given = validate(SegmenterSettingsSchema, settings.segmenter ?? {}, 'segmenter (settings.js)');
  const userDir = settings.userDir ?? process.cwd();
  return {
    roots: given.roots ?? [...defaultRoots(), userDir],
    servers: given.servers ?? [],
    modelsFolder: given.models ?? path.join(userDir, 'segmenter', 'models'),
    scratchFolder: given.scratch ?? defaultCacheFolder(),
    scratchQuotaMB: given.scratchQuotaMB ?? SCRATCH_QUOTA_MB,
  };
}
