import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { Type } from '#typebox';
import { CancelledError } from '../base/errors';
import type { Progress } from '../base/long-work';
import { prepareCheck, validate } from '../base/schema';
import { writeFileAtomic } from '../storage/atomic-file';
import type { CheckReport, Finding } from './page-api';

const ReportSchema = Type.Object({
  samples: Type.Integer({ minimum: 0 }),
  findings: Type.Array(
    Type.Object({
      check: Type.String(),
      severity: Type.Unsafe<Finding['severity']>({ type: 'string', enum: ['error', 'warning', 'note'] }),
      message: Type.String(),
      samples: Type.Array(Type.String()),
    }),
  ),
  made: Type.String(),
});

/** Compiles the check of a report at a time that suits. */
export function prepareReportCheck(): void {
  prepareCheck(ReportSchema);
}

/** What the checks found of the samples in a review folder; kept there, so that a restart does not look again. */
export class KeptChecks {
  private folder = '';
  private report: CheckReport | null = null;
  private running: Promise<CheckReport> | null = null;
  private bySample = new Map<string, Finding[]>();

  /**
   * @param lookAt checks the samples of a folder, and tells how far it is
   * @param signal set when the node stops
   */
  constructor(
    private readonly lookAt: (folder: string, onProgress: (progress: Progress) => void) => Promise<CheckReport>,
    private readonly signal: AbortSignal,
  ) {}

  /** Takes up the last report of a folder, if there is one. */
  async open(folder: string): Promise<void> {
    this.folder = folder;
    const text = await readFile(this.file, 'utf8').catch(() => null);
    if (text !== null) this.take(parse(text));
  }

  /** Looks at all samples; who asks meanwhile gets the same report. */
  run(onProgress: (fraction: number) => void = () => undefined): Promise<CheckReport> {
    this.running ??= this.look(onProgress).finally(() => {
      this.running = null;
    });
    return this.running;
  }

  /** Gives the last report, where it is about the samples as they are; else a new one. */
  async latest(): Promise<CheckReport> {
    return this.report ?? this.run();
  }

  /** Notes that samples came or changed: the next who asks gets a new report, in lists the last counts until then. */
  async outdated(): Promise<void> {
    this.report = null;
    await rm(this.file, { force: true });
  }

  async forget(): Promise<void> {
    this.take(null);
    await rm(this.file, { force: true });
  }

  of(id: string): Finding[] {
    return this.bySample.get(id) ?? [];
  }

  counts(id: string): { errors: number; warnings: number } {
    const findings = this.of(id);
    return {
      errors: findings.filter(({ severity }) => severity === 'error').length,
      warnings: findings.filter(({ severity }) => severity === 'warning').length,
    };
  }

  private get file(): string {
    return path.join(this.folder, 'run', 'report.json');
  }

  private async look(onProgress: (fraction: number) => void): Promise<CheckReport> {
    const report = await this.lookAt(this.folder, ({ done, total }) => onProgress(total > 0 ? done / total : 0));
    if (this.signal.aborted) throw new CancelledError('checking');
    this.take(report);
    await writeFileAtomic(this.file, JSON.stringify(report));
    return report;
  }

  private take(report: CheckReport | null): void {
    this.report = report;
    this.bySample = new Map();
    for (const finding of report?.findings ?? []) {
      for (const id of finding.samples) this.bySample.set(id, [...this.of(id), finding]);
    }
  }
}

/** A report that cannot be read is made again. */
function parse(text: string): CheckReport | null {
  try {
    return validate(ReportSchema, JSON.parse(text), 'report');
  } catch {
    return null;
  }
}
