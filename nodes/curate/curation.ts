import path from 'node:path';
import type { Node, NodeAPI } from 'node-red';
import { CancelledError, InvalidInputError, SegmenterError, toErrorRecord } from '../../src/base/errors';
import { Retried } from '../../src/base/retried';
import { renderReport } from '../../src/curation/checks';
import { adoptRecord } from '../../src/curation/import-tables';
import { KeptChecks } from '../../src/curation/kept-checks';
import type { CheckReport, Finding, FinishAnswer, Queue, QueueItem, SaveRequest } from '../../src/curation/page-api';
import type { ReviewRecord } from '../../src/curation/record';
import { ReviewFolder } from '../../src/curation/review-folder';
import { archiveRecords, clearLeftovers } from '../../src/curation/review-upkeep';
import { claimFolder, countsOf, isFinished, type OpenReview, RunStateFile } from '../../src/curation/run-state';
import type { ImageDescription } from '../../src/image/description';
import type { JobRunner } from '../../src/jobs/job-types';
import type { Sample } from '../../src/samples/sample';
import { jobAccess } from '../job-host-access';
import type { FailedSample } from '../sample-message';
import { labelOf } from '../sample-node';
import { evaluateText } from '../typed-property';
import type { NodeContext } from '../working/behaviour';
import { differs, imageOfRole, ROLES, type Role } from './page-images';
import { Sending } from './sending';
import type { CurateSettings } from './settings';

/** A running node whose page can be opened. */
export interface CurateNode extends Node {
  /** null where the node's settings are wrong */
  curation?: Curation | null;
}

/** What other processes changed is looked for this often at most, in milliseconds. */
const REFRESH_MS = 10_000;

/** The curation of one node: the samples that people decide on, what they decided, and its way on into the flow. */
export class Curation {
  readonly node: Node;
  private readonly RED: NodeAPI;
  private readonly stopping = new AbortController();
  private readonly opening: Retried<OpenReview>;
  private isStarted = false;
  private isResumed = false;
  private readonly checks: KeptChecks;
  private readonly sending: Sending;
  /** of samples whose tiles were asked for */
  private readonly samples = new Map<string, Pick<ReviewRecord, 'revision' | 'sample'>>();
  private refreshed = 0;

  constructor(private readonly context: NodeContext<CurateSettings>) {
    this.node = context.node;
    this.RED = context.RED;
    this.checks = new KeptChecks(
      (folder, onProgress) => this.host.run('check-samples', { folder }, { signal: this.stopping.signal, onProgress }),
      this.stopping.signal,
    );
    this.opening = new Retried(() => this.open(), this.stopping.signal);
    const opened = () => this.opening.get();
    this.sending = new Sending(context, opened, this.stopping.signal, () => this.tellProgress());
    opened().catch((error: unknown) => {
      if (!this.stopping.signal.aborted) this.node.error(error);
    });
  }

  get host(): JobRunner {
    return jobAccess(this.RED).host;
  }

  /** Goes on with what a restart interrupted; to be called when all nodes have started. */
  async resume(): Promise<void> {
    this.isStarted = true;
    // A folder that comes late is taken up when it has come.
    const opened = await this.opening.get().catch(() => null);
    if (!opened || this.isResumed || this.stopping.signal.aborted) return;
    this.isResumed = true;
    await this.sending.resume();
  }

  close(): void {
    this.stopping.abort();
  }

  /** The folder of the review. @throws SegmenterError where it cannot be used */
  async folder(): Promise<string> {
    return (await this.opening.get()).review.folder;
  }

