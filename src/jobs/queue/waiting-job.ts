import { CancelledError, type SegmenterError } from '../../base/errors';
import type { ComputingJobName, EngineChoice, JobProgress, JobRunOptions } from '../job-types';
import type { Answer, Asked, Told } from './job-data';
import type { Verdict } from './pending-job';

/** A worker that was told to cancel is waited for so long, in milliseconds. */
const CANCEL_MS = 4500;
/** A job that the server forgot is handed in again so often, ... */
const MOST_AGAIN = 5;
/** ... after so long where the server does not answer. */
const AGAIN_MS = 1000;
/** A training that waits for its worker need not ask often. */
const SAVE_MS = 9000;

/** One job, as its queue deals with it. */
export interface JobDesk {
  name: ComputingJobName;
  /** Hands the job in. @returns its id, another one each time */
  add(): Promise<string>;
  /** Has a verdict told whenever there is one. @returns what ends that */
  watch(id: string, onVerdict: (verdict: Verdict) => void): () => void;
  ask(id: string, asked: Asked): Promise<void>;
  forget(id: string): Promise<void>;
  /** what is thrown where the server loses the job again and again */
  lost(): SegmenterError;
}

/** A job that was handed in, from then to its end: what its worker tells, and what is asked of that. */
export class WaitingJob<K extends ComputingJobName> {
  private id = '';
  private again = 0;
  private saves = 0;
  private isOver = false;
  private readonly heard = new Map<string, string>();
  private readonly savers = new Set<{ number: number; done: () => void }>();
  private grace: NodeJS.Timeout | undefined;
  private unwatch = () => {};
  private settle: { resolve: (answer: Answer) => void; reject: (error: Error) => void } | null = null;

  constructor(
    private readonly desk: JobDesk,
    private readonly options: JobRunOptions<K>,
  ) {}

  /**
   * Waits for the end of the job. @param id that it was handed in under
   * @throws CancelledError; what the job throws on its worker; {@link JobDesk.lost}
   */
  end(id: string): Promise<Answer> {
    const { signal, stop, offerSave } = this.options;
    const onCancel = () => this.cancel();
    const onStop = () => void this.desk.ask(this.id, { stop: true });
    this.id = id;
    const ended = new Promise<Answer>((resolve, reject) => {
      this.settle = { resolve, reject };
      this.unwatch = this.desk.watch(id, (verdict) => this.take(verdict));
      if (signal?.aborted) onCancel();
      signal?.addEventListener('abort', onCancel, { once: true });
      stop?.addEventListener('abort', onStop, { once: true });
      offerSave?.(() => this.save());
    });
    return ended.finally(() => {
      signal?.removeEventListener('abort', onCancel);
      stop?.removeEventListener('abort', onStop);
    });
  }

  /** Waits no longer: the queue is closed. */
  abandon(): void {
    this.fail(new CancelledError(this.desk.name));
  }

  private over(): void {
    this.isOver = true;
    this.unwatch();
    clearTimeout(this.grace);
    for (const { done } of this.savers) done();
  }

  private fail(error: Error): void {
    this.over();
    this.settle?.reject(error);
  }

  private cancel(): void {
    void this.desk.ask(this.id, { cancel: true });
    this.grace = setTimeout(() => this.fail(new CancelledError(this.desk.name)), CANCEL_MS);
  }

  private save(): Promise<void> {
    const number = ++this.saves;
    return new Promise<void>((done) => {
      this.savers.add({ number, done });
      void this.desk.ask(this.id, { saves: number });
      setTimeout(done, SAVE_MS).unref();
    });
  }

  private take(verdict: Verdict): void {
    if (verdict.is === 'running' && verdict.told) this.hear(verdict.told);
    if (verdict.is === 'gone') this.handInAgain();
    if (verdict.is !== 'done' && verdict.is !== 'failed') return;
    if (verdict.is === 'done') {
      this.over();
      this.settle?.resolve(withWorker(verdict.answer));
    } else {
      this.fail(this.options.signal?.aborted ? new CancelledError(this.desk.name) : verdict.error);
    }
    void this.desk.forget(this.id);
  }

  private hear({ worker, choice, progress, saves }: Told): void {
    const { onChoice, onProgress } = this.options;
    if (choice && this.isNews('choice', choice)) onChoice?.(choiceOn(worker, choice as EngineChoice));
    if (progress && this.isNews('progress', progress)) onProgress?.(progress as JobProgress<K>);
    for (const saver of this.savers) if (saver.number <= saves) saver.done();
  }

  private isNews(what: string, value: unknown): boolean {
    const text = JSON.stringify(value);
    if (this.heard.get(what) === text) return false;
    this.heard.set(what, text);
    return true;
  }

  /** The server lost its memory: what is asked for stays the same, and its result is one. */
  private handInAgain(): void {
    const { signal, stop } = this.options;
    this.unwatch();
    if (signal?.aborted || stop?.aborted) this.fail(new CancelledError(this.desk.name));
    else if (++this.again > MOST_AGAIN) this.fail(this.desk.lost());
    else void this.addAgain();
  }

  private async addAgain(): Promise<void> {
    if (this.isOver) return;
    try {
      this.id = await this.desk.add();
      if (this.isOver) await this.desk.forget(this.id);
      else this.unwatch = this.desk.watch(this.id, (verdict) => this.take(verdict));
    } catch {
      setTimeout(() => void this.addAgain(), AGAIN_MS).unref();
    }
  }
}

function withWorker(answer: Answer): Answer {
  const { worker, output } = answer;
  const { metrics } = output as { metrics?: { chosen?: string } };
  if (!metrics?.chosen) return answer;
  const chosen = `${metrics.chosen} (worker ${worker})`;
  return { ...answer, output: { ...(output as object), metrics: { ...metrics, chosen } } };
}

function choiceOn(worker: string, choice: EngineChoice): EngineChoice {
  return 'reason' in choice ? { ...choice, reason: `${choice.reason} (worker ${worker})` } : choice;
}
