import type { PixelSize } from '../image/description';

/** Micrometres in one unit of length, as OME-XML, ImageJ and others spell it. */
const MICROMETRES: ReadonlyMap<string, number> = new Map(
  Object.entries({
    pm: 1e-6,
    Å: 1e-4,
    angstrom: 1e-4,
    nm: 1e-3,
    nanometer: 1e-3,
    um: 1,
    µm: 1,
    micron: 1,
    microns: 1,
    micrometer: 1,
    micrometre: 1,
    mm: 1e3,
    millimeter: 1e3,
    cm: 1e4,
    dm: 1e5,
    m: 1e6,
    meter: 1e6,
    km: 1e9,
    thou: 25.4,
    in: 25400,
    inch: 25400,
    inches: 25400,
    ft: 304800,
  }),
);

/** Micrometres in one unit, or null for what is no length (`pixel`, `reference frame`, an unknown word). */
export function micrometresIn(unit: string): number | null {
  // U+03BC (Greek mu) and U+212B (Ångström sign) look like U+00B5 and U+00C5.
  const name = unit.trim().replaceAll('\u03bc', '\u00b5').replaceAll('\u212b', '\u00c5');
  return MICROMETRES.get(name) ?? MICROMETRES.get(name.toLowerCase()) ?? null;
}

/** Seconds in one unit of time, as OME-XML, ImageJ and others spell it. */
const SECONDS: ReadonlyMap<string, number> = new Map(
  Object.entries({
    ns: 1e-9,
    µs: 1e-6,
    us: 1e-6,
    ms: 1e-3,
    msec: 1e-3,
    s: 1,
    sec: 1,
    second: 1,
    seconds: 1,
    min: 60,
    minute: 60,
    minutes: 60,
    h: 3600,
    hour: 3600,
    hours: 3600,
    d: 86400,
    day: 86400,
    days: 86400,
  }),
);

/** Seconds in one unit, or null for what is no time. */
export function secondsIn(unit: string): number | null {
  return SECONDS.get(unit.trim().replaceAll('\u03bc', '\u00b5')) ?? null;
}

/** A pixel size where y and x are real lengths, else null; z may be missing. */
export function pixelSizeOf(z: number | null, y: number | null, x: number | null): PixelSize | null {
  const real = (size: number | null): size is number => size !== null && Number.isFinite(size) && size > 0;
  return real(y) && real(x) ? { z: real(z) ? z : null, y, x } : null;
}
