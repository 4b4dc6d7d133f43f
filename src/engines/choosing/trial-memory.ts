import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { type Static, Type } from '#typebox';
import { prepareCheck, validate, words } from '../../base/schema';
import { writeFileAtomic } from '../../storage/atomic-file';
import { DEVICES, ENGINES, PRECISIONS } from '../engine';
import { type Machine, MachineSchema } from './machine';
import { SpeedsSchema } from './trial';

/** What came of trying a backend. */
export const OutcomeSchema = Type.Union([
  Type.Object({ state: Type.Literal('working'), speeds: SpeedsSchema }),
  Type.Object({
    state: Type.Union([Type.Literal('absent'), Type.Literal('broken')]),
    reason: Type.String(),
    remedy: Type.Union([Type.String(), Type.Null()]),
  }),
]);
export type Outcome = Static<typeof OutcomeSchema>;

/** What is tried: a backend at a precision. */
export const TrialSubjectSchema = Type.Object({
  engine: words(ENGINES),
  device: words(DEVICES),
  precision: words(PRECISIONS),
});
export type TrialSubject = Static<typeof TrialSubjectSchema>;

/** A backend that was tried. */
export interface Trial extends TrialSubject {
  outcome: Outcome;
}

const FileSchema = Type.Object({
  format: Type.Literal('segmenter-trials'),
  formatVersion: Type.Literal(2),
  machine: MachineSchema,
  trials: Type.Array(
    Type.Object({
      ...TrialSubjectSchema.properties,
      /** milliseconds since 1970 */
      at: Type.Number(),
      outcome: OutcomeSchema,
    }),
  ),
});
type Entry = Static<typeof FileSchema>['trials'][number];

/** To be called on a deploy, so that the first job does not hold up Node-RED. */
export function prepareTrialChecks(): void {
  prepareCheck(FileSchema);
}

/** How long what was found counts, in milliseconds: a driver may be mended, a library installed. */
const COUNTS_FOR: Record<Outcome['state'], number> = {
  working: Number.POSITIVE_INFINITY,
  broken: 24 * 3600 * 1000,
  absent: 3600 * 1000,
};

/**
 * What trials of this machine gave, in a small file that any number of processes may share. A file that is damaged or
 * of another state of the machine counts as none; where none can be written, this process remembers alone.
 */
export class TrialMemory {
  readonly file: string;
  private unwritten: Entry[] | null = null;

  /**
   * @param folder the cache folder
   * @param now milliseconds since 1970; replaced in tests
   */
  constructor(
    folder: string,
    private readonly machine: Machine,
    private readonly now: () => number = Date.now,
  ) {
    this.file = path.join(folder, `engines-${machine.host.replaceAll(/[^A-Za-z0-9.-]/g, '_')}.json`);
  }

  /** The trials that still count. */
  async trials(): Promise<Trial[]> {
    const entries = (await this.entries()).filter(({ at, outcome: { state } }) => {
      const age = this.now() - at;
      return age >= 0 && age < COUNTS_FOR[state];
    });
    return entries.map(({ at: _at, ...trial }) => trial);
  }

  /** The trial of one backend at one precision, where it still counts. */
  async find(subject: TrialSubject): Promise<Trial | null> {
    return (await this.trials()).find((trial) => isOf(trial, subject)) ?? null;
  }

  /** Keeps a trial in place of an earlier one of the same backend and precision. */
  async remember({ engine, device, precision, outcome }: Trial): Promise<void> {
    const entry = { engine, device, precision, at: this.now(), outcome };
    await this.write([...(await this.entries()).filter((known) => !isOf(known, entry)), entry]);
  }

  private async entries(): Promise<Entry[]> {
    if (this.unwritten) return this.unwritten;
    try {
      const content = validate(FileSchema, JSON.parse(await readFile(this.file, 'utf8')), this.file);
      return isDeepStrictEqual(content.machine, this.machine) ? content.trials : [];
    } catch {
      return [];
    }
  }

  private async write(trials: Entry[]): Promise<void> {
    const content = { format: 'segmenter-trials', formatVersion: 2, machine: this.machine, trials };
    try {
      await writeFileAtomic(this.file, `${JSON.stringify(content, null, 2)}\n`);
      this.unwritten = null;
    } catch {
      this.unwritten = trials;
    }
  }
}

function isOf(one: TrialSubject, other: TrialSubject): boolean {
  return one.engine === other.engine && one.device === other.device && one.precision === other.precision;
}
