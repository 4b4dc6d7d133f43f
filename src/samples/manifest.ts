import path from 'node:path';
import { CsvError, parse } from 'csv-parse/sync';
import { CorruptFileError, SegmenterError, show, UnsupportedError } from '../base/errors';
import { parseForeground } from '../masks/foreground-text';
import { fileError } from '../storage/file-error';
import { lookAt, readText, stat } from '../storage/outside-files';
import { isInside, toPath } from '../storage/paths';
import { resolveInRoots } from '../storage/roots';
import { isWebAddress, pathOnServer } from '../storage/servers';
import { listNames } from './names';
import { FILE_ROLES, type FileRole, foregroundByRole, type SampleEntry, type SampleListing } from './request';
import { imageId } from './sample-id';

type Field = FileRole | 'base' | 'split' | 'foreground' | 'seg2Foreground';

/** Segmenter ML's columns and the fields they fill; those from `split` on are ours. */
const COLUMNS: Record<string, Field> = {
  raw: 'raw',
  seg1: 'seg1',
  seg2: 'seg2',
  merge_mask: 'mergeMask',
  exclude_mask: 'excludeMask',
  base_image: 'base',
  split: 'split',
  foreground: 'foreground',
  seg2_foreground: 'seg2Foreground',
};
const BASES = ['seg1', 'seg2'] as const;
const SPLITS = ['train', 'val', 'test'] as const;

/** Some hundred thousand rows. */
const MOST_BYTES = 64 * 2 ** 20;
const MOST_ROWS = 2 ** 18;
/** After so many nobody looks for more. */
const MOST_FAULTS = 1000;
const MOST_TOLD = 100;
/** Systems have no longer ones. */
const LONGEST_PATH = 4096;

type Fields = Partial<Record<Field, string>>;

/** The files of a row by their real paths. */
type RowFiles = Partial<Record<FileRole, string>>;

interface Row {
  /** line in the file, the header being 1 */
  line: number;
  fields: Fields;
}

/**
 * Reads a manifest CSV with Segmenter ML's columns (an index without name, raw, seg1, seg2, merge_mask, exclude_mask,
 * base_image), `split` (train, val, test), and `foreground` and `seg2_foreground` (as in the node's settings; the latter
 * in place of the former); only raw is needed. Relative paths count from the CSV's folder, and ids
 * from there too, or from the images' common folder where that lies elsewhere. Other columns are told of and ignored.
 * @throws SegmenterError listing every row that does not fit by its line: empty cells, missing files, unknown values,
 *   images that appear twice; `not-allowed` for files outside the roots
 */
export async function readManifest(file: string, roots: readonly string[]): Promise<SampleListing> {
  const manifest = await resolveInRoots(file, roots);
  const { rows, problems } = parseManifest(await readTable(manifest), manifest);
  if (rows.length === 0) throw new SegmenterError('not-found', `${manifest}: no rows below the header`);
  if (rows.length > MOST_ROWS)
    throw new UnsupportedError(manifest, `${rows.length} rows; at most ${MOST_ROWS} are read`);
  const folder = path.dirname(manifest);
  const segmented = rows.some((row) => row.fields.seg1 !== undefined);
  const faults = rows.flatMap((row) => faultsOfRow(row, segmented));
  const files: RowFiles[] = [];
  for (const row of rows) {
    if (faults.length > MOST_FAULTS) throw faulty(manifest, faults);
    files.push(await resolveRow(row, folder, manifest, roots, faults));
  }
  if (faults.length > 0) throw faulty(manifest, faults);
  const ids = idsOf(rows, folder);
  const repeated = repeatsOf(ids, rows);
  if (repeated.length > 0) throw faulty(manifest, repeated);
  const entries = rows.map(({ fields }, i): SampleEntry => {
    const { base, split } = fields;
    const entry: SampleEntry = { id: ids[i], scene: null, ...files[i], raw: files[i].raw ?? '' };
    if (isOneOf(BASES, base)) entry.base = base;
    if (isOneOf(SPLITS, split)) entry.split = split;
    const foreground = foregroundByRole(fields.foreground, fields.seg2Foreground, 'foreground', 'seg2_foreground');
    if (foreground) entry.foreground = foreground;
    return entry;
  });
  return { entries, problems };
}

/** The rows of the CSV, without looking at files. @throws SegmenterError where it is no table or has no raw column */
export function parseManifest(text: string, file: string): { rows: Row[]; problems: string[] } {
  const lines = readCsv(text, file);
  const header = (lines.shift()?.record ?? []).map((name) => name.trim());
  if (!header.includes('raw')) {
    const known = Object.keys(COLUMNS).join(', ');
    const message = `${file}: the column "raw" is missing; expected columns ${known}, found ${listNames(header.map(show))}`;
    throw new SegmenterError('invalid-input', message, { path: file });
  }
  const seen = new Set<string>();
  const twice = header.find((name) => name !== '' && seen.size === seen.add(name).size);
  if (twice !== undefined) throw new SegmenterError('invalid-input', `${file}: two columns are named ${show(twice)}`);
  const ignored = header.filter((name) => name !== '' && !Object.hasOwn(COLUMNS, name));
  const problems = ignored.length === 0 ? [] : [`${file}: columns ignored: ${listNames(ignored)}`];
  const rows = lines.map(({ record, line }) => {
    const fields: Fields = {};
    for (const [i, name] of header.entries()) {
      const value = record[i].trim();
      if (Object.hasOwn(COLUMNS, name) && value !== '') fields[COLUMNS[name]] = value;
    }
    return { line, fields };
  });
  return { rows, problems };
}

