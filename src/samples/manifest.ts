import path from 'node:path';
import { groupBy } from '../base/collections';
import { type ErrorCode, type ErrorRecord, SegmenterError, toErrorRecord, UnsupportedError } from '../base/errors';
import { PAGE_AXES } from '../image/description';
import { lookAt } from '../storage/outside-files';
import { isInside, toPath } from '../storage/paths';
import { isWebAddress, pathOnServer, resolveInRoots } from '../storage/roots';
import { sceneNamed } from './listing/affixes';
import {
  BASES,
  COLUMNS,
  type Field,
  isOneOf,
  MEANING_COLUMNS,
  parseManifest,
  type Row,
  readTable,
  SPLITS,
} from './manifest-table';
import { lastName, listNames } from './names';
import {
  FILE_ROLES,
  type FileRole,
  meaningByRole,
  type SampleEntry,
  type SampleListing,
  type SceneFiles,
} from './request';
import { LONGEST_ID } from './sample';
import { idOfName, idOfSegmentation, imageId } from './sample-id';
import { resolveSpelt } from './spelling';

/** More than some hundred thousand rows are no table of images. */
const MOST_ROWS = 2 ** 18;
/** After so many nobody looks for more: the table as a whole is wrong. */
const MOST_FAULTS = 1000;
const MOST_TOLD = 100;
/** Systems have no longer ones. */
const LONGEST_PATH = 4096;

/** The files of a row by their real paths. */
type RowFiles = Partial<Record<FileRole, string>>;

/**
 * Reads a manifest CSV with Segmenter ML's columns (an index without name, raw, seg1, seg2, merge_mask, exclude_mask,
 * base_image), `split` (train, val, test), `scene`, `pages` (z, c or t: what the pages of the row's TIFF files are), and `foreground`, `seg2_foreground`,
 * `unknown` and `seg2_unknown` (as in the node's settings; those of seg2 in place of the others); only raw is needed. Relative paths count from the CSV's folder, and
 * ids from there too, or from the images' common folder where that lies elsewhere. Other columns are told of and ignored.
 * Several rows may have the same raw image where each is of another scene, by that column or by the names of its files
 * (`slide_s1_mask.tif`). A row that does not fit (empty cells, missing files, files outside the roots, unknown values, the
 * same image again) becomes an entry with its error, and stops no other.
 * @throws SegmenterError for a file that is no such table; listing the faults by their lines where no row fits, or very many
 *   do not
 */
export async function readManifest(file: string, roots: readonly string[]): Promise<SampleListing> {
  const manifest = await resolveSpelt(file, roots);
  const { rows, problems } = parseManifest(await readTable(manifest), manifest);
  if (rows.length === 0) throw new SegmenterError('not-found', `${manifest}: no rows below the header`);
  if (rows.length > MOST_ROWS)
    throw new UnsupportedError(manifest, `${rows.length} rows; at most ${MOST_ROWS} are read`);
  const folder = path.dirname(manifest);
  const files: RowFiles[] = [];
  let faults = rows.reduce((count, row) => count + row.faults.length, 0);
  for (const row of rows) {
    if (faults > MOST_FAULTS) throw faulty(manifest, rows);
    const before = row.faults.length;
    files.push(await resolveRow(row, folder, roots));
    faults += row.faults.length - before;
  }
  const isGood = ({ faults }: Row) => faults.length === 0;
  if (!rows.some(isGood)) throw faulty(manifest, rows);
  const placed = rows.filter(isGood);
  const ids = new Map(idsOf(placed, folder).map((id, i) => [placed[i], id]));
  const entries = rows.map((row, i) => entryOf(row, ids.get(row) ?? idOfFaulty(row), files[i]));
  const kept = tellRepeatsApart(entries, rows);
  for (const [i, row] of rows.entries()) if (!isGood(row)) entries[i].error = faultsOf(manifest, row);
  return { entries: entries.filter((entry) => kept.has(entry)), problems };
}

/** The row's files by their real paths; those that are not there join its faults. */
async function resolveRow({ line, fields, faults }: Row, folder: string, roots: readonly string[]): Promise<RowFiles> {
  const files: RowFiles = {};
  for (const [column, field] of Object.entries(COLUMNS)) {
    const value = fields[field];
    if (value === undefined || !isFileRole(field)) continue;
    const fault = (code: ErrorCode, text: string) => faults.push({ code, text: `line ${line}: ${column}: ${text}` });
    try {
      if (value.length > LONGEST_PATH) fault('invalid-input', `a path of ${value.length} characters`);
      else if (isWebAddress(value)) files[field] = await resolveInRoots(value, roots);
      else {
        const real = await resolveCell(value, folder, roots);
        // Whether a server has it is seen when it is opened.
        if (await lookAt(real)) files[field] = real;
        else fault('not-found', `no such file ${real}`);
      }
    } catch (error) {
      // A disk that does not answer is asked no more.
      if (!(error instanceof SegmenterError) || error.code === 'timeout') throw error;
      fault(error.code, error.message);
    }
  }
  return files;
}

