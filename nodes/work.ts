import type { Node, NodeAPI, NodeMessage, NodeMessageInFlow } from 'node-red';
import { LruCache } from '../src/base/collections';
import type {
  ComputeSettings,
  JobInput,
  JobName,
  JobOutput,
  JobRunner,
  JobRunOptions,
  WorkPlace,
} from '../src/jobs/job-types';
import type { KnownChoice } from '../src/jobs/settings';
import type { ErrorReport } from './error-report';
import { afterTries } from './failing/retries';
import { logged } from './job-events';
import type { StatusLine } from './node-status';
import { peek, sampleId } from './sample-message';
import { evaluateText, evaluateTyped, type TypedProperty } from './typed-property';
import { nameOfWork } from './work-name';

export type Send = (msg: NodeMessage | Array<NodeMessage | NodeMessage[] | null>) => void;

/** A message as it arrives at a node. */
export interface Arrival {
  msg: NodeMessageInFlow;
  send: Send;
  done: (error?: Error) => void;
}

export interface WorkParts<S> {
  RED: NodeAPI;
  node: Node;
  settings: S;
  compute: ComputeSettings;
  status: StatusLine;
  /** set by `msg.cancel` (reason "cancel"), by a deploy ("close") and by deletion ("removed") */
  signal: AbortSignal;
  host: JobRunner;
  errors: ErrorReport;
  msg: NodeMessageInFlow;
  send: Send;
  /** ends this work, as `msg.cancel` does */
  cancel: () => void;
  /** see {@link Work.isTriedAgain} */
  isTriedAgain: (error: unknown) => boolean;
}

/** What each node's log said last of where its work runs: once is enough. */
const lastSaid = new WeakMap<Node, string>();
/** What each node warned of since its deploy, so many texts. */
const warnedOnce = new WeakMap<Node, LruCache<string, true>>();
const MOST_WARNED = 1000;

/** One message in work: what a node needs to work on it. */
export class Work<S> {
  readonly RED: NodeAPI;
  readonly node: Node;
  readonly settings: S;
  readonly compute: ComputeSettings;
  readonly status: StatusLine;
  readonly signal: AbortSignal;
  readonly host: JobRunner;
  readonly errors: ErrorReport;
  readonly msg: NodeMessageInFlow;
  readonly send: Send;
  readonly cancel: () => void;
  /** Whether the message is worked on again later if this error is thrown now: then nothing of it must have been sent, nor is. */
  readonly isTriedAgain: (error: unknown) => boolean;
  private readonly warned = new Set<string>();

  constructor(parts: WorkParts<S>) {
    this.RED = parts.RED;
    this.node = parts.node;
    this.settings = parts.settings;
    this.compute = parts.compute;
    this.status = parts.status;
    this.signal = parts.signal;
    this.host = parts.host;
    this.errors = parts.errors;
    this.msg = parts.msg;
    this.send = parts.send;
    this.cancel = parts.cancel;
    this.isTriedAgain = parts.isTriedAgain;
  }

  /** Gives an error as it is told when nothing is tried any more: it says how often it was. */
  final(error: unknown): unknown {
    return afterTries(error, this.msg);
  }

  /** Tells whether the node was stopped by a deploy: nothing may be sent any more. */
  get stopped(): boolean {
    return this.signal.aborted && this.signal.reason !== 'cancel';
  }

  /** Whether earlier results are given again, or made anew as the node's setting or the message says. */
  get known(): KnownChoice {
    const { force } = this.settings as { force?: unknown };
    return force === true || peek(this.msg, 'force') === true ? 'renew' : 'give';
  }

  /** Evaluates a typed input with this message; undefined where it holds nothing. */
  value(name: keyof S & string): Promise<unknown> {
    return evaluateTyped(this.RED, this.node, this.property(name), this.msg);
  }

  /** Evaluates a typed input that must be text. @throws InvalidInputError */
  text(name: keyof S & string): Promise<string | undefined> {
    return evaluateText(this.RED, this.node, this.property(name), this.msg);
  }

  property(name: keyof S & string): TypedProperty {
    const settings = this.settings as Record<string, unknown>;
    return { name, value: String(settings[name] ?? ''), type: String(settings[`${name}Type`]) };
  }

  /** Runs a job, shows its progress and ends it when the work is cancelled. */
  run<K extends JobName>(job: K, input: JobInput<K>, options: JobRunOptions<K> = {}): Promise<JobOutput<K>> {
    const onProgress = ({ done, total }: { done: number; total: number }) => {
      if (!this.stopped) this.status.busy(total > 0 ? done / total : 0);
    };
    const onChoice = (choice: WorkPlace) => this.tellChoice(choice);
    const asker = { node: this.node.id, subject: sampleId(this.msg.payload), cancel: this.cancel };
    const heard = { signal: this.signal, onProgress, onChoice, asker, ...options };
    return logged(this, job, heard, (listeners) => this.host.run(job, input, listeners));
  }

  /**
   * Says where the work is and why: in the status, and in the log what the log does not say yet.
   */
  tellChoice(choice: WorkPlace): void {
    if (this.stopped) return;
    if (choice && 'waitsFor' in choice) {
      this.status.waitingFor('waiting', { what: nameOfWork(choice.waitsFor, (key) => this.RED._(key)) });
      return;
    }
    if (!choice) {
      this.status.trying();
      return;
    }
    const { reason, warnings } = choice;
    this.status.chosen(choice);
    if (lastSaid.get(this.node) !== reason) this.node.log(reason);
    lastSaid.set(this.node, reason);
    for (const warning of warnings) this.warn(warning);
  }

  /** Warns in the log, once for each message. */
  warn(warning: string): void {
    if (!this.warned.has(warning)) this.node.warn(warning);
    this.warned.add(warning);
  }

  /** Warns in the log, once for each deploy, of what holds for every message and is in its metrics. */
  warnOnce(warning: string): void {
    const known = warnedOnce.get(this.node) ?? new LruCache<string, true>(MOST_WARNED);
    warnedOnce.set(this.node, known);
    if (known.get(warning)) return;
    known.set(warning, true);
    this.warn(warning);
  }
}
