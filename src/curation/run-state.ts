import path from 'node:path';
import { type Static, Type } from '#typebox';
import { CorruptFileError, SegmenterError } from '../base/errors';
import { prepareCheck, validate } from '../base/schema';
import { writeFileAtomic } from '../storage/atomic-file';
import { fileError } from '../storage/file-error';
import { readUnlinkedText } from '../storage/outside-files';
import type { FinishAnswer } from './page-api';
import type { ReviewFolder } from './review-folder';

/** What a run keeps beside the decisions, which are the review folder's. */
const RunStateSchema = Type.Object(
  {
    version: Type.Literal(1),
    /** samples that failed before they came, by id */
    failed: Type.Record(Type.String(), Type.Object({ id: Type.String() }, { additionalProperties: true })),
    /** whether curated samples are on their way: a restart sends them again */
    sending: Type.Boolean(),
    /** when the last run ended; ISO 8601 */
    finished: Type.Union([Type.String(), Type.Null()]),
    /** revision of each sample that was sent on */
    sent: Type.Record(Type.String(), Type.Integer({ minimum: 0 })),
  },
  { additionalProperties: false },
);
export type RunState = Static<typeof RunStateSchema>;

const NEW: RunState = { version: 1, failed: {}, sending: false, finished: null, sent: {} };

/** Does the slow part of the first check at a time that suits. */
export function prepareRunStateCheck(): void {
  prepareCheck(RunStateSchema);
}

/** The state of a run in a small file, which is written on every change. */
export class RunStateFile {
  private writing: Promise<void> = Promise.resolve();

  private constructor(
    private readonly file: string,
    private state: RunState,
  ) {}

  /** @throws SegmenterError `corrupt-file` naming the file */
  static async open(folder: string): Promise<RunStateFile> {
    const file = path.join(folder, 'run', 'state.json');
    const text = await readUnlinkedText(file).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null;
      throw fileError(error, 'read', file);
    });
    return new RunStateFile(file, text === null ? NEW : parse(text, file));
  }

  get value(): RunState {
    return this.state;
  }

  /** Gives the revision of a sample that was sent on. */
  sentRevision(id: string): number | undefined {
    return Object.hasOwn(this.state.sent, id) ? this.state.sent[id] : undefined;
  }

  /** Resolves when the change is on disk. */
  update(change: Partial<RunState>): Promise<void> {
    this.state = { ...this.state, ...change };
    const write = () => writeFileAtomic(this.file, JSON.stringify(this.state));
    // What comes later holds what came before.
    this.writing = this.writing.catch(() => undefined).then(write);
    return this.writing;
  }

  reset(): Promise<void> {
    return this.update(NEW);
  }
}

function parse(text: string, file: string): RunState {
  try {
    return validate(RunStateSchema, JSON.parse(text), 'state');
  } catch (error) {
    if (!(error instanceof SegmenterError) && !(error instanceof SyntaxError)) throw error;
    throw new CorruptFileError(file, `no state of a curation: ${error.message}`, {}, { cause: error });
  }
}

/** What is open of a review folder. */
export interface OpenReview {
  review: ReviewFolder;
  state: RunStateFile;
}

/** Counts how many samples are in each state. */
export function countsOf(review: ReviewFolder): FinishAnswer {
  const counts = { used: 0, rejected: 0, undecided: 0 };
  for (const { state } of review.list()) counts[state]++;
  return counts;
}

/** Tells whether what is used was sent on as it is, and nothing else. */
export function isFinished(review: ReviewFolder, run: RunStateFile): boolean {
  if (run.value.sending || run.value.finished === null) return false;
  return review
    .list()
    .every(({ id, state, revision }) => run.sentRevision(id) === (state === 'used' ? revision : undefined));
}

/** Who has which folder open in this process. */
const owners = new Map<string, string>();

/**
 * Claims a review folder for one node: two would send each other's samples, and each would forget what the other sent.
 * @param folder its real path
 * @param owner what the node is called in errors
 * @param signal set when the node stops: then the folder is free again
 * @returns a function that gives the folder back before
 * @throws SegmenterError `busy` naming the node that has it
 */
export function claimFolder(folder: string, owner: string, signal: AbortSignal): () => void {
  signal.throwIfAborted();
  const other = owners.get(folder);
  if (other !== undefined) {
    const message = `${folder}: the node ${other} keeps its curation there; expected a folder of this node alone`;
    throw new SegmenterError('busy', message, { folder, other });
  }
  owners.set(folder, owner);
  const release = () => {
    signal.removeEventListener('abort', release);
    owners.delete(folder);
  };
  signal.addEventListener('abort', release);
  return release;
}
