import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { SegmenterError } from '../../../base/errors';
import { stat } from '../../../storage/outside-files';
import { type BundleFile, bundleKey, type Offer } from '../../io/bundle';
import type { ReceivedFiles } from './received-files';
import { RunKeeper } from './saved-run';

/** A file that may be read, as it was when it was listed. */
interface OfferedFile extends Omit<BundleFile, 'name'> {
  path: string;
}

/** What workers may read and write for one job. */
export class DeskJob {
  readonly token = randomBytes(32).toString('base64url');
  readonly run: RunKeeper;
  private readonly bundles = new Map<string, Offer>();
  private readonly files = new Map<string, OfferedFile>();
  users = 0;

  constructor(
    offers: readonly Offer[],
    readonly received: ReceivedFiles,
  ) {
    this.run = new RunKeeper(received);
    for (const offer of offers) this.add(offer);
  }

  /** Lists the files of a bundle. @throws SegmenterError `not-found` */
  bundle(key: string): Offer['bundle'] {
    const found = this.bundles.get(key);
    if (!found) throw new SegmenterError('not-found', `this job names no files ${key}`);
    return found.bundle;
  }

  /**
   * Finds a file by what it holds: one that the job names, or that a worker sent for it.
   * @throws SegmenterError `not-found`; `changed` where it is not what was listed any more
   */
  async file(sha256: string): Promise<{ path: string; size: number }> {
    const offered = this.files.get(sha256);
    if (offered) return requireUnchanged(offered);
    const received = await this.received.pathOf(sha256);
    if (received === null) throw new SegmenterError('not-found', `this job names no file ${sha256}`);
    return { path: received, size: (await stat(received)).size };
  }

  private add(offer: Offer): void {
    this.bundles.set(bundleKey(offer.bundle), offer);
    for (const [i, { name: _, ...file }] of offer.bundle.files.entries()) {
      this.files.set(file.sha256, { ...file, path: offer.paths[i] });
    }
  }
}

/**
 * What a host gives to workers that share no folder with it, and takes from them: only what jobs at work name, by what it holds,
 * from whoever has the job's own token.
 */
export class TransferDesk {
  /** of this process: what is asked for anew after a restart is another job */
  readonly id = randomBytes(8).toString('hex');
  private readonly jobs = new Map<string, DeskJob>();

  /** Opens the desk for a job, or joins who asked for the same. @param id 32 to 64 hexadecimal digits */
  admit(id: string, make: () => DeskJob): DeskJob {
    const job = this.jobs.get(id) ?? make();
    this.jobs.set(id, job);
    job.users++;
    return job;
  }

  /** Ends a job for one who asked for it. @returns whether nobody else does: its token is worth nothing any more */
  dismiss(id: string): boolean {
    const job = this.jobs.get(id);
    if (!job || --job.users > 0) return false;
    this.jobs.delete(id);
    return true;
  }

  /** @throws SegmenterError `not-allowed`, the same for a job that is not at work and for a wrong token */
  require(id: string, token: string): DeskJob {
    const job = this.jobs.get(id);
    // As long as for a job that is there.
    if (isSame(token, job?.token ?? this.id) && job) return job;
    throw new SegmenterError('not-allowed', 'no job at work here has this number and token; was Node-RED restarted?');
  }
}

/** Compares in a time that does not tell how much of it is right. */
function isSame(a: string, b: string): boolean {
  const [one, other] = [a, b].map((text) => createHash('sha256').update(text).digest());
  return timingSafeEqual(one, other);
}

async function requireUnchanged(file: OfferedFile): Promise<{ path: string; size: number }> {
  const status = await stat(file.path).catch((cause: NodeJS.ErrnoException) => {
    if (cause instanceof SegmenterError) throw cause;
    throw new SegmenterError('not-found', `${file.path} is gone since the job was handed in`, {}, { cause });
  });
  const isSameTime = file.modified === 0 || Math.round(status.mtimeMs) === file.modified;
  if (status.size === file.size && isSameTime) return file;
  throw new SegmenterError('changed', `${file.path} was overwritten since the job was handed in; send it again`);
}
