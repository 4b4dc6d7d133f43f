import { listNames } from '../../samples/names';
import { byValue, type Check, type CheckedRole, type ImageFacts, type SampleFacts } from './facts';

/** Whether the same pixels come under several names: as raw images that would be judged by what they taught. */
export const checkDuplicates: Check = (samples) => [
  ...repeats(samples, 'raw').map(({ ids, files }) => ({
    weight: 'error' as const,
    message: `the raw images of ${listNames(ids)} hold the same pixels${files}`,
    samples: ids,
  })),
  ...(['seg1', 'seg2'] as const).flatMap((role) =>
    repeats(samples, role).map(({ ids, files }) => ({
      weight: 'warning' as const,
      message: `${role} is the same in ${listNames(ids)}${files}`,
      samples: ids,
    })),
  ),
];

/** Samples with equal pixels in a role; images of one value, which check-ups of their own tell of, do not count. */
function repeats(samples: readonly SampleFacts[], role: CheckedRole): { ids: string[]; files: string }[] {
  const seen = samples.flatMap(({ id, facts: { [role]: facts } }) =>
    facts && !isConstant(facts) ? [{ id, facts }] : [],
  );
  return byValue(seen, ({ facts }) => facts.hash)
    .filter(([, items]) => items.length > 1)
    .map(([, items]) => ({
      ids: items.map(({ id }) => id),
      files: items.every(({ facts }) => facts.complete) ? '' : ', as far as they were looked at',
    }));
}

function isConstant({ channels }: ImageFacts): boolean {
  return channels.every(({ range }) => !range || range.min === range.max);
}
