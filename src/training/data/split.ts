import { SegmenterError } from '../../base/errors';
import { Random } from '../../base/random';
import type { Sample } from '../../samples/sample';
import { type Folds, foldsOf, takenTogether } from './folds';

/** With fewer files that have foreground a block of each image is held out instead of whole files. */
const FEWEST_FILES = 4;
/** From so many groups with foreground on a share of them is held out where nobody says how to judge; fewer are cross-fitted. */
const GROUPS_TO_SPARE = 12;
const SPARED = 0.2;

/** Which samples a training learns from and which it is judged by; indices into the samples. */
export interface Split {
  /**
   * how: by the samples' own `split`, by files, by a block of each image, or not at all; or by all of it in turn, each fold
   * or each block held out of a training on the rest
   */
  kind: 'given' | 'files' | 'blocks' | 'none' | 'folds' | 'block-folds';
  train: number[];
  /** with `blocks` those of `train` that people labelled, with folds none */
  validation: number[];
  test: number[];
  /** with `folds` */
  folds?: Folds;
}

/** Whether all is held out in turn. */
export function isCrossFitted({ kind }: Pick<Split, 'kind'>): boolean {
  return kind === 'folds' || kind === 'block-folds';
}

/** Whether what is held out are parts of images. */
export function holdsOutBlocks({ kind }: Pick<Split, 'kind'>): boolean {
  return kind === 'blocks' || kind === 'block-folds';
}

/** Names the stream of the draw, apart from those that draw patches. */
const SPLIT_STREAM = 11;

/**
 * Divides the samples. `split` of a sample wins: test is never used, and where any sample is val, those are the
 * validation and no others. Else, of the files that are not test, the fraction is drawn from the seed (one at least), of
 * those with foreground and of those without in proportion; of fewer than four files with foreground the end of each image
 * is held out, for nothing could be judged without. A file's scenes and time points stay together. Where no fraction is
 * said, a fifth is drawn of what was taken apart ({@link takenTogether}), if that is twelve groups with foreground or more;
 * fewer are judged in turn ({@link foldsOf}), one file by its blocks. What a model labelled is trained on and never judged by.
 * @param fraction 0: no validation; null: by how many files there are
 * @param isEmpty whether a sample has no foreground; asked where files are drawn
 * @throws SegmenterError `invalid-input` when nothing that people labelled is left to train on
 */
export function splitSamples(
  samples: readonly Sample[],
  fraction: number | null,
  seed: number,
  isEmpty: (sample: Sample) => boolean = () => false,
): Split {
  const indices = (keep: (sample: Sample) => boolean) => samples.flatMap((sample, i) => (keep(sample) ? [i] : []));
  const isPredicted = (sample: Sample) => sample.origin === 'predicted';
  const test = indices((sample) => sample.split === 'test' || (sample.split === 'val' && isPredicted(sample)));
  const given = indices((sample) => sample.split === 'val' && !isPredicted(sample));
  const predicted = indices((sample) => sample.split !== 'test' && sample.split !== 'val' && isPredicted(sample));
  const rest = indices((sample) => sample.split !== 'test' && sample.split !== 'val' && !isPredicted(sample));
  const train = [...rest, ...predicted].sort((a, b) => a - b);
  if (rest.length === 0) {
    const others = predicted.length > 0 ? `, ${predicted.length} labelled by a model` : '';
    const message = `training samples: expected one at least${others && ' that people labelled'}, got none (${given.length} for validation, ${test.length} for test${others})`;
    throw new SegmenterError('invalid-input', message, { validation: given.length, test: test.length });
  }
  if (fraction === 0) return { kind: 'none', train, validation: [], test };
  if (given.length > 0) return { kind: 'given', train, validation: given, test };

  const { full, empty } =
    fraction === null ? (takenTogether(samples, rest, isEmpty) ?? NO_GROUPS) : filesOf(samples, rest, isEmpty);
  if (fraction === null && full.length < GROUPS_TO_SPARE) {
    const folds = foldsOf(samples, rest, seed, isEmpty);
    const judged = { train, validation: [], test };
    return folds ? { kind: 'folds', ...judged, folds } : { kind: 'block-folds', ...judged };
  }
  if (full.length < FEWEST_FILES) return { kind: 'blocks', train, validation: rest, test };
  const chosen = new Set(drawn({ full, empty }, fraction ?? SPARED, seed, samples).map((i) => samples[i].raw.uri));
  return {
    kind: 'files',
    // A file of which people labelled a scene that is held out is held out as a whole.
    train: train.filter((i) => !chosen.has(samples[i].raw.uri)),
    validation: rest.filter((i) => chosen.has(samples[i].raw.uri)),
    test,
  };
}

/** Groups of samples with foreground, and without. */
interface Groups {
  full: number[][];
  empty: number[][];
}

const NO_GROUPS: Groups = { full: [], empty: [] };

function filesOf(samples: readonly Sample[], among: readonly number[], isEmpty: (sample: Sample) => boolean): Groups {
  const files = new Map<string, number[]>();
  for (const i of among) files.set(samples[i].raw.uri, [...(files.get(samples[i].raw.uri) ?? []), i]);
  const isFull = (file: readonly number[]) => file.some((i) => !isEmpty(samples[i]));
  const groups = [...files.values()];
  return { full: groups.filter(isFull), empty: groups.filter((file) => !isFull(file)) };
}

/** Draws a share of groups, of those with foreground and without in proportion; one with foreground at least, and not all. */
function drawn({ full, empty }: Groups, share: number, seed: number, samples: readonly Sample[]): number[] {
  const nameOf = ([first]: readonly number[]) => samples[first].raw.uri;
  const ordered = [...full, ...empty].sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
  const shuffled = new Random(seed, SPLIT_STREAM).shuffled(ordered);
  const held = Math.max(1, Math.round(share * ordered.length));
  const heldFull = Math.min(full.length - 1, Math.max(1, Math.round((held * full.length) / ordered.length)));
  return [
    ...shuffled.filter((group) => full.includes(group)).slice(0, heldFull),
    ...shuffled.filter((group) => empty.includes(group)).slice(0, held - heldFull),
  ].flat();
}