/** The real path that a cell stands for; of a table made on Windows also with its `\`. */
async function resolveCell(cell: string, folder: string, roots: readonly string[]): Promise<string> {
  const real = await resolveSpelt(path.resolve(folder, toPath(cell)), roots);
  if (path.sep === '\\' || !cell.includes('\\') || (await lookAt(real))) return real;
  return resolveSpelt(path.resolve(folder, toPath(cell.replaceAll('\\', '/'))), roots);
}

function entryOf({ fields, faults }: Row, id: string, { raw = '', ...others }: RowFiles): SampleEntry {
  const { base, split, scene, pages } = fields;
  const entry: SampleEntry = { id, scene: scene === undefined ? null : Number(scene), raw };
  const ofScenes = new Map<number, SceneFiles>();
  for (const role of FILE_ROLES) {
    const file = role === 'raw' ? undefined : others[role];
    if (role === 'raw' || file === undefined) continue;
    const named = entry.scene === null ? sceneNamed(lastName(idOfSegmentation(file)), lastName(idOfName(raw))) : null;
    if (named === null) entry[role] = file;
    else ofScenes.set(named, { scene: named, ...ofScenes.get(named), [role]: file });
  }
  if (ofScenes.size > 0) entry.ofScenes = [...ofScenes.values()];
  if (isOneOf(BASES, base)) entry.base = base;
  if (isOneOf(SPLITS, split)) entry.split = split;
  if (isOneOf(PAGE_AXES, pages)) entry.pages = pages;
  return faults.length > 0 ? entry : { ...entry, ...meaningByRole(fields, MEANING_COLUMNS) };
}

/** A row that has no place among the others is told of by what its cell says. */
function idOfFaulty({ line, fields: { raw } }: Row): string {
  return raw === undefined || raw.length > LONGEST_ID ? `line ${line}` : idOfName(raw);
}

/**
 * Gives each of several rows of one raw image its scene. Those of the same scene, or of all, are at fault.
 * @returns the entries that stay, of repeated ones the first
 */
function tellRepeatsApart(entries: readonly SampleEntry[], rows: readonly Row[]): Set<SampleEntry> {
  const kept = new Set(entries);
  const good = [...entries.keys()].filter((i) => rows[i].faults.length === 0);
  for (const [id, ofImage] of groupBy(good, (i) => entries[i].id)) {
    if (ofImage.length === 1) continue;
    const scenes = groupBy(ofImage, (i) => onlyScene(entries[i]));
    for (const [scene, same] of scenes.has(null) ? [[null, ofImage] as const] : scenes) {
      const [first, ...again] = same;
      entries[first].scene = scene;
      if (again.length === 0) continue;
      const lines = again.map((i) => rows[i].line).join(', ');
      const what = scene === null ? `raw has the same id "${id}"` : `scene ${scene} of "${id}" is the same`;
      const remedy = scene === null ? '; rows of different scenes say so in a column scene' : '';
      const text = `line ${rows[first].line}: ${what} as in line ${lines}${remedy}`;
      rows[first].faults.push({ code: 'invalid-input', text });
      for (const i of again) kept.delete(entries[i]);
    }
  }
  return kept;
}

/** The scene that a row is of, by its column or by the names of its files. */
export function onlyScene({ scene, ofScenes = [] }: SampleEntry): number | null {
  return scene ?? (ofScenes.length === 1 ? ofScenes[0].scene : null);
}

/** Ids count from the CSV's folder where all images lie below it, else from the deepest folder that holds them all. */
function idsOf(rows: readonly Row[], folder: string): string[] {
  const files = rows.map(({ fields: { raw = '' } }) =>
    path.resolve(folder, isWebAddress(raw) ? `${path.sep}${pathOnServer(raw)}` : toPath(raw).replaceAll('\\', '/')),
  );
  const holdsAll = (root: string) => files.every((file) => isInside(root, file));
  let root = holdsAll(folder) ? folder : path.dirname(files[0]);
  while (!holdsAll(root) && path.dirname(root) !== root) root = path.dirname(root);
  return files.map((file) => imageId(file, root));
}

function faultsOf(file: string, { faults }: Row): ErrorRecord {
  const text = `${file}, ${listNames(faults.map(({ text }) => text))}`;
  return toErrorRecord(new SegmenterError(faults[0].code, text, { path: file }));
}

function faulty(file: string, rows: readonly Row[]): SegmenterError {
  const faults = rows.flatMap((row) => row.faults);
  const texts = faults.map(({ text }) => text);
  const message = `${file}: ${faults.length} fault${faults.length === 1 ? '' : 's'}: ${listNames(texts)}`;
  return new SegmenterError(faults[0].code, message, { path: file, faults: texts.slice(0, MOST_TOLD) });
}

function isFileRole(field: Field): field is FileRole {
  return (FILE_ROLES as readonly string[]).includes(field);
}
