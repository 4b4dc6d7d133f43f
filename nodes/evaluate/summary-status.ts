import { lastName } from '../../src/samples/names';
import type { StatusLine } from '../node-status';
import type { SequenceSummary } from './sequence-summary';

/** Characters of an id in a status: its end tells images of one folder apart. */
const ID_LENGTH = 16;

/** Shows what a sequence came to: the mean over what could be compared, and which image is worst. */
export function showSummary(status: StatusLine, { mean, count, compared, worst }: SequenceSummary): void {
  const dice = mean?.dice.toFixed(3) ?? '';
  if (!mean) status.warning('noneCompared');
  else if (compared < count) status.warning('meanFailed', { dice, compared, total: count });
  else if (compared === 1 || !worst) status.settled('mean', { dice, count });
  else status.settled('meanWorst', { dice, compared, worst: endOf(worst.id), least: worst.dice.toFixed(2) });
}

function endOf(id: string): string {
  const name = lastName(id);
  return name.length > ID_LENGTH ? `…${name.slice(1 - ID_LENGTH)}` : name;
}
