import { writeFileAtomic } from '../../storage/atomic-file';
import type { ObjectRow } from '../../thresholding/object-table';
import type { JobFiles } from './job-files';

/** A row of the object table; `t` where the image has several time points. */
export type ObjectRecord = ObjectRow & { t?: number };

/** The object table in a message. */
export interface ObjectMetrics {
  /** objects in all */
  total: number;
  /** the first of them; all where `file` is null */
  rows: ObjectRecord[];
  /** CSV with all of them, beside the mask in the scratch store; null where `rows` has all */
  file: string | null;
}

/** Rows that a message carries: it is cloned at every fork of a wire. */
export const MOST_ROWS = 1000;

/** The table for `msg.metrics`; a long one goes to a CSV file in the scratch store. */
export async function objectMetrics(files: JobFiles, id: string, records: ObjectRecord[]): Promise<ObjectMetrics> {
  if (records.length <= MOST_ROWS) return { total: records.length, rows: records, file: null };
  const csv = objectCsv(records);
  const file = await files.newFile(`${id}-objects`, '.csv', Buffer.byteLength(csv));
  await writeFileAtomic(file, csv);
  return { total: records.length, rows: records.slice(0, MOST_ROWS), file };
}

const COLUMNS: Array<[name: string, value: (row: ObjectRecord) => number | null | undefined]> = [
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

/** One line an object under a line of names; a value that is unknown is left empty. */
export function objectCsv(records: readonly ObjectRecord[]): string {
  const lines = records.map((row) => COLUMNS.map(([, value]) => value(row) ?? '').join(','));
  return `${[COLUMNS.map(([name]) => name).join(','), ...lines].join('\n')}\n`;
}
