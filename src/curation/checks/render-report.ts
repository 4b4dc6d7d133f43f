import type { CheckReport, Finding } from '../page-api';

/** Findings of one check that are written out; a set that is wrong throughout is told of in a few lines. */
const MOST_OF_A_CHECK = 20;
const TITLES: Record<Finding['weight'], string> = { error: 'Errors', warning: 'Warnings', note: 'Notes' };

/** The report as Markdown that reads as plain text too: counts, then findings by weight and check. */
export function renderReport({ samples, findings, made }: CheckReport): string {
  const of = (weight: Finding['weight']) => findings.filter((finding) => finding.weight === weight);
  const counts = (['error', 'warning', 'note'] as const).map((weight) => counted(of(weight).length, weight));
  const lines = [`# Check of ${counted(samples, 'sample')}`, '', `${made}: ${counts.join(', ')}.`];
  for (const [weight, title] of Object.entries(TITLES) as [Finding['weight'], string][]) {
    const found = of(weight);
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
