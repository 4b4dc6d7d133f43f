import path from 'node:path';
import { throwIfCancelled } from '../base/errors';
import { readManifest } from '../samples/manifest';
import type { SampleEntry, SampleListing } from '../samples/request';
import type { Sample } from '../samples/sample';
import { imageId } from '../samples/sample-id';
import { isInside } from '../storage/paths';
import { isWebAddress } from '../storage/servers';
import type { ReviewFolder } from './review-folder';

/**
 * The samples of Segmenter ML's tables (`train.csv`, `val.csv`, `test.csv`, or any manifest), each raw image once. Ids
 * count from the deepest folder that holds all raw images. A set that a file's name gives is not taken over: Segmenter
 * ML's val and test are the same rows, and neither keeps what was acquired together apart.
 * @returns entries to be opened, with their polygon files (.npy, plain or of objects), and remarks
 * @throws SegmenterError as reading a manifest does
 */
export async function listTables(files: readonly string[], roots: readonly string[]): Promise<SampleListing> {
  const byRaw = new Map<string, SampleEntry>();
  const problems: string[] = [];
  for (const file of files) {
    const listing = await readManifest(file, roots);
    problems.push(...listing.problems);
    const again: string[] = [];
    for (const entry of listing.entries) {
      const before = byRaw.get(entry.raw);
      if (!before) byRaw.set(entry.raw, entry);
      else again.push(...differences(before, entry));
    }
    problems.push(...again.map((text) => `${file}: ${text}`));
  }
  const entries = [...byRaw.values()];
  const local = entries.map(({ raw }) => raw).filter((raw) => !isWebAddress(raw));
  const root = commonFolder(local);
  return {
    entries: entries.map((entry) => (isWebAddress(entry.raw) ? entry : { ...entry, id: imageId(entry.raw, root) })),
    problems,
  };
}

/** What two rows of one raw image say differently; the first counts. */
function differences(first: SampleEntry, second: SampleEntry): string[] {
  const fields = ['seg1', 'seg2', 'mergeMask', 'excludeMask', 'base'] as const;
  const differing = fields.filter((field) => first[field] !== second[field]);
  return differing.length === 0 ? [] : [`${second.raw} was listed before with another ${differing.join(', ')}`];
}

function commonFolder(files: readonly string[]): string {
  let folder = path.dirname(files[0] ?? path.sep);
  while (!files.every((file) => isInside(folder, file)) && path.dirname(folder) !== folder)
    folder = path.dirname(folder);
  return folder;
}

/**
 * Takes curated samples over into a review: their masks and base as a decision to use them. What people decided here
 * already stays.
 * @param samples opened, with their masks
 * @param by who takes them over
 * @returns ids of those whose earlier decision stayed
 */
export async function adoptSamples(
  review: ReviewFolder,
  samples: AsyncIterable<Sample> | Iterable<Sample>,
  by: string | null,
  { signal }: { signal?: AbortSignal } = {},
): Promise<string[]> {
  const kept: string[] = [];
  for await (const sample of samples) {
    throwIfCancelled(signal, 'taking over samples');
    const { record } = await review.add(sample);
    if (record.decision.state !== 'undecided') kept.push(record.id);
    else {
      const { id, revision, decision } = record;
      await review.save(id, { revision, decision: { ...decision, state: 'used' } }, by);
    }
  }
  return kept;
}
