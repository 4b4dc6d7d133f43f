/** What a person looks for: folders alone, folders that are made where they are not there, images and masks, or tables of samples. */
export const BROWSED = ['folders', 'made-folders', 'images', 'tables'] as const;
export type Browsed = (typeof BROWSED)[number];

/** What a person sees of a folder. */
export interface FolderView {
  /** absolute; null: the folders that may be looked into */
  path: string | null;
  /** the folder above; null: the list of the folders that may be looked into */
  parent: string | null;
  /** of what was asked for, where it is in this folder */
  selected: string | null;
  /** absolute, what was asked for where it is not there; then this is the nearest folder above it */
  missing: string | null;
  /** folders first, each in the order of names */
  entries: FolderEntry[];
  /** entries that there are, of those that are looked for */
  total: number;
  /** false: the folder holds more than were looked at */
  isAll: boolean;
  /** links that lead out of the allowed folders, or nowhere */
  refused: number;
}

export interface FolderEntry {
  name: string;
  /** absolute */
  path: string;
  /** a Zarr image is a folder that is taken as a file */
  kind: 'folder' | 'file' | 'zarr';
  /** bytes; null for folders */
  size: number | null;
  /** milliseconds since 1970; null where it cannot be told */
  modified: number | null;
}
