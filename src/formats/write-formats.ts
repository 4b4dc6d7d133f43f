/** What a format that is written is called. */
interface WriteFormatRow {
  /** that a name may have; the first is given to one that has none */
  endings: readonly [string, ...string[]];
  /** an image is a folder of many files */
  isFolder?: true;
}

const ZARR = { endings: ['.ome.zarr', '.zarr'], isFolder: true } as const;

/** Every format that is written; a new one is a row here and a writer in `image-writer.ts`. */
const ROWS = {
  'ome-tiff': { endings: ['.ome.tiff', '.ome.tif'] },
  tiff: { endings: ['.tiff', '.tif'] },
  'ome-zarr': ZARR,
  'ome-zarr-v2': ZARR,
  png: { endings: ['.png'] },
} as const satisfies Record<string, WriteFormatRow>;
export type WriteFormat = keyof typeof ROWS;
export const WRITE_FORMATS: Readonly<Record<WriteFormat, WriteFormatRow>> = ROWS;
