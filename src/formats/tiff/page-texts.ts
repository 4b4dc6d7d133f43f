import type { Directory } from './directory';
import { TAG } from './tags';

/**
 * The tag whose text each page is kept with: what tells its pages apart in the dialects that say it page by page. Null
 * where the first directory says it for all.
 * @param description of the first directory
 */
export function tagOfPages(first: Directory, description: string): number | null {
  if (/^(ImageJ|SCIFIO)=/.test(description)) return null;
  if (first.has(TAG.MicroManager)) return TAG.MicroManager;
  const tifffile = description.startsWith('{') && description.includes('"shape"');
  if (tifffile || description.includes(QPTIFF_ROOT)) return TAG.ImageDescription;
  return first.has(TAG.PageName) ? TAG.PageName : null;
}

/** The root of the XML that each page of a QPTIFF has. */
export const QPTIFF_ROOT = 'PerkinElmer-QPI-ImageDescription';
