import { LruCache } from '../../../src/base/collections';
import type { ResultView, Row } from '../../../src/results/page-api';
import { looksOf } from '../../shared/logic/channel-looks';
import { RefusedError } from '../../shared/logic/refused-error';
import { openReportTab } from '../../shared/ui/report-tab';
import { UnreachableError } from '../../shared/ui/server';
import { firstOrder, found, neighbour, sorted } from '../logic/order';
import { DEFAULT_THRESHOLD } from '../logic/threshold';
import type { Api } from './api';
import { canCompare, ownThreshold, type State, type Store } from './state';
import { say } from './texts';

const LOOK_EVERY = 10_000;
/** Images that are described before somebody opens them. */
const MOST_AHEAD = 20;

/** What the page's address asks for. */
interface Asked {
  node: string | null;
  run: string | null;
  /** name@version of a model that made what was found */
  model: string | null;
  sample: string | null;
  file: string | null;
}

/** Opens runs, files and samples; whoever shows them looks at the store. */
export class Session {
  private readonly images = new LruCache<string, Promise<ResultView>>(MOST_AHEAD);
  private away = false;
  /** Called when the server answers again after a while without. */
  onBack: () => void = () => {};

  constructor(
    private readonly api: Api,
    private readonly store: Store,
  ) {}

  async start(): Promise<void> {
    const query = new URLSearchParams(location.search);
    const [node, run, model, sample, file] = ['node', 'run', 'model', 'sample', 'file'].map((name) => query.get(name));
    await this.loadRuns();
    await this.openAsked({ node, run, model, sample, file });
    setInterval(() => void this.look(), LOOK_EVERY);
  }

  /** Someone logged in again. */
  async again(): Promise<void> {
    await this.loadRuns();
    if (this.store.state.content === null)
      await this.openAsked({ node: null, run: null, model: null, sample: null, file: null });
    this.onBack();
  }

  private async openAsked({ node, run, model, sample, file }: Asked): Promise<void> {
    const { runs } = this.store.state;
    if (file) return this.openFiles(file);
    if (!runs) return;
    const asked =
      runs.find((each) => each.run === run) ??
      runs.find((each) => node !== null && each.node.id === node) ??
      runs.find(({ models }) => model !== null && models.includes(model));
    if ((run !== null || node !== null || model !== null) && !asked) {
      this.store.set({ problem: model === null ? say('empty.node') : say('empty.model', { model }) });
      return;
    }
    const chosen = asked ?? runs[0];
    if (chosen) await this.openRun(chosen.run, sample);
    else this.store.set({ problem: say('empty.runs') });
  }

  /** Asks what came in since, where somebody sees it. */
  private async look(): Promise<void> {
    if (document.hidden) return;
    const before = this.store.state.runs;
    await this.loadRuns();
    const { runs, shown, content } = this.store.state;
    if (content === null && runs && runs.length > 0 && before?.length === 0) {
      await this.openRun(runs[0].run, null);
      return;
    }
    if (!shown || !('run' in shown) || runs === null) return;
    const [was, is] = [before, runs].map((list) => list?.find(({ run }) => run === shown.run));
    if (!is || was?.last === is.last) return;
    await this.attempt(async () => {
      const latest = await this.api.run(shown.run);
      if (this.store.state.shown === shown) this.store.set({ content: latest });
    });
  }

  async loadRuns(): Promise<void> {
    await this.attempt(async () => {
      const { runs } = await this.api.runs();
      const isSame = JSON.stringify(runs) === JSON.stringify(this.store.state.runs);
      this.store.set({ loggedOut: false, ...(isSame ? {} : { runs }) });
      if (this.away) this.back();
    });
  }

  /** @param sample id of the one to open; else the first */
  async openRun(run: string, sample: string | null): Promise<void> {
    await this.show({ run }, sample, () => this.api.run(run));
  }

  /** Opens a sample in its run, which may be the one that is shown. */
  async openSample(run: string, sample: string): Promise<void> {
    const { shown, content } = this.store.state;
    const row = shown && 'run' in shown && shown.run === run && content?.rows.find((each) => each.sample === sample);
    if (row) await this.open(row.id);
    else await this.openRun(run, sample);
  }

  /** @param path of a file or folder, or a pattern */
  async openFiles(path: string): Promise<void> {
    await this.show({ files: path }, null, () => this.api.files(path));
  }

