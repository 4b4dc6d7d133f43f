/** The files that are written of the objects beside their saved labels, by what follows the name of the labels' own file. */
export const OBJECT_FILE_ENDINGS = {
  /** a table as CSV */
  table: '.objects.csv',
  /** outlines as GeoJSON, for QuPath */
  outlines: '.objects.geojson',
  /** regions of ImageJ in a ZIP archive */
  rois: '.objects.roi.zip',
} as const;
export type ObjectFileKind = keyof typeof OBJECT_FILE_ENDINGS;

const CHOICES = {
  none: [],
  table: ['table'],
  outlines: ['outlines'],
  both: ['table', 'outlines'],
  rois: ['rois'],
  all: ['table', 'outlines', 'rois'],
} as const satisfies Record<string, readonly ObjectFileKind[]>;

/** Which of them are written. */
export type ObjectFiles = keyof typeof CHOICES;
export const OBJECT_FILES = ['none', 'table', 'outlines', 'both', 'rois', 'all'] as const satisfies ObjectFiles[];

/** Lists the files that a choice means. */
export function kindsOf(choice: ObjectFiles): readonly ObjectFileKind[] {
  return CHOICES[choice];
}
