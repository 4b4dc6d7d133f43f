import { addResult, type Drift, type DriftEvent, DriftSchema } from '../../src/trust/drift';
import type { Observed } from '../../src/trust/verdict';
import { MemoryFile } from '../memory-file';

const TEXTS = {
  unread: 'what was usual before is not known any more, the charts begin anew',
  unwritten: 'what is usual is not kept over a restart',
};

/** Remembers the results of a gate across restarts. */
export class DriftMemory {
  private drift: Drift = { groups: [] };
  private loading: Promise<void> | null = null;
  private readonly memory: MemoryFile<typeof DriftSchema>;

  constructor(file: string, onProblem: (text: string) => void) {
    this.memory = new MemoryFile(file, DriftSchema, TEXTS, onProblem);
  }

  async add(group: { model: string; instrument: string }, observed: Observed): Promise<DriftEvent[]> {
    this.loading ??= this.load();
    await this.loading;
    const { drift, events } = addResult(this.drift, group, observed);
    this.drift = drift;
    this.memory.changed(() => this.drift);
    return events;
  }

  /** Writes what is not written yet. */
  close(): Promise<void> {
    return this.memory.close();
  }

  private async load(): Promise<void> {
    this.drift = (await this.memory.load()) ?? this.drift;
  }
}
