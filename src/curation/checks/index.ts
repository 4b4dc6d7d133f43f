import type { CheckReport, Finding } from '../page-api';
import { type Check, checkReading, type SampleFacts } from './facts';
import { checkFocus } from './focus';
import { checkIntensities } from './intensities';
import { checkDuplicates, checkNames, checkPairs } from './mix-ups';
import { checkChannels, checkLabels, checkPixelSizes, checkShapes } from './segmentations';

/** Checks on a set of samples before GPU time is spent on it: facts are gathered in one pass an image, then judged. */

export type { ImageFacts, SampleFacts } from './facts';
export { gatherFacts, MOST_PIXELS } from './gather';
export { ImageLooks } from './intensities';

/** Every check, by the name that findings carry; a new one is a row. */
const CHECKS: Record<string, Check> = {
  reading: checkReading,
  pairs: checkPairs,
  names: checkNames,
  shapes: checkShapes,
  channels: checkChannels,
  'pixel size': checkPixelSizes,
  labels: checkLabels,
  intensities: checkIntensities,
  duplicates: checkDuplicates,
  focus: checkFocus,
};

/** What a training is checked for; what else must hold it cannot begin without. */
const OF_TRAININGS = ['names', 'channels', 'pixel size', 'intensities', 'duplicates'] as const;

const SEVERITIES: Finding['severity'][] = ['error', 'warning', 'note'];

/** Reports on samples that were looked at. */
export function checkSamples(samples: readonly SampleFacts[], now: Date): CheckReport {
  return { samples: samples.length, findings: findingsOf(samples, Object.keys(CHECKS)), made: now.toISOString() };
}

/** Says what is to be said of the samples of a training. */
export function checkTraining(samples: readonly SampleFacts[]): Finding[] {
  return findingsOf(samples, OF_TRAININGS);
}

/** Errors first, then in the order of the checks. */
function findingsOf(samples: readonly SampleFacts[], checks: readonly (keyof typeof CHECKS)[]): Finding[] {
  const found = checks.flatMap((check): Finding[] => CHECKS[check](samples).map((finding) => ({ check, ...finding })));
  return SEVERITIES.flatMap((severity) => found.filter((finding) => finding.severity === severity));
}

/** Findings of one check that are written out; a set that is wrong throughout is told of in a few lines. */
const MOST_OF_A_CHECK = 20;
const TITLES: Record<Finding['severity'], string> = { error: 'Errors', warning: 'Warnings', note: 'Notes' };

/** Writes the report as Markdown that reads as plain text too: counts, then findings by severity and check. */
export function renderReport({ samples, findings, made }: CheckReport): string {
  const of = (severity: Finding['severity']) => findings.filter((finding) => finding.severity === severity);
  const counts = (['error', 'warning', 'note'] as const).map((severity) => counted(of(severity).length, severity));
  const lines = [`# Check of ${counted(samples, 'sample')}`, '', `${made}: ${counts.join(', ')}.`];
  for (const [severity, title] of Object.entries(TITLES) as [Finding['severity'], string][]) {
    const found = of(severity);
    if (found.length === 0) continue;
    lines.push('', `## ${title}`, '');
    for (const check of new Set(found.map((finding) => finding.check))) {
      const messages = found.filter((finding) => finding.check === check).map(({ message }) => message);
      lines.push(...messages.slice(0, MOST_OF_A_CHECK).map((message) => `- ${check}: ${plain(message)}`));
      const more = messages.length - MOST_OF_A_CHECK;
      if (more > 0) lines.push(`- ${check}: ${more} more`);
    }
  }
  return `${lines.join('\n')}\n`;
}

function counted(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`;
}

/** Names of files may hold line ends and what Markdown takes for markup. */
function plain(message: string): string {
  return message.replace(/\s+/g, ' ').replace(/[`*<>[\]]/g, '\\$&');
}
