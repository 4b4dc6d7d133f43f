import type { PixelSize } from '../image/description';

/** Micrometres in one unit of length, by its short sign as OME-XML, ImageJ and others write it. */
const SIGNS: ReadonlyMap<string, number> = new Map(
  Object.entries({
    pm: 1e-6,
    Å: 1e-4,
    nm: 1e-3,
    µ: 1,
    µm: 1,
    um: 1,
    mm: 1e3,
    cm: 1e4,
    dm: 1e5,
    m: 1e6,
    km: 1e9,
    thou: 25.4,
    in: 25400,
    '"': 25400,
    ft: 304800,
  }),
);

/** The same by words, in lower case and singular; `metre` is spelt `meter` before they are looked up. */
const WORDS: ReadonlyMap<string, number> = new Map(
  Object.entries({
    picometer: 1e-6,
    angstrom: 1e-4,
    ångström: 1e-4,
    ångstrom: 1e-4,
    nanometer: 1e-3,
    micro: 1,
    micron: 1,
    micrometer: 1,
    mikrometer: 1,
    millimeter: 1e3,
    centimeter: 1e4,
    decimeter: 1e5,
    meter: 1e6,
    kilometer: 1e9,
    inch: 25400,
    inche: 25400,
    foot: 304800,
  }),
);

/** Gives the micrometres in one unit, or null for what is no length (`pixel`, `reference frame`, an unknown word). */
export function micrometresIn(unit: string): number | null {
  const sign = mendUnit(unit);
  const word = sign.toLowerCase();
  const singular = word.replace('metre', 'meter').replace(/s$/, '');
  return SIGNS.get(sign) ?? SIGNS.get(word) ?? WORDS.get(singular) ?? null;
}

/** Words of files that say that they state no length. */
const NO_LENGTH: ReadonlySet<string> = new Set([
  '',
  'pixel',
  'pixels',
  'px',
  'null',
  'none',
  'unknown',
  'reference frame',
]);
const LONGEST_TOLD = 40;

/**
 * Says what a person should know of the units of an image's axes: those that are not understood. Empty where each is a
 * length or says that it is none.
 * @param lengthOf null for what is no length
 */
export function notesOnUnits(units: readonly string[], lengthOf = micrometresIn): string[] {
  const strange = units.filter((unit) => lengthOf(unit) === null && !NO_LENGTH.has(unit.trim().toLowerCase()));
  return [...new Set(strange)].map((unit) => {
    return `the unit "${unit.slice(0, LONGEST_TOLD)}" is not understood: lengths in it are left out of the pixel size`;
  });
}

/** The micro sign by its code, as texts without it write it. */
const WRITTEN_MICRO = ['\\u00b5', '\\u03bc', '\\xb5', '&micro;', '&mu;', '&#181;', '&#xb5;', '&#956;', '&#x3bc;'];

/**
 * A unit as it was meant: without spaces, the micro sign one and the same (U+00B5), be it Greek (U+03BC), spelt as a code,
 * or damaged by reading UTF-8 as Latin-1 (`Âµm`, `Î¼m`, also twice) or as ASCII (`?m`, U+FFFD): no other length begins so.
 */
function mendUnit(unit: string): string {
  let name = unit.trim().slice(0, LONGEST_TOLD);
  for (const code of WRITTEN_MICRO) {
    if (name.toLowerCase().startsWith(code)) name = `\u00b5${name.slice(code.length)}`;
  }
  for (let times = 0; times < 2 && /^[\u00c2\u00c3\u00ce]/.test(name); times++) {
    name = Buffer.from(name, 'latin1').toString('utf8');
  }
  name = name.replaceAll('\u03bc', '\u00b5').replaceAll('\u212b', '\u00c5');
  return /^[?\ufffd]{1,2}m$/.test(name) ? '\u00b5m' : name;
}

/** Seconds in one unit of time, as OME-XML, ImageJ and others spell it. */
const SECONDS: ReadonlyMap<string, number> = new Map(
  Object.entries({
    ns: 1e-9,
    nanosecond: 1e-9,
    µs: 1e-6,
    us: 1e-6,
    usec: 1e-6,
    microsecond: 1e-6,
    ms: 1e-3,
    msec: 1e-3,
    millisecond: 1e-3,
    s: 1,
    sec: 1,
    second: 1,
    min: 60,
    minute: 60,
    h: 3600,
    hr: 3600,
    hour: 3600,
    d: 86400,
    day: 86400,
  }),
);

/** Gives the seconds in one unit, or null for what is no time. */
export function secondsIn(unit: string): number | null {
  const name = mendUnit(unit).toLowerCase();
  return SECONDS.get(name) ?? SECONDS.get(name.replace(/s$/, '')) ?? null;
}

/** Gives a pixel size where y and x are real lengths, else null; z may be missing. */
export function pixelSizeOf(z: number | null, y: number | null, x: number | null): PixelSize | null {
  const real = (size: number | null): size is number => size !== null && Number.isFinite(size) && size > 0;
  return real(y) && real(x) ? { z: real(z) ? z : null, y, x } : null;
}

/** Powers of ten of the prefixes that UDUNITS-2 spells out. */
const PREFIXES = new Map(
  Object.entries({
    yotta: 24,
    zetta: 21,
    exa: 18,
    peta: 15,
    tera: 12,
    giga: 9,
    mega: 6,
    kilo: 3,
    hecto: 2,
    deci: -1,
    centi: -2,
    milli: -3,
    micro: -6,
    nano: -9,
    pico: -12,
    femto: -15,
    atto: -18,
    zepto: -21,
    yocto: -24,
  }),
);

const OTHER_LENGTHS = new Map(Object.entries({ foot: 304_800, yard: 914_400, mile: 1.609344e9 }));
const OTHER_TIMES = new Map(Object.entries({ s: 1, ms: 1e-3, minute: 60, hour: 3600, day: 86_400 }));

/** Gives the micrometres in a unit of a space axis (NGFF 0.4, "axes"), or null for what is no length. */
export function micrometresInNgff(unit: string): number | null {
  return OTHER_LENGTHS.get(unit) ?? micrometresIn(unit) ?? prefixed(unit, /met(?:er|re)s?$/, 6);
}

/** Gives the seconds in a unit of a time axis, or null for what is no time. */
export function secondsInNgff(unit: string): number | null {
  return OTHER_TIMES.get(unit) ?? prefixed(unit, /seconds?$/, 0);
}

/** @param scale the power of ten from the unprefixed unit to the one that is wanted */
function prefixed(unit: string, ending: RegExp, scale: number): number | null {
  if (!ending.test(unit)) return null;
  const prefix = unit.replace(ending, '');
  const power = prefix === '' ? 0 : PREFIXES.get(prefix);
  // From text, so that a nanometre is 0.001 and not 0.0009999999999999998.
  return power === undefined ? null : Number(`1e${power + scale}`);
}
