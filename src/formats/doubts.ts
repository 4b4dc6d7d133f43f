import { percent } from '../base/numbers';
import type { PixelSize } from '../image/description';
import { count, type Shape5 } from '../image/region';
import type { SourceInfo } from './source';

/**
 * Micrometres between which the sides of a pixel lie that somebody measured. A picometre is less than electron microscopes
 * resolve: such numbers were metres. Above are what programs write where nobody told them a size (1 or 10 pixels a
 * centimetre; 72, 96, 150 dots an inch); cameras on macroscopes and scanners of slides and plates have less.
 */
const LEAST = 1e-6;
const MOST = 100;
/** Planes lie further apart, as sections of a brain. */
const MOST_Z = 1000;
/** Resolutions of printers that give smaller pixels than {@link MOST}, dots an inch; up to rounding to a whole dot a centimetre. */
const PRINTING = [300, 360, 600];
const ROUNDING = 0.001;
const MICROMETRES_PER_INCH = 25_400;

/**
 * Takes a pixel size that nobody can mean out of what a file says, and notes it: the one place for all formats.
 * Without it a program that scales by the pixel size would scale by a printer's.
 */
export function heedPlausibleSize(info: Pick<SourceInfo, 'pixelSize' | 'notes'>): void {
  const { pixelSize } = info;
  if (!pixelSize) return;
  const doubt = doubtOf(pixelSize);
  if (doubt) {
    info.pixelSize = null;
    note(info, `the pixel size ${tell(pixelSize.x)} x ${tell(pixelSize.y)} µm is not used: ${doubt}`);
  } else if (pixelSize.z !== null && !(pixelSize.z >= LEAST && pixelSize.z < MOST_Z)) {
    info.pixelSize = { ...pixelSize, z: null };
    note(info, `the distance of planes, ${tell(pixelSize.z)} µm, is not used: no microscope's stack has it`);
  }
}

function doubtOf({ y, x }: PixelSize): string | null {
  const sides = [y, x];
  if (sides.some((side) => side >= MOST || side < LEAST)) return "no microscope's pixels have it";
  const dots = PRINTING.find((dpi) =>
    sides.every((side) => Math.abs((side * dpi) / MICROMETRES_PER_INCH - 1) < ROUNDING),
  );
  return dots === undefined ? null : `it is the printing resolution of ${dots} dots per inch`;
}

function note(info: Pick<SourceInfo, 'notes'>, text: string): void {
  info.notes ??= [];
  info.notes.push(text);
}

function tell(micrometres: number): string {
  return String(Number(micrometres.toPrecision(4)));
}

/** As TIFF 6.0 and EXIF number it: 1 is as stored. */
const ORIENTATIONS = 8;

/**
 * Says what a person should know of an image that viewers turn or mirror: its pixels are read as they are stored, which
 * is not how another program may have shown them to whoever drew on them.
 */
export function notesOnOrientation(orientation: number | undefined): string[] {
  if (orientation === undefined || !(orientation > 1 && orientation <= ORIENTATIONS)) return [];
  return [`is shown turned or mirrored by some programs (orientation ${orientation}); it is read as it is stored`];
}

/**
 * Says what a person should know of a copy of an image that did not hold all of its pixels: they are zeros among others
 * now.
 * @param uncovered how many; what is no such number was not written by this library and says nothing
 * @param shape [t, c, z, y, x] of the image
 */
export function notesOnUncovered(uncovered: unknown, shape: Readonly<Shape5>): string[] {
  const all = count(shape);
  const isCount = typeof uncovered === 'number' && Number.isSafeInteger(uncovered) && uncovered > 0 && uncovered <= all;
  if (!isCount) return [];
  const share = percent(uncovered / all);
  return [
    `${uncovered} of ${all} pixels (${share}) were not in the file that this is a copy of: they are 0, and count as any`,
  ];
}
