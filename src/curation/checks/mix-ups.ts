import { listNames } from '../../samples/names';
import { byValue, type Check, type CheckedRole, type ImageFacts, type SampleFacts } from './facts';

/**
 * Tells whether files that belong together are named alike: what varies among the raw names must be what varies among
 * those of the segmentations. Pairs by alphabetical order, as Segmenter ML makes them, slip by one where a file is
 * missing. A segmentation without part in a name of any raw image tells nothing.
 */
export const checkNames: Check = (samples) => {
  const raws = varyingParts(samples, 'raw');
  const ownerOf = new Map([...raws].map(([id, part]) => [part, id]));
  return (['seg1', 'seg2'] as const).flatMap((role) => {
    const parts = varyingParts(samples, role);
    return [...parts].flatMap(([id, part]) => {
      const owner = ownerOf.get(part);
      if (owner === undefined || owner === id) return [];
      const sample = samples.find((sample) => sample.id === id);
      const [segName, rawName] = [role, 'raw' as const].map((r) => sample && nameOf(sample, r));
      const message = `${role} of ${id} (${segName}) is named as the raw image of ${owner}, its own is ${rawName}: were files paired by order?`;
      return [{ severity: 'error' as const, message, samples: [id, owner] }];
    });
  });
};

/** Tells whether some samples lack a segmentation that others have. */
export const checkPairs: Check = (samples) =>
  (['seg1', 'seg2'] as const).flatMap((role) => {
    const without = samples.filter(({ images }) => !images[role]).map(({ id }) => id);
    if (without.length === 0 || without.length === samples.length) return [];
    const message = `${without.length} of ${samples.length} samples have no ${role}, the others do`;
    return [{ severity: 'warning' as const, message, samples: without }];
  });

/** The names of a role without what all of them begin and end with, by sample; nothing where files hold several images. */
function varyingParts(samples: readonly SampleFacts[], role: CheckedRole): Map<string, string> {
  const named = samples.flatMap((sample) => {
    const name = nameOf(sample, role);
    const isOwn = role === 'raw' || sample.images[role]?.uri !== sample.images.raw?.uri;
    return name !== null && isOwn ? [{ id: sample.id, name }] : [];
  });
  const names = named.map(({ name }) => name);
  if (new Set(names).size < names.length || names.length < 2) return new Map();
  const prefix = sharedStart(names);
  const suffix = sharedStart(names.map((name) => reversed(name.slice(prefix))));
  return new Map(named.map(({ id, name }) => [id, name.slice(prefix, name.length - suffix)]));
}

/** Name of the file, without its folders. */
function nameOf({ images }: SampleFacts, role: CheckedRole): string | null {
  const uri = images[role]?.uri;
  if (uri === undefined) return null;
  const name = uri.slice(uri.lastIndexOf('/') + 1);
  try {
    return decodeURIComponent(name);
  } catch {
    // An address need not be valid UTF-8; it tells names apart as it is.
    return name;
  }
}

/** How many characters all begin with. */
function sharedStart(texts: readonly string[]): number {
  const [first] = texts;
  let n = 0;
  while (n < first.length && texts.every((text) => text[n] === first[n])) n++;
  return n;
}

function reversed(text: string): string {
  return [...text].reverse().join('');
}

/** Tells whether the same pixels come under several names: as raw images that would be judged by what they taught. */
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
