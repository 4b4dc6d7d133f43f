import type { NodeMessage } from 'node-red';
import { toErrorRecord } from '../../src/base/errors';
import { needsTarget } from '../../src/curation/manifest-row';
import type { ReviewRecord } from '../../src/curation/record';
import type { OpenReview } from '../../src/curation/run-state';
import type { ImageDescription } from '../../src/image/description';
import { tellable } from '../error-text';
import { jobAccess } from '../job-host-access';
import { failedSample } from '../sample-message';
import { labelOf } from '../sample-node';
import { untilAccepted } from '../sequences/pacing';
import type { NodeContext } from '../working/behaviour';
import type { CurateSettings } from './settings';

interface Curated {
  message: NodeMessage;
  /** of the decision it is made of */
  revision: number;
  /** where tables need it */
  target?: ImageDescription;
}

/** How curated samples go on into the flow: all as one sequence, or each when it has been left alone for a while. */
export class Sending {
  private readonly waiting = new Map<string, NodeJS.Timeout>();
  private work: Promise<void> = Promise.resolve();

  /** @param tell called when something was sent */
  constructor(
    private readonly context: NodeContext<CurateSettings>,
    private readonly opened: () => Promise<OpenReview>,
    private readonly signal: AbortSignal,
    private readonly tell: () => Promise<void>,
  ) {
    signal.addEventListener('abort', () => {
      for (const timer of this.waiting.values()) clearTimeout(timer);
    });
  }

  /** Sends what was on its way or is due since before a restart. */
  async resume(): Promise<void> {
    const { review, state } = await this.opened();
    if (state.value.sending) this.enqueue(() => this.sendAll());
    if (this.context.settings.emit !== 'each') return;
    for (const { id, state: decided, revision } of review.list()) {
      if (decided === 'used' && state.sentRevision(id) !== revision) this.enqueue(() => this.sendOne(id));
    }
  }

  /** A sample was decided on, or changed. */
  changed({ id, decision }: ReviewRecord): void {
    clearTimeout(this.waiting.get(id));
    this.waiting.delete(id);
    if (this.context.settings.emit !== 'each' || decision.state !== 'used') return;
    const send = () => {
      this.waiting.delete(id);
      this.enqueue(() => this.sendOne(id));
    };
    this.waiting.set(id, setTimeout(send, this.context.settings.quiet * 1000));
  }

  /** Begins to send all that is used; in a flow that takes each by itself, what was not sent yet. */
  async finish(): Promise<void> {
    const { state } = await this.opened();
    if (state.value.sending) return;
    await state.update({ sending: true });
    this.enqueue(() => this.sendAll());
  }

  /** One thing after another; what fails is reported and does not keep the next from its turn. */
  private enqueue(step: () => Promise<void>): void {
    this.work = this.work.then(async () => {
      if (this.signal.aborted) return;
      try {
        await step();
      } catch (error) {
        if (this.signal.aborted) return;
        this.context.status.failed(error);
        this.context.node.error(tellable(error));
      }
    });
  }

  private async sendAll(): Promise<void> {
    const { RED, settings, status } = this.context;
    const { review, state } = await this.opened();
    const each = settings.emit === 'each';
    const used = review.list().filter(({ id, state: decided, revision }) => {
      return decided === 'used' && !(each && state.sentRevision(id) === revision);
    });
    const failed = each ? [] : Object.values(state.value.failed);
    const sequence = RED.util.generateId();
    const count = used.length + failed.length;
    const usedIds = new Set(review.list().flatMap(({ id, state: decided }) => (decided === 'used' ? [id] : [])));
    const sent = new Map(Object.entries(state.value.sent).filter(([id]) => each && usedIds.has(id)));
    const targets = new Map<string, ImageDescription>();
    for (const [index, { id }] of used.entries()) {
      const { message, revision, target } = await this.curated(id);
      sent.set(id, revision);
      if (target) targets.set(id, target);
      await this.send(message, each ? null : { id: sequence, index, count });
      status.busy((index + 1) / count, 'sending', { done: index + 1, count });
    }
    for (const [i, payload] of failed.entries()) {
      await this.send({ payload }, { id: sequence, index: used.length + i, count });
    }
    if (this.signal.aborted) return;
    if (usedIds.size > 0) {
      const before = [...usedIds].filter((id) => each && !used.some((one) => one.id === id));
      await this.addTargets(before, targets);
      await this.writeTables(review.folder, targets);
    }
    await state.update({ sending: false, finished: new Date().toISOString(), sent: Object.fromEntries(sent) });
    await this.tell();
  }

  /** Tables are an extra: where they cannot be written, the samples have gone on all the same. */
  private async writeTables(folder: string, targets: ReadonlyMap<string, ImageDescription>): Promise<void> {
    const { RED, node, settings } = this.context;
    const { seed, paths } = settings;
    const input = { folder, seed, paths, targets: Object.fromEntries(targets) };
    try {
      const { host } = jobAccess(RED);
      const { remarks } = await host.run('export-review', input, { signal: this.signal });
      if (remarks.length > 0) node.warn(`tables: ${remarks.join('; ')}`);
    } catch (error) {
      if (this.signal.aborted) throw error;
      node.warn(`tables: ${toErrorRecord(error).message}`);
    }
  }

  /** Targets of samples that went on before: the scratch store may have evicted what was sent then. */
  private async addTargets(ids: readonly string[], targets: Map<string, ImageDescription>): Promise<void> {
    const { review } = await this.opened();
    for (const id of ids) {
      if (this.signal.aborted) return;
      if (!needsTarget(await review.get(id))) continue;
      const { target } = await this.curated(id);
      if (target) targets.set(id, target);
    }
  }

  private async sendOne(id: string): Promise<void> {
    const { review, state } = await this.opened();
    const now = review.summary(id);
    if (now?.state !== 'used' || state.sentRevision(id) === now.revision) return;
    const { message, revision } = await this.curated(id);
    await this.send(message, null);
    await state.update({ sent: { ...state.value.sent, [id]: revision } });
    await this.tell();
  }

  private async send(message: NodeMessage, parts: { id: string; index: number; count: number } | null): Promise<void> {
    if (this.signal.aborted) return;
    if (parts) message.parts = parts;
    this.context.node.send([message, null]);
    if (parts && parts.index < parts.count - 1) await untilAccepted(parts.id, this.signal);
  }

  /** The sample as people want it; one that cannot be made goes on as failed, so that no sequence waits for it. */
  private async curated(id: string): Promise<Curated> {
    const { RED, node } = this.context;
    const { review } = await this.opened();
    const record = await review.get(id);
    const { sample, decision, revision } = record;
    try {
      const { host } = jobAccess(RED);
      const payload = await host.run('apply-decision', { sample, decision }, { signal: this.signal });
      for (const note of [payload.target, payload.weight].flatMap((image) => image?.notes ?? []))
        node.warn(`${id}: ${note}`);
      return { message: { payload }, revision, target: needsTarget(record) ? payload.target : undefined };
    } catch (error) {
      if (this.signal.aborted) throw error;
      node.error(toErrorRecord(error).message, { payload: sample });
      return { message: { payload: failedSample(sample, labelOf(node), error) }, revision };
    }
  }
}