function readCsv(text: string, file: string): { record: string[]; line: number }[] {
  const firstLine = text.slice(0, text.search(/\r|\n|$/));
  // Spreadsheets write semicolons or tabs where the comma is the decimal sign.
  const delimiter = [',', ';', '\t'].find((sign) => firstLine.includes(sign)) ?? ',';
  try {
    const parsed = parse(text, { bom: true, delimiter, info: true, skip_empty_lines: true }) as unknown as {
      record: string[];
      info: { lines: number };
    }[];
    return parsed.map(({ record, info }) => ({ record, line: info.lines }));
  } catch (error) {
    if (error instanceof CsvError) throw new CorruptFileError(file, error.message, {}, { cause: error });
    throw error;
  }
}

/** What is wrong with a row by itself. @param segmented any row has a seg1 */
function faultsOfRow({ line, fields }: Row, segmented: boolean): string[] {
  const faults: string[] = [];
  const fault = (text: string) => faults.push(`line ${line}: ${text}`);
  if (fields.raw === undefined) fault('raw is empty');
  if (fields.seg1 === undefined && segmented) {
    fault('seg1 is empty, other rows have one');
  }
  if (fields.base !== undefined && !isOneOf(BASES, fields.base)) {
    fault(`base_image: expected seg1 or seg2, got ${show(fields.base)}`);
  } else if (fields.base === 'seg2' && fields.seg2 === undefined) fault('base_image is seg2, but seg2 is empty');
  if (fields.mergeMask !== undefined && fields.seg2 === undefined) fault('merge_mask needs seg2, which is empty');
  if (fields.split !== undefined && !isOneOf(SPLITS, fields.split)) {
    fault(`split: expected train, val or test, got ${show(fields.split)}`);
  }
  for (const column of ['foreground', 'seg2_foreground']) {
    try {
      parseForeground(fields[COLUMNS[column]] ?? '', column);
    } catch (error) {
      if (!(error instanceof SegmenterError)) throw error;
      fault(error.message);
    }
  }
  return faults;
}

/** The row's files by their real paths; those that are not there join the faults. */
async function resolveRow(
  { line, fields }: Row,
  folder: string,
  manifest: string,
  roots: readonly string[],
  faults: string[],
): Promise<RowFiles> {
  const files: RowFiles = {};
  for (const [column, field] of Object.entries(COLUMNS)) {
    const value = fields[field];
    if (value === undefined || !isFileRole(field)) continue;
    if (value.length > LONGEST_PATH) {
      faults.push(`line ${line}: ${column}: a path of ${value.length} characters`);
      continue;
    }
    const isWeb = isWebAddress(value);
    let real: string;
    try {
      real = await resolveInRoots(isWeb ? value : path.resolve(folder, toPath(value)), roots);
    } catch (error) {
      if (!(error instanceof SegmenterError)) throw error;
      throw new SegmenterError(error.code, `${manifest}, line ${line}, ${column}: ${error.message}`, error.details);
    }
    // Whether a server has it is seen when it is opened.
    if (isWeb || (await lookAt(real))) files[field] = real;
    else faults.push(`line ${line}: ${column}: no such file ${real}`);
  }
  return files;
}

/** Ids count from the CSV's folder where all images lie below it, else from the deepest folder that holds them all. */
function idsOf(rows: readonly Row[], folder: string): string[] {
  const files = rows.map(({ fields: { raw = '' } }) =>
    path.resolve(folder, isWebAddress(raw) ? `${path.sep}${pathOnServer(raw)}` : toPath(raw)),
  );
  const holdsAll = (root: string) => files.every((file) => isInside(root, file));
  let root = holdsAll(folder) ? folder : path.dirname(files[0]);
  while (!holdsAll(root) && path.dirname(root) !== root) root = path.dirname(root);
  return files.map((file) => imageId(file, root));
}

function repeatsOf(ids: readonly string[], rows: readonly Row[]): string[] {
  const first = new Map<string, number>();
  return ids.flatMap((id, i) => {
    const before = first.get(id);
    if (before === undefined) first.set(id, rows[i].line);
    return before === undefined ? [] : [`line ${rows[i].line}: raw has the same id "${id}" as that of line ${before}`];
  });
}

function faulty(file: string, faults: string[]): SegmenterError {
  const text = `${file}: ${faults.length} fault${faults.length === 1 ? '' : 's'}: ${listNames(faults)}`;
  return new SegmenterError('invalid-input', text, { path: file, faults: faults.slice(0, MOST_TOLD) });
}

function isFileRole(field: Field): field is FileRole {
  return (FILE_ROLES as readonly string[]).includes(field);
}

function isOneOf<T extends string>(values: readonly T[], value: string | undefined): value is T {
  return value !== undefined && (values as readonly string[]).includes(value);
}

async function readTable(file: string): Promise<string> {
  try {
    const { size } = await stat(file);
    if (size > MOST_BYTES) throw new UnsupportedError(file, `${size} bytes; a manifest may have up to ${MOST_BYTES}`);
    return await readText(file);
  } catch (error) {
    throw fileError(error, 'read', file);
  }
}
