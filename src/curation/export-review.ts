import path from 'node:path';
import { SegmenterError } from '../base/errors';
import { isRecord } from '../base/plain-json';
import { toCsv } from '../metrics/summary';
import { AtomicFolder } from '../storage/atomic-folder';
import { readText } from '../storage/outside-files';
import { isWebAddress } from '../storage/roots';
import { type MadeTarget, type ManifestRow, manifestRow } from './manifest-row';
import type { ReviewRecord } from './record';
import { type ReviewSplit, splitForReview } from './split';

/** Tells a folder that was exported, which may be replaced, from any other. */
const MARK = 'split.json';
const COLUMNS = ['raw', 'seg1', 'seg2', 'merge_mask', 'exclude_mask', 'base_image'] as const;
/** Ours; only where a sample needs them. */
const OWN_COLUMNS = ['scene', 'pages', 'foreground', 'seg2_foreground', 'unknown', 'seg2_unknown'] as const;
const PATH_COLUMNS = ['raw', 'seg1', 'seg2', 'merge_mask', 'exclude_mask'] as const;

export interface ExportOptions {
  /** made, or replaced where it is an earlier export */
  folder: string;
  /** of the split */
  seed: number;
  /** relative to the folder, or absolute, which Segmenter ML needs */
  paths?: 'relative' | 'absolute';
  /** targets by sample, for decisions that polygons alone do not tell */
  targets?: ReadonlyMap<string, MadeTarget>;
}

export interface ExportResult {
  folder: string;
  split: ReviewSplit['kind'];
  /** ids of the samples in the tables */
  samples: string[];
  /** who was left out and why, and what a person should know */
  remarks: string[];
}

interface Entry {
  id: string;
  uri: string;
  split?: 'train' | 'val' | 'test';
  row: ManifestRow;
}

/**
 * Writes the used samples as tables with Segmenter ML's columns, and their masks: `samples.csv` with all of them, and by
 * the split `train.csv`, `val.csv` and `test.csv`, or below 12 samples `fold-1.csv` and so on, with a column `split` that
 * this project's nodes read, and `train.csv` and `val.csv` of the first fold. `split.json` says who is where.
 * The folder appears whole or not at all.
 * @param records in any state: those that are not used are passed over
 * @throws SegmenterError `not-found` where no sample is left; `exists` where the folder is something else
 */
export async function exportReview(
  records: AsyncIterable<ReviewRecord> | Iterable<ReviewRecord>,
  { folder, seed, paths = 'relative', targets = new Map() }: ExportOptions,
): Promise<ExportResult> {
  const full = path.resolve(folder);
  const output = await AtomicFolder.create(full, {
    existing: 'replace',
    mayReplace: isExport,
    mayHold: isNameInExport,
  });
  try {
    const entries: Entry[] = [];
    const remarks: string[] = [];
    const ownerOf = new Map<string, string>();
    for await (const record of records) {
      if (record.decision.state !== 'used') continue;
      const { id, sample } = record;
      const parts = manifestRow(record, targets.get(id) ?? null);
      if (typeof parts === 'string') {
        remarks.push(parts);
        continue;
      }
      // A table tells samples apart by their raw files and scenes.
      const { uri, scene } = sample.raw;
      const place = `${uri}: ${scene}`;
      const owner = ownerOf.get(place);
      if (owner !== undefined) {
        remarks.push(`${id}: left out, a table names each scene of a file once and that of ${uri} is ${owner} too`);
        continue;
      }
      ownerOf.set(place, id);
      for (const { name, content } of parts.masks) await output.write(name, content);
      remarks.push(...parts.remarks);
      entries.push({ id, uri, ...(sample.split ? { split: sample.split } : {}), row: parts.row });
    }
    if (entries.length === 0) throw nothingLeft(full, remarks);
    const split = splitForReview(entries, seed);
    for (const [name, text] of filesOf(entries, split, seed, full, paths)) await output.write(name, Buffer.from(text));
    await output.commit();
    return { folder: full, split: split.kind, samples: entries.map(({ id }) => id), remarks };
  } catch (error) {
    await output.abort();
    throw error;
  }
}

