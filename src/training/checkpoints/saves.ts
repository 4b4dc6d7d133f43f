import type { Checkpoint } from './checkpoint';
import { keepCheckpoint } from './checkpoint-files';

/** Saves a training one checkpoint after the other, in its turn and where someone asks for it. */
export class Saves {
  private turn: Promise<unknown> = Promise.resolve();
  private waiting: Array<() => void> = [];
  private over = false;

  constructor(private readonly folder: string) {}

  /** Whether someone waits for the next save. */
  get areAsked(): boolean {
    return this.waiting.length > 0;
  }

  /** Resolves after the next save, or when there will be none. */
  async next(): Promise<void> {
    if (!this.over) await new Promise<void>((resolve) => this.waiting.push(resolve));
  }

  async save(checkpoint: Checkpoint): Promise<void> {
    const saved = this.turn.then(() => keepCheckpoint(this.folder, checkpoint));
    this.turn = saved.catch(() => undefined);
    await saved;
    this.letGo();
  }

  /** The training is over. */
  end(): void {
    this.over = true;
    this.letGo();
  }

  private letGo(): void {
    for (const resolve of this.waiting.splice(0)) resolve();
  }
}
