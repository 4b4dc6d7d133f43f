import type { Decision } from '../../../src/curation/decision';
import type { Edit } from './edits';

const MOST_STEPS = 200;

/**
 * The decisions of one image one after another. They share what did not change, so a step costs a few objects; undo
 * puts an earlier one back, whoever changed what.
 */
export class History {
  private readonly undone: Array<{ decision: Decision; label: string }> = [];
  private readonly done: Array<{ decision: Decision; label: string }> = [];
  private current: Decision;

  constructor(decision: Decision) {
    this.current = decision;
  }

  get decision(): Decision {
    return this.current;
  }

  /** What undo would take back; null where there is nothing. */
  get undoLabel(): string | null {
    return this.done.at(-1)?.label ?? null;
  }

  get redoLabel(): string | null {
    return this.undone.at(-1)?.label ?? null;
  }

  /** @param label what was done, for the buttons and for screen readers */
  apply(edit: Edit, label: string): void {
    this.done.push({ decision: this.current, label });
    if (this.done.length > MOST_STEPS) this.done.shift();
    this.undone.length = 0;
    this.current = edit(this.current);
  }

  undo(): string | null {
    return this.step(this.done, this.undone);
  }

  redo(): string | null {
    return this.step(this.undone, this.done);
  }

  /** Someone else's decision takes the place of ours, which undo can put back. */
  replace(decision: Decision, label: string): void {
    this.apply(() => decision, label);
  }

  private step(from: typeof this.done, to: typeof this.done): string | null {
    const entry = from.pop();
    if (!entry) return null;
    to.push({ decision: this.current, label: entry.label });
    this.current = entry.decision;
    return entry.label;
  }
}
