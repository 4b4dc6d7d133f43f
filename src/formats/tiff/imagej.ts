import type { PixelSize } from '../../image/description';
import { micrometresIn, pixelSizeOf, secondsIn } from '../units';

/** What ImageJ writes into a TIFF's description. */
export interface ImageJMetadata {
  images: number;
  channels: number;
  slices: number;
  frames: number;
  /** micrometres between slices, or null */
  spacing: number | null;
  /** micrometres in the unit of X- and YResolution, or null */
  unit: number | null;
  /** seconds between frames, or null */
  interval: number | null;
  /** from a calibration function that is a plain factor */
  scale?: number;
}

/** Pixels per unit as the page's tags state them; `unit` 1 none, 2 inch, 3 centimetre. */
export interface Resolution {
  x: number;
  y: number;
  unit: number;
}

/** The description as ImageJ's metadata, or null where ImageJ did not write it. */
export function parseImageJ(description: string): ImageJMetadata | null {
  if (!description.startsWith('ImageJ=')) return null;
  const values = new Map<string, string>();
  for (const line of description.split(/\r?\n/)) {
    const at = line.indexOf('=');
    if (at > 0) values.set(line.slice(0, at), line.slice(at + 1).trim());
  }
  const number = (key: string, otherwise: number): number => {
    const value = Number(values.get(key) ?? otherwise);
    return Number.isFinite(value) ? value : otherwise;
  };
  const count = (key: string): number | null => {
    const value = number(key, 0);
    return Number.isInteger(value) && value > 0 ? value : null;
  };
  const unit = micrometresIn(unescapeUnit(values.get('unit') ?? ''));
  // ImageJ keeps a negative spacing for stacks that run downwards.
  const spacing = Math.abs(number('spacing', 0)) * (unit ?? 0);
  const interval = number('finterval', 0) * (secondsIn(values.get('tunit') ?? 'sec') ?? 0);
  const images = count('images') ?? 1;
  const channels = count('channels') ?? 1;
  const frames = count('frames') ?? 1;
  return {
    images,
    channels,
    // A plain stack states its images alone.
    slices: count('slices') ?? Math.max(1, Math.floor(images / (channels * frames))),
    frames,
    spacing: spacing > 0 ? spacing : null,
    unit,
    interval: interval > 0 ? interval : null,
    ...readScale(values, number),
  };
}

/** Micrometres along each axis from the resolution in ImageJ's unit. */
export function imageJPixelSize({ spacing, unit }: ImageJMetadata, { x, y }: Resolution): PixelSize | null {
  return unit === null ? null : pixelSizeOf(spacing, unit / y, unit / x);
}

/** ImageJ's function 0 is value = c0 + c1 * stored; c0 = 0 is our scale. */
function readScale(
  values: Map<string, string>,
  number: (key: string, otherwise: number) => number,
): { scale?: number } {
  const factor = number('c1', 1);
  const plain = values.has('c1') && number('cf', -1) === 0 && number('c0', 0) === 0 && factor > 0;
  return plain && factor !== 1 ? { scale: factor } : {};
}

/** ImageJ writes `\u00B5m` as seven letters. */
function unescapeUnit(unit: string): string {
  return unit.replace(/\\u([0-9a-fA-F]{4})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
}
