import type { NodeAPI } from 'node-red';
import { jobAccess } from '../job-host-access';
import type { OpenFiles, ToNote } from './open-files';

/** Brings to the journals on disk what a watch has to remember, one job that touches a journal at a time. */
export class JournalNotes {
  private last: Promise<unknown> = Promise.resolve();

  /** @param open what is dealt with waits in its `unnoted` until a disk has taken it */
  constructor(
    private readonly RED: NodeAPI,
    private readonly open: OpenFiles,
  ) {}

  /** Brings to disk what is not there yet, or keeps it for the next time. @throws what the job throws */
  flush(): Promise<void> {
    return this.inTurn(async () => {
      const { unnoted } = this.open;
      if (unnoted.length === 0) return;
      const written = [...unnoted];
      await this.note(written);
      unnoted.splice(0, written.length);
    });
  }

  /** Brings to disk what must be there before anything rests on it. @throws what the job throws: it is not kept */
  write(entries: readonly ToNote[]): Promise<void> {
    return this.inTurn(() => this.note(entries));
  }

  /** Does what touches a journal: a look and a note at the same time would lose one another's lines. */
  inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.last.then(work);
    this.last = turn.catch(() => undefined);
    return turn;
  }

  /** Resolves when nothing touches a journal any more. */
  async idle(): Promise<void> {
    await this.last;
  }

  private async note(entries: readonly ToNote[]): Promise<void> {
    const { host } = jobAccess(this.RED);
    for (const journal of new Set(entries.map((each) => each.journal))) {
      const ofOne = entries.flatMap(({ noted, ...each }) => (each.journal === journal ? [noted] : []));
      await host.run('note-watched', { journal, entries: ofOne });
    }
  }
}