  /** Puts a sample up for people; images of the scratch store are kept with the review. One of the same id is updated. */
  async add(sample: Sample, signal: AbortSignal): Promise<void> {
    const { review, state } = await this.opening.get();
    const kept = await this.host.run('keep-images', { sample, folder: path.join(review.folder, 'images') }, { signal });
    const before = review.has(sample.id) ? await review.get(sample.id) : null;
    const { record } = await review.add(kept);
    const { raw } = before?.sample ?? {};
    if (raw?.file && kept.raw.file && raw.uri !== kept.raw.uri) {
      this.node.warn(`${sample.id}: ${kept.raw.uri} takes the place of ${raw.uri}, as both have this id`);
    }
    if (Object.hasOwn(state.value.failed, sample.id)) {
      const { [sample.id]: _, ...others } = state.value.failed;
      await state.update({ failed: others });
    }
    if (record.revision === before?.revision) return;
    if (this.context.settings.adopt) {
      const adopted = await adoptRecord(review, record);
      if (adopted !== record) this.sending.changed(adopted);
    }
    // What was drawn stays, but whether it holds for other pixels only a person can tell.
    if (record.decision.state === 'used' && before && ROLES.some((role) => differs(before.sample, kept, role))) {
      const { revision, decision } = record;
      await review.save(sample.id, { revision, decision: { ...decision, state: 'undecided' } }, null);
    }
    await this.checks.outdated();
    if (state.value.finished !== null) await state.update({ finished: null });
  }

  /** A sample that failed before takes its place in the sequence that goes out. */
  async addFailed(sample: FailedSample): Promise<void> {
    const { state } = await this.opening.get();
    if (this.context.settings.emit === 'each') return this.node.send([{ payload: sample }, null]);
    await state.update({ failed: { ...state.value.failed, [sample.id]: { ...sample } } });
  }

  /** The samples are there: checks them and tells what was found. */
  async begin(onProgress: (fraction: number) => void): Promise<void> {
    await this.tellProgress();
    const report = await this.checks.run(onProgress);
    if (this.stopping.signal.aborted) return;
    this.node.send([null, { topic: 'checks', payload: report, report: renderReport(report) }]);
  }

  /** What the checks found, of the samples as they are now. */
  report(): Promise<CheckReport> {
    return this.checks.latest();
  }

  async findings(id: string): Promise<Finding[]> {
    await this.opening.get();
    return this.checks.of(id);
  }

  /** Begins anew: what was decided goes into a folder of its own, and the queue is empty. */
  async reset(): Promise<void> {
    const { review, state } = await this.opening.get();
    await archiveRecords(review);
    await state.reset();
    this.samples.clear();
    await this.checks.forget();
  }

  /** @param user null where the editor has no login */
  async queue(user: string | null, canWrite: boolean): Promise<Queue> {
    const { review, state } = await this.opening.get();
    const now = Date.now();
    if (now - this.refreshed > REFRESH_MS) {
      this.refreshed = now;
      await review.refresh();
    }
    const items = review.list().map(
      ({ id, state, reason, by, revision }): QueueItem => ({
        id,
        state,
        reason,
        by,
        revision,
        ...this.checks.counts(id),
      }),
    );
    const { wires } = this.node as Node & { wires?: string[][] };
    const isWired = (wires?.[0]?.length ?? 0) > 0;
    return { title: this.node.name ?? '', items, user, canWrite, finished: isFinished(review, state), isWired };
  }

  /** An image of a sample, as the page asks for it again and again. @throws SegmenterError `not-found` */
  async image(id: string, role: Role): Promise<ImageDescription> {
    const { review } = await this.opening.get();
    const revision = review.summary(id)?.revision;
    let known = this.samples.get(id);
    if (revision === undefined || known?.revision !== revision) {
      known = await this.record(id);
      this.samples.set(id, { revision: known.revision, sample: known.sample });
    }
    const image = imageOfRole(known.sample, role);
    if (!image) throw new SegmenterError('not-found', `sample ${id} has no ${role}`, { id, role });
    return image;
  }

  /** @throws SegmenterError `not-found` for an id that is not in the queue */
  async record(id: string): Promise<ReviewRecord> {
    const { review } = await this.opening.get();
    if (!review.has(id)) throw new SegmenterError('not-found', `no sample ${id} in the queue`, { id });
    return review.get(id);
  }

