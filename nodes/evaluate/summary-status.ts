import type { StatusLine } from '../node-status';
import type { SequenceSummary } from './sequence-summary';

/** Characters of an id in a status: its end tells images of one folder apart. */
const ID_LENGTH = 16;

/** Shows what a sequence came to: the mean over what could be compared, and which image is worst. */
export function showSummary(status: StatusLine, { mean, count, compared, worst }: SequenceSummary): void {
  if (!mean) return status.warning('noneCompared');
  const dice = mean.dice.toFixed(3);
  if (compared < count) return status.warning('meanFailed', { dice, compared, total: count });
  if (compared === 1 || !worst) return status.settled('mean', { dice, count });
  const name = worst.id.split('/').at(-1) ?? worst.id;
  const short = name.length > ID_LENGTH ? `…${name.slice(1 - ID_LENGTH)}` : name;
  status.settled('meanWorst', { dice, compared, worst: short, least: worst.dice.toFixed(2) });
}
