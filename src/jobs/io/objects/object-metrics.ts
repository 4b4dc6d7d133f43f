import { AtomicFile } from '../../../storage/atomic-file';
import type { ObjectRecord, ObjectTable } from '../../results';
import type { JobFiles } from '../job-files';

/** Rows that a message carries: it is cloned at every fork of a wire. */
export const MOST_ROWS = 1000;
/** Bytes of a line of the CSV file, about. */
const LINE_BYTES = 400;
/** Lines written at a time. */
const LINES = 2 ** 12;

/**
 * Makes the table for `msg.metrics`; a long one goes to a CSV file in the scratch store.
 * @param total how many records there are
 * @param turn lets others have their turn, between some thousand lines of a file
 */
export async function objectMetrics(
  files: JobFiles,
  id: string,
  total: number,
  records: () => Iterable<ObjectRecord>,
  turn: () => Promise<void>,
): Promise<ObjectTable> {
  const rows: ObjectRecord[] = [];
  for (const record of records()) {
    if (rows.length === MOST_ROWS) break;
    rows.push(record);
  }
  if (total <= MOST_ROWS) return { total, rows, file: null };
  const file = await files.newFile(`${id}-objects`, '.csv', total * LINE_BYTES);
  const csv = await AtomicFile.create(file.path, file.options);
  try {
    let position = 0;
    for (const lines of csvLines(records())) {
      const bytes = Buffer.from(lines, 'utf8');
      await csv.write(bytes, position);
      position += bytes.byteLength;
      await turn();
    }
  } catch (error) {
    await csv.abort();
    throw error;
  }
  await csv.commit();
  return { total, rows, file: file.path };
}

const COLUMNS: Array<[name: string, value: (row: ObjectRecord) => number | string | null | undefined]> = [
  ['t', (row) => row.t ?? 0],
  ['label', (row) => row.label],
  ['size_pixels', (row) => row.size],
  ['size_um', (row) => row.sizeMicrometres],
  ['centroid_z', (row) => row.centroid.z],
  ['centroid_y', (row) => row.centroid.y],
  ['centroid_x', (row) => row.centroid.x],
  ['centroid_z_um', (row) => row.centroidMicrometres?.z],
  ['centroid_y_um', (row) => row.centroidMicrometres?.y],
  ['centroid_x_um', (row) => row.centroidMicrometres?.x],
  ['mean_intensity', (row) => row.meanIntensity],
  ['box_z', (row) => row.box.start.z],
  ['box_y', (row) => row.box.start.y],
  ['box_x', (row) => row.box.start.x],
  ['box_size_z', (row) => row.box.size.z],
  ['box_size_y', (row) => row.box.size.y],
  ['box_size_x', (row) => row.box.size.x],
];

/** Of objects whose form was measured; what a column is stands in docs/nodes.md. */
const SHAPE_COLUMNS: typeof COLUMNS = [
  ['length_unit', ({ shape }) => shape?.unit],
  ['perimeter', ({ shape }) => shape?.perimeter],
  ['surface', ({ shape }) => shape?.surface],
  ['major_axis', ({ shape }) => shape?.majorAxis],
  ['minor_axis', ({ shape }) => shape?.minorAxis],
  ['elongation', ({ shape }) => shape?.elongation],
  ['eccentricity', ({ shape }) => shape?.eccentricity],
  ['orientation', ({ shape }) => shape?.orientation],
  ['direction_z', ({ shape }) => shape?.direction.z],
  ['direction_y', ({ shape }) => shape?.direction.y],
  ['direction_x', ({ shape }) => shape?.direction.x],
  ['neighbours', ({ shape }) => shape?.neighbours],
  ['at_border', ({ shape }) => shape && (shape.atBorder ? 1 : 0)],
];

/** Which columns a table has beside those that all have. */
interface TableColumns {
  hasShapes: boolean;
  channels: number;
  hasParents: boolean;
}

/** The columns of a table: those of forms, and of each channel, where these were measured. */
function columnsOf({ hasShapes, channels, hasParents }: TableColumns): typeof COLUMNS {
  const intensities = Array.from({ length: channels }, (_, c): (typeof COLUMNS)[number] => [
    `mean_intensity_${c}`,
    (row) => row.meanIntensities?.[c],
  ]);
  const parents: typeof COLUMNS = hasParents ? [['parent', (row) => row.parent]] : [];
  return [...COLUMNS, ...(hasShapes ? SHAPE_COLUMNS : []), ...intensities, ...parents];
}

/** Makes the line of names, for a table without an object, too. */
export function csvHeader(columns: TableColumns): string {
  return columnsOf(columns)
    .map(([name]) => name)
    .join(',');
}

/** Makes a line of names and one for each object, some thousand at a time; a value that is unknown is left empty. */
export function* csvLines(records: Iterable<ObjectRecord>, withNames = true): Generator<string, void, void> {
  let columns: typeof COLUMNS | null = null;
  let lines: string[] = [];
  for (const row of records) {
    if (columns === null) {
      const { shape, meanIntensities = [], parent } = row;
      const which = { hasShapes: !!shape, channels: meanIntensities.length, hasParents: parent !== undefined };
      columns = columnsOf(which);
      if (withNames) lines.push(csvHeader(which));
    }
    lines.push(columns.map(([, value]) => value(row) ?? '').join(','));
    if (lines.length < LINES) continue;
    yield `${lines.join('\n')}\n`;
    lines = [];
  }
  if (lines.length > 0) yield `${lines.join('\n')}\n`;
}
