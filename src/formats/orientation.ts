/** As TIFF 6.0 and EXIF number it: 1 is as stored. */
const MOST = 8;

/**
 * What a person should know of an image that viewers turn or mirror: its pixels are read as they are stored, which is not
 * how another program may have shown them to whoever drew on them.
 */
export function notesOnOrientation(orientation: number | undefined): string[] {
  if (orientation === undefined || !(orientation > 1 && orientation <= MOST)) return [];
  return [`is shown turned or mirrored by some programs (orientation ${orientation}); it is read as it is stored`];
}
