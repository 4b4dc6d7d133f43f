import { listNames } from '../../samples/names';
import { byValue, type Check, type CheckedRole, type ImageFacts, type SampleFacts } from './facts';

/** Whether the same pixels come under several names: as raw images that would be judged by what they taught. */
export const checkDuplicates: Check = (samples) => [
  ...repeats(samples, 'raw').map(({ ids, files, splits }) => ({
    severity: 'error' as const,
    message: `the raw images of ${listNames(ids)} hold the same pixels${files}${leakOf(splits)}`,
    samples: ids,
  })),
  ...(['seg1', 'seg2'] as const).flatMap((role) =>
    repeats(samples, role).map(({ ids, files }) => ({
      severity: 'warning' as const,
      message: `${role} is the same in ${listNames(ids)}${files}`,
      samples: ids,
    })),
  ),
];

interface Repeat {
  ids: string[];
  /** what they are used for */
  splits: ReadonlySet<SampleFacts['split']>;
  files: string;
}

const SPLITS = [
  ['val', 'validation'],
  ['test', 'test'],
] as const;

/** What a message adds where an image is judged by that was learned from. */
function leakOf(splits: Repeat['splits']): string {
  const judged = SPLITS.flatMap(([split, name]) => (splits.has(split) ? [name] : []));
  if (!splits.has('train') || judged.length === 0) return '';
  return `, in training and in ${judged.join(' and ')}, which then says how well they were learned by heart`;
}

/** Samples with equal pixels in a role; images of one value, which check-ups of their own tell of, do not count. */
function repeats(samples: readonly SampleFacts[], role: CheckedRole): Repeat[] {
  const seen = samples.flatMap(({ id, split, facts: { [role]: facts } }) =>
    facts && !isConstant(facts) ? [{ id, split, facts }] : [],
  );
  return byValue(seen, ({ facts }) => facts.hash)
    .filter(([, items]) => items.length > 1)
    .map(([, items]) => ({
      ids: items.map(({ id }) => id),
      splits: new Set(items.map(({ split }) => split)),
      files: items.every(({ facts }) => facts.complete) ? '' : ', as far as they were looked at',
    }));
}

function isConstant({ channels }: ImageFacts): boolean {
  return channels.every(({ range }) => !range || range.min === range.max);
}