  private async show(shown: NonNullable<State['shown']>, sample: string | null, load: () => Promise<State['content']>) {
    this.store.set({
      shown,
      content: null,
      openId: null,
      image: null,
      problem: null,
      failure: null,
      notice: null,
      search: '',
    });
    try {
      const content = await load();
      if (this.store.state.shown !== shown || !content) return;
      this.store.set({ content, order: firstOrder(content.rows) });
      const [first] = this.rows();
      await this.open((content.rows.find((row) => row.sample === sample) ?? first).id);
      if (content.problems.length > 0) this.store.set({ notice: { kind: 'done', text: content.problems.join('; ') } });
    } catch (error) {
      if (this.store.state.shown === shown) this.store.set({ problem: messageOf(error) });
      this.tell(error);
    }
  }

  /** Opens the report of the run in a tab of its own. */
  async openReport(): Promise<void> {
    const report = this.store.state.content?.report;
    if (!report) return;
    await openReportTab(() => this.api.report(report)).catch((error: unknown) => this.tell(error));
  }

  /** The rows in the order of the strip. */
  rows(): Row[] {
    const { content, order, search } = this.store.state;
    return found(sorted(content?.rows ?? [], order), search);
  }

  async open(id: string): Promise<void> {
    const { openId, content } = this.store.state;
    const row = content?.rows.find((each) => each.id === id);
    if (openId === id || !row) return;
    const failure = row.failed === null ? null : say('failed', { message: row.failed });
    this.store.set({ openId: id, problem: null, failure, notice: null, foreground: null, tilesLoading: true });
    this.keepAddress(row);
    try {
      const image = await this.load(id);
      if (this.store.state.openId === id) this.showImage(image);
    } catch (error) {
      // Of what failed before it was read there is the reason alone.
      const problem = failure ?? messageOf(error);
      if (this.store.state.openId === id) this.store.set({ image: null, problem, failure: null });
      if (failure === null) this.tell(error);
    } finally {
      this.images.delete(id);
    }
  }

  /** The description of an image, asked for once while it may be needed soon, also where there is none. */
  load(id: string): Promise<ResultView> {
    const known = this.images.get(id);
    if (known) return known;
    const loading = this.api.image(id);
    this.images.set(id, loading);
    loading.catch(() => undefined);
    return loading;
  }

  neighbour(step: 1 | -1): Row | null {
    return neighbour(this.rows(), this.store.state.openId, step);
  }

  async go(step: 1 | -1): Promise<void> {
    const row = this.neighbour(step);
    if (row) await this.open(row.id);
    else this.store.set({ notice: { kind: 'done', text: say(step > 0 ? 'strip.last' : 'strip.first') } });
  }

  tell(error: unknown): void {
    if (error instanceof RefusedError && error.status === 401) return;
    if (error instanceof UnreachableError) this.lost();
    else if (this.store.state.problem === null) {
      this.store.set({ notice: { kind: 'error', text: messageOf(error) } });
    }
  }

  private showImage(image: ResultView): void {
    const before = this.store.state;
    const { raw } = image.pictures;
    const sameKind = before.image?.pictures.raw.shape.every((n, axis) => n === raw.shape[axis]) === true;
    this.store.set({
      image,
      c: Math.min(before.c, raw.shape[1] - 1),
      looks: looksOf(raw, before.looks),
      composite: before.composite && raw.shape[1] > 1,
      t: Math.min(before.t, raw.shape[0] - 1),
      z: sameKind ? before.z : Math.floor(raw.shape[2] / 2),
      view: raw.shape[2] > 1 ? before.view : 'xy',
      cross: sameKind ? before.cross : [Math.floor(raw.shape[4] / 2), Math.floor(raw.shape[3] / 2)],
      difference: before.difference && canCompare(image),
      threshold: ownThreshold(image) ?? DEFAULT_THRESHOLD,
      pointer: null,
    });
  }

  private keepAddress({ sample }: Row): void {
    const { shown } = this.store.state;
    const query = new URLSearchParams(
      shown && 'files' in shown ? { file: shown.files } : { run: shown?.run ?? '', sample },
    );
    history.replaceState(null, '', `?${query}`);
  }

  private async attempt(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.tell(error);
    }
  }

  /** Node-RED restarts, or the network is gone: the page cannot tell which, and asks again. */
  private lost(): void {
    if (this.away && this.store.state.notice) return;
    this.away = true;
    this.store.set({ notice: { kind: 'error', text: say('away') } });
  }

  private back(): void {
    this.away = false;
    this.store.set({ notice: { kind: 'done', text: say('back') } });
    this.onBack();
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
