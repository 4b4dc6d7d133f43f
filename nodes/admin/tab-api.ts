import type { Change } from '../../src/events/change';
import type { HappenedEvent } from '../../src/events/event';
import type { ModelInventory } from '../../src/models/inventory';

/** A node as an answer names it, for an editor that may know more of it. */
export interface NamedNode {
  id: string;
  type: string;
  name: string;
  /** the flow that it lies in; of a node in a subflow that instance */
  flow: string;
}

/** A job that runs or waits on this machine. */
export interface JobRow {
  /** of this job alone in the life of the process */
  id: number;
  job: string;
  node: NamedNode;
  /** what it works on, such as the id of a sample or the name of a model */
  subject: string | null;
  /** how many of its queue begin before it; null: it has begun */
  ahead: number | null;
  /** what held its turn when it came; null: nothing */
  waitsFor: string | null;
  /** when it came and when it began, milliseconds since 1970 */
  since: number;
  begun: number | null;
  /** from 0 to 1; null: nothing is known yet */
  progress: number | null;
  engine: string | null;
  device: string | null;
  /** why it computes there */
  reason: string | null;
  /** messages that wait at the node */
  waiting: number;
  training: TrainingRow | null;
}

/** What more is known of a training. */
export interface TrainingRow {
  epoch: number;
  validationDice: number | null;
  /** seconds to go */
  remaining: number;
  /** what the page of trainings knows it by; null: it has not told yet */
  run: string | null;
}

export interface JobsAnswer {
  /** milliseconds since 1970, by the clock of the server */
  now: number;
  mayWrite: boolean;
  jobs: JobRow[];
}

/** The queue of a compute node, with the machines that work for it. */
export interface QueueRow {
  /** of the compute node */
  id: string;
  name: string;
  /** without user and password */
  address: string;
  /** why the server does not answer; null: it does */
  problem: string | null;
  /** jobs of all who ask, null: not known */
  waiting: number | null;
  running: number | null;
  workers: MachineRow[];
}

export interface MachineRow {
  name: string;
  /** of the package */
  version: string;
  isAlive: boolean;
  /** since it was heard of last */
  seconds: number;
  /** why it takes no job now; null: it does */
  rests: string | null;
  devices: Array<{ name: string; job: string | null }>;
}

export interface MachinesAnswer {
  queues: QueueRow[];
}

/** A place in the flows where a model is named in writing; what messages bring nobody knows before. */
export interface ModelUse extends NamedNode {
  /** of the node */
  property: string;
  model: string;
  /** null: the one that the name means */
  version: string | null;
}

export interface ModelsAnswer extends ModelInventory {
  mayWrite: boolean;
  /** where the running flows name a model */
  uses: ModelUse[];
  /** names of models that are being trained */
  training: string[];
}

export interface ChangeAnswer {
  /** what a person should know of the change */
  warnings: string[];
}

/** A model that was taken from elsewhere. */
export interface ImportAnswer {
  name: string;
  version: string;
  warnings: string[];
  /** of its test output; null: it came without a test */
  tested: { difference: number; values: number } | null;
}

/** A message that failed though it was tried again and again. */
export interface FailedRow {
  id: string;
  node: NamedNode;
  /** whether its node is in the flows */
  isThere: boolean;
  sample: string | null;
  error: { code: string; message: string };
  tries: number;
  /** of the first try and of the last, milliseconds since 1970 */
  first: number;
  last: number;
  /** properties of the message that could not be kept */
  without: string[];
}

export interface FailedAnswer {
  /** milliseconds since 1970, by the clock of the server */
  now: number;
  mayWrite: boolean;
  /** of all; the rows are the latest */
  total: number;
  rows: FailedRow[];
}

/** A line of the log of events or of changes, or how many lines a disk did not take. */
export type LogRecord = { at: string; lost?: number } & Partial<HappenedEvent> & Partial<Change>;

/** `GET log` */
export interface LogAnswer {
  of: 'events' | 'changes';
  /** the newest first */
  records: LogRecord[];
  /** whether this log is kept */
  isLogged: boolean;
}
