import { CorruptFileError, show } from '../../../base/errors';
import type { TableObject } from '../../../stage/objects';
import { fileError } from '../../../storage/file-error';
import { readPieces } from '../../../storage/outside-files';
import type { JobInput } from '../../job-types';
import type { JobFiles } from '../job-files';

/** Columns of the table in a file that objectMetrics wrote, without which a row says too little. */
const NEEDED = ['t', 'label', 'size_pixels', 'centroid_z', 'centroid_y', 'centroid_x'] as const;
const BOX = ['box_z', 'box_y', 'box_x', 'box_size_z', 'box_size_y', 'box_size_x'] as const;
/** Lines between two turns of others. */
const STEP = 2 ** 14;

/**
 * Gives the rows of an object table, all of them, of its last time point: those that came with the message, or those in its file.
 * @throws CorruptFileError for a file that is no such table
 */
export async function lastObjects(
  files: JobFiles,
  { rows, file }: JobInput<'rank-objects'>['objects'],
  turn: () => Promise<void>,
): Promise<TableObject[]> {
  if (file === null) return ofLastTime(rows);
  const path = await files.path(file);
  await files.keep(path);
  let last: TableObject[] = [];
  let read = 0;
  for await (const row of rowsInFile(path)) {
    if (++read % STEP === 0) await turn();
    const [t, newest] = [row.t ?? 0, last[0]?.t ?? 0];
    if (last.length > 0 && t < newest) continue;
    if (t > newest) last = [];
    last.push(row);
  }
  return last;
}

function ofLastTime(rows: readonly TableObject[]): TableObject[] {
  const newest = rows.reduce((most, { t = 0 }) => Math.max(most, t), 0);
  return rows.filter(({ t = 0 }) => t === newest);
}

async function* rowsInFile(path: string): AsyncGenerator<TableObject> {
  let read: ((line: string, number: number) => TableObject) | null = null;
  let number = 0;
  for await (const line of linesOf(path)) {
    number++;
    if (read) yield read(line, number);
    else read = rowReader(line, path);
  }
}

async function* linesOf(path: string): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  try {
    for await (const piece of readPieces(path)) {
      const lines = (rest + decoder.decode(piece, { stream: true })).split('\n');
      rest = lines.pop() ?? '';
      yield* lines;
    }
  } catch (error) {
    throw fileError(error, 'read', path);
  }
  if (rest !== '') yield rest;
}

/** Makes what reads a line, from the line of names. @throws CorruptFileError */
function rowReader(header: string, path: string): (line: string, number: number) => TableObject {
  const places = new Map(header.split(',').map((name, i) => [name, i]));
  const missing = [...NEEDED, ...BOX].find((name) => !places.has(name));
  if (missing !== undefined)
    throw new CorruptFileError(path, `is no table of objects: the column ${missing} is missing`);
  return (line, number) => {
    const cells = line.split(',');
    const maybe = (name: string): number | null => {
      const cell = cells[places.get(name) ?? -1];
      return cell === undefined || cell === '' ? null : Number(cell);
    };
    const value = (name: string): number => {
      const found = maybe(name);
      if (found !== null && Number.isFinite(found)) return found;
      throw new CorruptFileError(path, `line ${number}: expected a number in ${name}, got ${show(found)}`);
    };
    const [z, y, x, depth, height, width] = BOX.map(value);
    return {
      t: value('t'),
      label: value('label'),
      size: value('size_pixels'),
      sizeMicrometres: maybe('size_um'),
      centroid: { z: value('centroid_z'), y: value('centroid_y'), x: value('centroid_x') },
      meanIntensity: maybe('mean_intensity'),
      box: { start: { z, y, x }, size: { z: depth, y: height, x: width } },
      ...(places.has('elongation') ? { shape: { elongation: maybe('elongation') } } : {}),
    };
  };
}