/** The files of an export besides the masks, by name. */
function filesOf(
  entries: readonly Entry[],
  split: ReviewSplit,
  seed: number,
  folder: string,
  paths: 'relative' | 'absolute',
): Map<string, string> {
  const all = entries.map((_, i) => i);
  const place = (value: string | null) => value && placed(value, folder, paths);
  const more = OWN_COLUMNS.filter((column) => entries.some(({ row }) => row[column] !== null));
  const table = (indices: readonly number[], setOf?: (i: number) => string) => {
    const header = ['', ...COLUMNS, ...more, ...(setOf ? ['split'] : [])];
    const lines = indices.map((i, line) => {
      const { row } = entries[i];
      const cells = [
        ...PATH_COLUMNS.map((column) => place(row[column])),
        row.base_image,
        ...more.map((column) => row[column]),
      ];
      return [line, ...cells, ...(setOf ? [setOf(i)] : [])];
    });
    return toCsv([header, ...lines]);
  };
  const ids = (indices: readonly number[]) => indices.map((i) => entries[i].id);
  const files = new Map<string, string>();
  const mark: Record<string, unknown> = { version: 1, kind: split.kind, seed };
  if (split.kind === 'sets') {
    const { train, val, test, level } = split;
    const [inVal, inTest] = [new Set(val), new Set(test)];
    const setOf = (i: number) => (inVal.has(i) ? 'val' : inTest.has(i) ? 'test' : 'train');
    files.set('samples.csv', table(all, setOf));
    for (const [name, set] of Object.entries({ train, val, test })) files.set(`${name}.csv`, table(set));
    Object.assign(mark, { level, train: ids(train), val: ids(val), test: ids(test) });
  } else {
    files.set('samples.csv', table(all));
    const folds = split.kind === 'folds' ? split.folds : [];
    for (const [f, { val }] of folds.entries()) {
      const inVal = new Set(val);
      files.set(
        `fold-${f + 1}.csv`,
        table(all, (i) => (inVal.has(i) ? 'val' : 'train')),
      );
    }
    if (folds.length > 0) {
      files.set('train.csv', table(folds[0].train));
      files.set('val.csv', table(folds[0].val));
    }
    if (split.kind === 'folds') Object.assign(mark, { level: split.level, folds: folds.map(({ val }) => ids(val)) });
  }
  files.set(MARK, `${JSON.stringify(mark, null, 2)}\n`);
  return files;
}

function placed(value: string, folder: string, paths: 'relative' | 'absolute'): string {
  if (isWebAddress(value)) return value;
  const absolute = path.resolve(folder, value);
  if (paths === 'absolute') return absolute;
  // On Windows a file on another drive has no relative path, and `path.relative` answers with its absolute one.
  return path.relative(folder, absolute).split(path.sep).join('/');
}

async function isExport(folder: string): Promise<boolean> {
  const text = await readText(path.join(folder, MARK)).catch(() => '');
  try {
    const mark: unknown = JSON.parse(text);
    return isRecord(mark) && mark.version === 1 && typeof mark.kind === 'string';
  } catch {
    return false;
  }
}

/** Whether an export has a file of this name. */
function isNameInExport(name: string): boolean {
  return /^((samples|train|val|test|fold-\d+)\.csv|split\.json|masks\/(merging|excluding)_mask_[^/]+\.(npy|geojson))$/.test(
    name,
  );
}

function nothingLeft(folder: string, remarks: readonly string[]): SegmenterError {
  const why = remarks.length > 0 ? `: ${remarks.slice(0, 5).join('; ')}` : '';
  return new SegmenterError('not-found', `${folder}: no used sample to export${why}`, { folder, remarks });
}