  /** @throws ConflictError where the sample was changed since that revision */
  async save(id: string, { revision, decision }: SaveRequest, by: string | null): Promise<ReviewRecord> {
    const { review } = await this.opening.get();
    const before = review.summary(id);
    if (!before) throw new SegmenterError('not-found', `no sample ${id} in the queue`, { id });
    const record = await review.save(id, { revision, decision }, by);
    this.sending.changed(record);
    if (before.state !== record.decision.state) await this.tellProgress(record);
    return record;
  }

  /**
   * As a person's Finish does it, for a flow that comes for what is new at a time of its own: where nothing was decided or
   * changed since the last one, nothing goes on.
   */
  async finishNews(): Promise<void> {
    const { review, state } = await this.opening.get();
    const isNew = review
      .list()
      .some(({ id, state: decided, revision }) => decided === 'used' && state.sentRevision(id) !== revision);
    if (isNew) await this.sending.finish();
  }

  /** Sends the used samples on. */
  async finish(): Promise<FinishAnswer> {
    const { review } = await this.opening.get();
    await this.sending.finish();
    return countsOf(review);
  }

  /** Shows how far people are, and tells those who listen. @param record whose state changed */
  async tellProgress(record?: ReviewRecord): Promise<void> {
    if (this.stopping.signal.aborted) return;
    const { review, state } = await this.opening.get();
    const { id, decision, by } = record ?? {};
    const changed = record ? { id, state: decision?.state, by } : {};
    const payload = { ...changed, ...countsOf(review), finished: isFinished(review, state) };
    this.node.send([null, { topic: 'progress', payload }]);
    await this.showStatus();
  }

  async showStatus(): Promise<void> {
    const { status } = this.context;
    const { review, state } = await this.opening.get();
    if (this.stopping.signal.aborted) return;
    const { used, rejected, undecided } = countsOf(review);
    const total = used + rejected + undecided;
    if (state.value.sending) return;
    if (total === 0) status.waitingFor('empty');
    else if (isFinished(review, state)) status.settled('sent', { count: used });
    else status.waitingFor('decided', { decided: used + rejected, total });
  }

  private async open(): Promise<OpenReview> {
    try {
      const review = await this.openFolder();
      // What waits for this is told first.
      setImmediate(() => this.takeUp().catch((error: unknown) => this.node.error(error)));
      return review;
    } catch (error) {
      if (!this.stopping.signal.aborted) this.context.status.failed(error);
      throw error;
    }
  }

  /** Shows what was opened; where the flows have started meanwhile, what a restart interrupted goes on now. */
  private async takeUp(): Promise<void> {
    await this.showStatus();
    if (this.isStarted) await this.resume();
  }

  private async openFolder(): Promise<OpenReview> {
    const { RED, node, settings } = this.context;
    const property = { name: 'folder', value: settings.folder, type: settings.folderType };
    const text = await evaluateText(RED, node, property, {});
    if (text === undefined) throw new InvalidInputError('folder', 'the path of a folder', settings.folder);
    const { signal } = this.stopping;
    const { path: folder } = await this.host.run('inspect-path', { path: text }, { signal });
    const release = claimFolder(folder, labelOf(node), signal);
    try {
      const review = await ReviewFolder.open(folder);
      this.refreshed = Date.now();
      const state = await RunStateFile.open(review.folder);
      await this.checks.open(review.folder);
      if (signal.aborted) throw new CancelledError('opening the review folder');
      for (const [name, problem] of review.problems) node.warn(`${name}: ${problem}`);
      if (review.others.length > 0) {
        node.warn(`${folder}: ${review.others.join(', ')} are not of the review and stay as they are`);
      }
      clearLeftovers(review, { signal }).catch((error: unknown) => {
        if (!signal.aborted) node.warn(toErrorRecord(error).message);
      });
      return { review, state };
    } catch (error) {
      release();
      throw error;
    }
  }
}
