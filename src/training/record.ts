import path from 'node:path';
import type { TrainingSession, TrainingState } from '../engines/engine';
import { writeFileAtomic } from '../storage/atomic-file';
import type { Checkpoint, EndReason } from './checkpoints/checkpoint';
import { type Guard, Saves, TRAINING_FILES } from './checkpoints/checkpoint-files';
import type { Clock } from './clock';
import { metricsCsv } from './history';
import type { TrainingObserver } from './observer';

/** What a training has come to: what its checkpoint says, and the state that its session holds. */
export class TrainingRecord {
  readonly saves: Saves;
  /** takes the steps; null between the stages */
  private session: TrainingSession | null = null;
  /** the session's state was read after its last step */
  private isRead = true;
  private waits = 0;

  constructor(
    readonly checkpoint: Checkpoint,
    readonly clock: Clock,
    readonly folder: string,
    private readonly observer?: TrainingObserver,
    guard?: Guard,
  ) {
    this.saves = new Saves(folder, guard);
  }

  /** Steps are taken by a session from now on, which has begun with the checkpoint's state; null: by none. */
  takenBy(session: TrainingSession | null): void {
    this.session = session;
    this.isRead = true;
  }

  /** Is told that the session has gone on. */
  goesOn(): void {
    this.isRead = false;
  }

  /** The state after the last step. */
  async readState(): Promise<TrainingState> {
    if (!this.isRead && this.session) this.checkpoint.state = await this.session.readState();
    this.isRead = true;
    return this.checkpoint.state;
  }

  /** Does long work between two steps: what is saved meanwhile is saved at once. */
  async betweenSteps<T>(work: () => Promise<T>): Promise<T> {
    await this.readState();
    this.waits++;
    try {
      return await work();
    } finally {
      this.waits--;
    }
  }

  /** Saves while the training goes on: now where no step is under way, else at the end of the one that is. */
  async saveSoon(): Promise<void> {
    if (this.waits > 0) await this.saves.save(this.snapshot());
    else await this.saves.next();
  }

  async save(ended: EndReason | null = null): Promise<Checkpoint> {
    await this.readState();
    this.checkpoint.ended = ended;
    const saved = this.snapshot();
    await this.saves.save(saved);
    const metrics = path.join(this.folder, TRAINING_FILES.metrics);
    // For people to look at: the checkpoint has it all, and what is wrong with the disk it has said.
    await writeFileAtomic(metrics, metricsCsv(saved.history)).catch(() => undefined);
    await this.observer?.saved(saved);
    this.clock.markSaved();
    return saved;
  }

  private snapshot(): Checkpoint {
    const { history, epochLoss } = this.checkpoint;
    return { ...this.checkpoint, history: [...history], epochLoss: { ...epochLoss }, seconds: this.clock.seconds() };
  }
}
