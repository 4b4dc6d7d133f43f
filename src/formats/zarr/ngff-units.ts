import { micrometresIn } from '../units';

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

/** Micrometres in a unit of a space axis (NGFF 0.4, "axes"), or null for what is no length. */
export function micrometresInNgff(unit: string): number | null {
  return OTHER_LENGTHS.get(unit) ?? micrometresIn(unit) ?? prefixed(unit, /met(?:er|re)s?$/, 6);
}

/** Seconds in a unit of a time axis, or null for what is no time. */
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
