import path from 'node:path';
import { SegmenterError } from '../../base/errors';
import { Scratch } from '../../storage/scratch';
import type { HostSettings } from '../job-types';

/** How long the disk may take for an upload, milliseconds, and for each MB of it. */
const PATIENCE_MS = 30_000;
const PATIENCE_MS_PER_MB = 1000;

export interface UploadOptions {
  open?: typeof Scratch.open;
  patienceMs?: number;
}

interface Upload {
  bytes: Uint8Array;
  filename: string;
  done: (file: string) => void;
  failed: (error: unknown) => void;
}

/**
 * Returns what keeps bytes that came with messages as files of the scratch store, written in this very process one after
 * another: a disk that does not answer holds one of its four file threads, and everything that waits for it fails with
 * `timeout`. A store that could not be opened is tried again with the next upload.
 */
export function uploader(
  { scratchFolder, scratchQuotaMB }: Pick<HostSettings, 'scratchFolder' | 'scratchQuotaMB'>,
  { open = Scratch.open, patienceMs = PATIENCE_MS }: UploadOptions = {},
): (bytes: Uint8Array, filename: string) => Promise<string> {
  let store: Scratch | null = null;
  let busy = false;
  /** why nothing is taken: set while a write takes too long, until it ends after all */
  let stuck: SegmenterError | null = null;
  const waiting: Upload[] = [];

  const save = async ({ bytes, filename }: Upload): Promise<string> => {
    store ??= await open({ folder: scratchFolder, quotaMB: scratchQuotaMB, housekeeping: false });
    const name = path.basename(filename);
    const extension = /(\.ome)?\.[A-Za-z0-9]{1,8}$/.exec(name)?.[0] ?? '';
    return store.saveBytes(bytes, name.slice(0, name.length - extension.length), extension);
  };

  const next = (): void => {
    if (busy) return;
    const upload = waiting.shift();
    if (!upload) return;
    busy = true;
    const limit = patienceMs + (upload.bytes.byteLength / 2 ** 20) * PATIENCE_MS_PER_MB;
    const timer = setTimeout(() => {
      stuck = noAnswer(scratchFolder, limit);
      for (const { failed } of [upload, ...waiting.splice(0)]) failed(stuck);
    }, limit);
    save(upload)
      .then(upload.done, upload.failed)
      .finally(() => {
        clearTimeout(timer);
        stuck = null;
        busy = false;
        next();
      });
  };

  return (bytes, filename) =>
    new Promise((done, failed) => {
      if (stuck) return failed(stuck);
      waiting.push({ bytes, filename, done, failed });
      next();
    });
}

function noAnswer(folder: string, limit: number): SegmenterError {
  const text =
    `the scratch folder ${folder} did not answer for ${Math.round(limit / 1000)} s: see that its disk is connected, ` +
    'or set segmenter.scratch to a local one';
  return new SegmenterError('timeout', text, { path: folder });
}
