import { Journal } from '../../src/acquisition/journal';
import { type LookRequest, type LookResult, lookForComplete } from '../../src/acquisition/look';
import type { Complete } from '../../src/acquisition/watched';
import type { TemporaryFolder } from '../samples/temporary-files';

/** A watch whose clock is under the test's control. */
export class Watch {
  private pending: LookResult['pending'] = [];
  private checkedUpTo = '';
  now = 1e6;

  constructor(
    readonly folder: TemporaryFolder,
    private readonly request: Partial<LookRequest> = {},
  ) {}

  journal(): Promise<Journal> {
    return Journal.open(this.folder.at('journal'));
  }

  async look(more: Partial<LookRequest> = {}): Promise<LookResult> {
    const found = await lookForComplete(
      {
        watched: this.folder.at('in'),
        roots: [this.folder.path],
        times: { quiet: 5000, patience: 60_000 },
        doneFile: '',
        again: false,
        open: new Set(),
        madeFrom: async () => null,
        most: 100,
        names: null,
        renamed: new Set(),
        pending: this.pending,
        checkedUpTo: this.checkedUpTo,
        now: this.now,
        at: this.now,
        ...this.request,
        ...more,
      },
      await this.journal(),
    );
    this.pending = found.pending;
    this.checkedUpTo = found.checkedUpTo;
    return found;
  }

  /** Looks until nothing is found any more, and notes what is told as the node does. */
  async told(seconds = 6, more: Partial<LookRequest> = {}): Promise<string[]> {
    const told: string[] = [];
    for (let step = 0; step < 3; step++, this.now += (seconds * 1000) / 2) {
      const { complete } = await this.look(more);
      told.push(...complete.map(({ name, cause }) => (cause === 'new' ? name : `${name} ${cause}`)));
      await this.note(complete, 'answered');
    }
    return told;
  }

  async note(files: readonly Complete[], state: 'answered' | 'told'): Promise<void> {
    const journal = await this.journal();
    await journal.note(files.map(({ name, version, parts }) => ({ name, version, parts, state, at: this.now })));
  }
}
