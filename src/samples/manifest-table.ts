import { CsvError, parse } from '#csv-parse';
import { CorruptFileError, type ErrorCode, SegmenterError, show, UnsupportedError } from '../base/errors';
import { PAGE_AXES } from '../image/description';
import { fileError } from '../storage/file-error';
import { readFile, stat } from '../storage/outside-files';
import { listNames } from './names';
import { type FileRole, type MeaningTexts, meaningByRole } from './request';

export type Field = FileRole | 'base' | 'split' | 'scene' | 'pages' | keyof MeaningTexts;

/** Segmenter ML's columns and the fields they fill; those from `split` on are ours. */
export const COLUMNS: Record<string, Field> = {
  raw: 'raw',
  seg1: 'seg1',
  seg2: 'seg2',
  merge_mask: 'mergeMask',
  exclude_mask: 'excludeMask',
  base_image: 'base',
  split: 'split',
  scene: 'scene',
  pages: 'pages',
  foreground: 'foreground',
  seg2_foreground: 'seg2Foreground',
  unknown: 'unknown',
  seg2_unknown: 'seg2Unknown',
};
export const MEANING_COLUMNS = {
  foreground: 'foreground',
  seg2Foreground: 'seg2_foreground',
  unknown: 'unknown',
  seg2Unknown: 'seg2_unknown',
};
export const BASES = ['seg1', 'seg2'] as const;
export const SPLITS = ['train', 'val', 'test'] as const;

/** Some hundred thousand rows. */
const MOST_BYTES = 64 * 2 ** 20;
type Fields = Partial<Record<Field, string>>;

/** A row of the table. */
export interface Row {
  /** line in the file, the header being 1 */
  line: number;
  fields: Fields;
  faults: Fault[];
}

/** What is wrong with a row. */
export interface Fault {
  code: ErrorCode;
  /** begins with the line */
  text: string;
}

/** The rows of the CSV, without looking at files. @throws SegmenterError where it is no table or has no raw column */
export function parseManifest(text: string, file: string): { rows: Row[]; problems: string[] } {
  const lines = readCsv(text, file);
  const header = (lines.shift()?.record ?? []).map((name) => name.trim());
  if (!header.includes('raw')) {
    const known = Object.keys(COLUMNS).join(', ');
    const message = `${file}: the column "raw" is missing; expected columns ${known}, found ${header.length === 0 ? 'nothing' : listNames(header.map(show))}`;
    throw new SegmenterError('invalid-input', message, { path: file });
  }
  const seen = new Set<string>();
  const twice = header.find((name) => name !== '' && seen.size === seen.add(name).size);
  if (twice !== undefined) throw new SegmenterError('invalid-input', `${file}: two columns are named ${show(twice)}`);
  const ignored = header.filter((name) => name !== '' && !Object.hasOwn(COLUMNS, name));
  const problems = ignored.length === 0 ? [] : [`${file}: columns ignored: ${listNames(ignored)}`];
  const rows = lines.map(({ record, line }): Row => {
    const fields: Fields = {};
    for (const [i, name] of header.entries()) {
      const value = record[i]?.trim() ?? '';
      if (Object.hasOwn(COLUMNS, name) && value !== '') fields[COLUMNS[name]] = value;
    }
    const cells = `line ${line}: ${record.length} cells, expected ${header.length} as the header has`;
    return { line, fields, faults: record.length === header.length ? [] : [{ code: 'invalid-input', text: cells }] };
  });
  const segmented = rows.some(({ fields }) => fields.seg1 !== undefined);
  for (const row of rows) row.faults.push(...faultsOfRow(row, segmented));
  return { rows, problems };
}

function readCsv(text: string, file: string): { record: string[]; line: number }[] {
  const firstLine = text.slice(0, text.search(/\r|\n|$/));
  // Spreadsheets write semicolons or tabs where the comma is the decimal sign.
  const delimiter = [',', ';', '\t'].find((sign) => firstLine.includes(sign)) ?? ',';
  try {
    const parsed = parse(text, {
      bom: true,
      delimiter,
      info: true,
      relax_column_count: true,
      skip_empty_lines: true,
    }) as unknown as {
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
function faultsOfRow({ line, fields }: Row, segmented: boolean): Fault[] {
  const faults: Fault[] = [];
  const fault = (text: string) => faults.push({ code: 'invalid-input', text: `line ${line}: ${text}` });
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
  if (fields.scene !== undefined && !/^\d{1,6}$/.test(fields.scene)) {
    fault(`scene: expected a number from 0, got ${show(fields.scene)}`);
  }
  if (fields.pages !== undefined && !isOneOf(PAGE_AXES, fields.pages)) {
    fault(`pages: expected z, c or t, got ${show(fields.pages)}`);
  }
  try {
    meaningByRole(fields, MEANING_COLUMNS);
  } catch (error) {
    if (!(error instanceof SegmenterError)) throw error;
    fault(error.message);
  }
  return faults;
}

export function isOneOf<T extends string>(values: readonly T[], value: string | undefined): value is T {
  return value !== undefined && (values as readonly string[]).includes(value);
}

/** The text of a table: UTF-8, or what spreadsheets on Windows write, UTF-16 and the Western European code page. */
function decode(bytes: Uint8Array): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder('utf-16le').decode(bytes);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder('windows-1252').decode(bytes);
  }
}

/** Reads the text of a table. @throws SegmenterError where it cannot be read or is too large */
export async function readTable(file: string): Promise<string> {
  try {
    const { size } = await stat(file);
    if (size > MOST_BYTES) throw new UnsupportedError(file, `${size} bytes; a manifest may have up to ${MOST_BYTES}`);
    return decode(await readFile(file));
  } catch (error) {
    throw fileError(error, 'read', file);
  }
}
