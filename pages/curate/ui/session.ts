import type { Decision } from '../../../src/curation/decision';
import type { ImageView, QueueItem } from '../../../src/curation/page-api';
import { looksOf } from '../../shared/logic/channel-looks';
import { RefusedError } from '../../shared/logic/refused-error';
import { UnreachableError } from '../../shared/ui/server';
import { copyFrom, type Edit, EMPTY_DECISION } from '../logic/edits';
import { History } from '../logic/history';
import { filtered, firstToDo, neighbour } from '../logic/queue-model';
import { Saver } from '../logic/saver';
import type { Api } from './api';
import { canEdit, type Store } from './state';
import { say } from './texts';

const QUEUE_EVERY = 10_000;

/** Opens images, changes decisions and has them saved; whoever shows them looks at the store. */
export class Session {
  private readonly histories = new Map<string, History>();
  private readonly revisions = new Map<string, number>();
  private readonly images = new Map<string, Promise<ImageView>>();
  private readonly saver: Saver;
  /** the images that were open, the last one last */
  private readonly seen: string[] = [];
  private away = false;
  /** Called when the server answers again after a while without. */
  onBack: () => void = () => {};

  constructor(
    private readonly api: Api,
    private readonly store: Store,
  ) {
    this.saver = new Saver({
      put: (id, request) => api.save(id, request),
      keep: localStorage,
      key: `segmenter-curate:${location.pathname}`,
      onStatus: (save) => store.set({ save }),
      onSaved: (id, revision, decision) => {
        this.revisions.set(id, revision);
        this.updateItem(id, { revision, state: decision.state, reason: decision.reason, by: store.state.queue?.user });
      },
      onConflict: (id, conflict, mine) => store.set({ conflict: { id, conflict, mine } }),
    });
    window.addEventListener('online', () => this.saver.flush());
    window.addEventListener('pagehide', () => this.saver.flush());
  }

  async start(): Promise<void> {
    await this.loadQueue();
    const items = this.store.state.queue?.items ?? [];
    const asked = decodeURIComponent(location.hash.slice(1));
    const first = items.find(({ id }) => id === asked) ?? firstToDo(items);
    if (first) await this.open(first.id);
    this.saver.flush();
    setInterval(() => void this.loadQueue(), QUEUE_EVERY);
    this.loadReport();
  }

  private loadReport(): void {
    this.api.report().then(
      (report) => this.store.set({ report }),
      () => {},
    );
  }

  async loadQueue(): Promise<void> {
    try {
      const queue = await this.api.queue();
      const items = queue.items.map((item) => {
        const unsaved = this.saver.unsaved(item.id)?.decision;
        return unsaved ? { ...item, state: unsaved.state, reason: unsaved.reason } : item;
      });
      this.store.set({ queue: { ...queue, items }, loggedOut: false });
      await this.takeOver(items);
      if (this.away) this.back();
    } catch (error) {
      if (error instanceof UnreachableError) this.lost();
      else if (!this.store.state.queue) this.tell(error);
    }
  }

  /** Node-RED restarts, the node was removed, or the network is gone: the page cannot tell which, and asks again. */
  private lost(): void {
    if (this.away && this.store.state.notice) return;
    this.away = true;
    const text = say('session.away');
    this.store.set({ notice: { kind: 'error', text } });
  }

  private back(): void {
    this.away = false;
    this.store.set({ notice: { kind: 'done', text: say('session.back') } });
    this.saver.flush();
    this.onBack();
    if (!this.store.state.report) this.loadReport();
    const first = firstToDo(this.store.state.queue?.items ?? []);
    if (this.store.state.openId === null && first) void this.open(first.id);
  }

  async open(id: string): Promise<void> {
    if (this.store.state.openId === id) return;
    this.store.set({ openId: id, tilesLoading: true, selection: null, draft: null, dragged: null, notice: null });
    this.store.set({ object: null, picks: false });
    history.replaceState(null, '', `#${encodeURIComponent(id)}`);
    try {
      let image = await this.load(id);
      const item = this.store.state.queue?.items.find((other) => other.id === id);
      if (item && item.revision > image.revision) {
        // Loaded ahead, and changed since.
        this.images.delete(id);
        image = await this.load(id);
      }
      if (this.store.state.openId !== id) return;
      this.show(image);
      this.seen.push(id);
    } catch (error) {
      if (this.store.state.openId === id) this.store.set({ image: null, openId: null });
      this.tell(error);
    }
  }

  /** The description of an image, asked for once while it may be needed soon. */
  load(id: string): Promise<ImageView> {
    const known = this.images.get(id);
    if (known) return known;
    const loading = this.api.image(id);
    this.images.set(id, loading);
    loading.catch(() => this.images.delete(id));
    return loading;
  }

  /** Someone else changed the open image, and nothing of ours waits to be saved: theirs is shown. */
  private async takeOver(items: readonly QueueItem[]): Promise<void> {
    const { openId, image, draft, dragged } = this.store.state;
    const item = items.find(({ id }) => id === openId);
    if (!item || image?.id !== item.id || draft || dragged) return;
    if (this.saver.unsaved(item.id) || item.revision <= (this.revisions.get(item.id) ?? Infinity)) return;
    this.images.delete(item.id);
    const latest = await this.load(item.id);
    if (this.store.state.openId !== item.id || this.saver.unsaved(item.id)) return;
    this.show(latest);
    this.store.set({
      notice: { kind: 'done', text: item.by ? say('session.changedBy', { user: item.by }) : say('session.changed') },
    });
  }

  neighbour(step: 1 | -1, undecidedOnly = false): QueueItem | null {
    const { queue, filter, search, openId } = this.store.state;
    const items = queue?.items ?? [];
    return neighbour(items, filtered(items, undecidedOnly ? 'undecided' : filter, search), openId, step);
  }

