import type { Api } from './api';
import type { Session } from './session';
import type { Store } from './state';
import { say } from './texts';

/** While the panel is open it asks for news as often, in milliseconds. */
const LOOK_EVERY = 10_000;

/** Opens charts of drift, and the samples of their results. */
export class DriftSession {
  constructor(
    private readonly api: Api,
    private readonly store: Store,
    private readonly session: Session,
  ) {
    setInterval(() => void this.refresh(), LOOK_EVERY);
  }

  /** Shows the panel, or puts it away. */
  async toggle(): Promise<void> {
    const isOpen = !this.store.state.drift;
    this.store.set({ drift: isOpen });
    if (isOpen) await this.load();
  }

  /** @param id of a chart */
  async show(id: string): Promise<void> {
    await this.attempt(async () => {
      const view = await this.api.driftView(id);
      this.store.set({ driftView: view, driftAt: view.points.length - 1 });
    });
  }

  look(at: number): void {
    this.store.set({ driftAt: at });
  }

  /** Opens the sample of the result that is looked at. */
  async open(): Promise<void> {
    const { driftView, driftAt } = this.store.state;
    const result = driftAt === null ? undefined : driftView?.points[driftAt];
    if (!result) return;
    if (result.run === null || result.sample === null)
      this.store.set({ notice: { kind: 'error', text: say('drift.gone') } });
    else await this.session.openSample(result.run, result.sample);
  }

  private async load(): Promise<void> {
    await this.attempt(async () => {
      const { charts } = await this.api.drift();
      this.store.set({ driftCharts: charts });
      const { driftView } = this.store.state;
      const shown = charts.find(({ id }) => id === driftView?.chart.id) ?? charts[0];
      if (shown && shown.last !== driftView?.chart.last) await this.show(shown.id);
    });
  }

  /** Follows what comes in, but not from a result that somebody looks at. */
  private async refresh(): Promise<void> {
    const { drift, driftView, driftAt } = this.store.state;
    if (!drift || document.hidden || driftView?.points.length !== (driftAt ?? -1) + 1) return;
    await this.load();
  }

  private async attempt(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.session.tell(error);
    }
  }
}
