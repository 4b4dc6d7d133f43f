import { openReportTab } from '../../shared/ui/report-tab';
import { UnreachableError } from '../../shared/ui/server';
import type { Store } from '../../shared/ui/store';
import { withRows } from '../logic/curves';
import type { Api } from './api';
import { MOST_SHOWN, type State } from './state';
import { say } from './texts';

const NEWS_MS = 1000;
const LIST_MS = 5000;
const DONE_MS = 6000;

/** Keeps the page up to date: what is new of what goes on each second, the list now and then, nothing while nobody looks. */
export class Session {
  private listed = Number.NEGATIVE_INFINITY;
  private isBusy = false;
  /** the newest of this node's trainings, or of this model's, is shown as soon as there is one */
  private awaited: { node: string | null; model: string | null } | null;

  constructor(
    private readonly api: Api,
    private readonly store: Store<State>,
  ) {
    const asked = new URLSearchParams(location.search);
    const runs = asked.getAll('run').slice(0, MOST_SHOWN);
    const [node, model] = [asked.get('node'), asked.get('model')];
    this.awaited = node || model ? { node, model } : null;
    store.set({ shown: runs });
  }

  start(): void {
    void this.turn();
    setInterval(() => void this.turn(), NEWS_MS);
    document.addEventListener('visibilitychange', () => void this.turn());
  }

  again(): void {
    this.listed = Number.NEGATIVE_INFINITY;
    this.store.set({ loggedOut: false });
    void this.turn();
  }

  /** Shows one training, or lays it over the others or takes it away. */
  pick(id: string, how: 'alone' | 'with' | 'without'): void {
    const { shown } = this.store.state;
    this.awaited = null;
    if (how === 'alone') this.show([id]);
    else if (how === 'without') this.show(shown.filter((other) => other !== id));
    else if (shown.length < MOST_SHOWN) this.show([...shown, id]);
    else this.tell(new Error(say('most', { count: MOST_SHOWN })));
    void this.load(id);
  }

  async stop(id: string, keep: boolean): Promise<void> {
    try {
      await this.api.stop(id, keep);
      this.tellDone(say(keep ? 'stop.kept' : 'stop.ended'));
      this.listed = Number.NEGATIVE_INFINITY;
    } catch (error) {
      this.tell(error);
    }
  }

  /** Opens the report of a model's training in a tab of its own. */
  async openReport(model: string, version: string): Promise<void> {
    await openReportTab(() => this.api.report(model, version)).catch((error: unknown) => this.tell(error));
  }

  tell(error: unknown): void {
    // The next turn asks again.
    if (error instanceof UnreachableError || this.store.state.loggedOut) return;
    const text = error instanceof Error ? error.message : String(error);
    this.store.set({ notice: { kind: 'error', text } });
  }

  /** What was done is told for a while. */
  private tellDone(text: string): void {
    const notice = { kind: 'done' as const, text };
    this.store.set({ notice });
    setTimeout(() => {
      if (this.store.state.notice === notice) this.store.set({ notice: null });
    }, DONE_MS);
  }

  private show(shown: readonly string[]): void {
    this.store.set({ shown });
    const address = new URL(location.href);
    address.search = '';
    for (const id of shown) address.searchParams.append('run', id);
    window.history.replaceState(null, '', address);
  }

  private async turn(): Promise<void> {
    if (this.isBusy || document.hidden || this.store.state.loggedOut) return;
    this.isBusy = true;
    try {
      if (performance.now() - this.listed >= LIST_MS) await this.refreshList();
      for (const id of this.store.state.shown) {
        const view = this.store.state.views[id];
        if (!view) await this.load(id);
        else if (view.live) await this.refresh(id);
      }
    } catch (error) {
      this.tell(error);
    } finally {
      this.isBusy = false;
    }
  }

  private async refreshList(): Promise<void> {
    const list = await this.api.list();
    this.listed = performance.now();
    this.store.set({ list });
    const { shown, views } = this.store.state;
    if (this.awaited) {
      const { node, model } = this.awaited;
      const running = list.trainings.find((training) => node !== null && training.node === node);
      const found = running ?? list.trainings.find((training) => training.model === model);
      if (found && !shown.includes(found.id)) this.show([found.id]);
      // Until the node trains its last one is shown.
      if (running || node === null) this.awaited = null;
    } else if (shown.length === 0 && list.trainings.length > 0) this.show([list.trainings[0].id]);
    // One that began again goes on under the same id.
    for (const { id, state } of list.trainings)
      if (state === 'running' && views[id] && !views[id].live) await this.load(id);
  }

  private async refresh(id: string): Promise<void> {
    const view = this.store.state.views[id];
    const { live, rows } = await this.api.news(id, view.history.at(-1)?.step ?? -1);
    if (!live) {
      await this.load(id);
      this.listed = Number.NEGATIVE_INFINITY;
      return;
    }
    const isJudged = live.validatedEpoch !== view.live?.validatedEpoch;
    const now = { ...view, live, history: withRows(view.history, rows) };
    this.store.set({ views: { ...this.store.state.views, [id]: now } });
    // Pictures are made with a validation.
    if (isJudged) await this.load(id);
  }

  /** One that has made a model meanwhile has that model's id. */
  private async load(id: string): Promise<void> {
    try {
      const view = await this.api.one(id);
      const { shown, views } = this.store.state;
      const { [id]: _, ...others } = views;
      this.store.set({ views: { ...others, [view.id]: view } });
      if (view.id !== id) this.show([...new Set(shown.map((other) => (other === id ? view.id : other)))]);
    } catch (error) {
      this.tell(error);
      if (!(error instanceof UnreachableError)) this.show(this.store.state.shown.filter((other) => other !== id));
    }
  }
}