  async go(step: 1 | -1, undecidedOnly = false): Promise<void> {
    const item = this.neighbour(step, undecidedOnly);
    if (item) return this.open(item.id);
    const isDone = filtered(this.store.state.queue?.items ?? [], 'undecided', '').length === 0;
    const last = isDone ? 'session.allDecided' : 'session.last';
    this.store.set({ notice: { kind: 'done', text: say(step > 0 ? last : 'session.first') } });
  }

  apply(edit: Edit, label: string): void {
    this.change((steps) => {
      steps.apply(edit, label);
      return label;
    });
  }

  undo(): void {
    this.change((steps) => steps.undo());
  }

  redo(): void {
    this.change((steps) => steps.redo());
  }

  /** Base and shapes of the image that was open before this one, else of the one before it in the list. */
  async copyPrevious(): Promise<void> {
    const { image, openId } = this.store.state;
    const from = this.seen.findLast((id) => id !== openId) ?? this.neighbour(-1)?.id;
    if (!image || !from) return;
    const other = this.histories.get(from)?.decision ?? (await this.load(from)).decision;
    const { raw, seg1, seg2 } = image.pictures;
    this.apply(copyFrom(other, { planes: raw.shape[2], seg1: !!seg1, seg2: !!seg2 }), say('done.copy', { id: from }));
  }

  resolve(choice: 'mine' | 'theirs'): void {
    const { conflict, openId } = this.store.state;
    if (!conflict) return;
    const { id } = conflict;
    const outcome = this.saver.resolve(id, choice);
    this.store.set({ conflict: this.saver.nextConflict() });
    if (!outcome) return;
    this.revisions.set(id, outcome.revision);
    const { state, reason } = outcome.decision;
    this.updateItem(id, { state, reason, ...(choice === 'theirs' ? { by: conflict.conflict.by } : {}) });
    if (choice === 'mine') return;
    const steps = this.histories.get(id);
    steps?.replace(outcome.decision, say('done.takeOver', { user: conflict.conflict.by ?? say('someoneElse') }));
    if (steps && id === openId) this.showDecision(steps);
  }

  async finish(): Promise<void> {
    try {
      const { used, rejected, undecided } = await this.api.finish();
      const text = say('session.sent', { used, rejected, undecided });
      await this.loadQueue();
      this.store.set({ notice: { kind: 'done', text } });
    } catch (error) {
      this.tell(error);
    }
  }

  /** Someone logged in again, or the network is back. */
  async again(): Promise<void> {
    await this.loadQueue();
    this.saver.flush();
  }

  tell(error: unknown): void {
    if (error instanceof RefusedError && error.status === 401) return;
    if (error instanceof UnreachableError) this.lost();
    else this.store.set({ notice: { kind: 'error', text: error instanceof Error ? error.message : String(error) } });
  }

  private show(image: ImageView): void {
    const { id } = image;
    const unsaved = this.saver.unsaved(id);
    const known = this.revisions.get(id) ?? Infinity;
    this.revisions.set(id, unsaved?.revision ?? image.revision);
    const steps = this.histories.get(id) ?? new History(unsaved?.decision ?? image.decision);
    if (!unsaved && image.revision > known) steps.replace(image.decision, say('done.later'));
    this.histories.set(id, steps);
    const { raw, seg2, seg1 } = image.pictures;
    const before = this.store.state;
    const sameKind = before.image?.pictures.raw.shape.every((n, axis) => n === raw.shape[axis]) === true;
    const c = Math.min(before.c, raw.shape[1] - 1);
    this.store.set({
      image,
      c,
      looks: looksOf(raw, before.looks),
      composite: before.composite && raw.shape[1] > 1,
      t: Math.min(before.t, raw.shape[0] - 1),
      z: sameKind ? before.z : Math.floor(raw.shape[2] / 2),
      view: raw.shape[2] > 1 ? before.view : 'xy',
      cross: sameKind ? before.cross : [Math.floor(raw.shape[4] / 2), Math.floor(raw.shape[3] / 2)],
      difference: before.difference && !!seg1 && !!seg2,
      pointer: null,
      // What was painted from nothing is seen nowhere else.
      ...(before.result === 'off' && steps.decision.base === 'none' ? { result: 'outline' as const } : {}),
    });
    this.showDecision(steps);
    this.images.delete(id);
  }

  private change(step: (steps: History) => string | null): void {
    const { state } = this.store;
    const { openId } = state;
    const steps = openId === null ? undefined : this.histories.get(openId);
    if (!steps || openId === null || !canEdit(state) || step(steps) === null) return;
    this.showDecision(steps);
    this.updateItem(openId, { state: steps.decision.state, reason: steps.decision.reason });
    this.saver.change(openId, this.revisions.get(openId) ?? 0, steps.decision);
  }

  private showDecision(steps: History): void {
    const decision: Decision = steps.decision ?? EMPTY_DECISION;
    const { selection } = this.store.state;
    const points = selection && decision[selection.kind][selection.index]?.rings;
    const vertex = selection?.vertex;
    const stays = vertex && points?.[vertex.ring]?.[vertex.vertex] ? vertex : null;
    this.store.set({
      decision,
      undoLabel: steps.undoLabel,
      redoLabel: steps.redoLabel,
      dragged: null,
      selection: selection && points ? { ...selection, vertex: stays } : null,
    });
  }

  private updateItem(id: string, change: Partial<QueueItem>): void {
    const { queue } = this.store.state;
    if (!queue) return;
    const items = queue.items.map((item) => (item.id === id ? { ...item, ...change } : item));
    this.store.set({ queue: { ...queue, items } });
  }
}
