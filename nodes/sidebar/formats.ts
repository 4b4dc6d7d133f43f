/** A length of time in the unit that suits it; the unit is a key of the catalogue. */
export interface Duration {
  unit: 'seconds' | 'minutes' | 'hours';
  count: number;
}

/** Gives a length of time as a person would say it. @param seconds 0 or more */
export function durationOf(seconds: number): Duration {
  if (seconds < 60) return { unit: 'seconds', count: Math.round(seconds) };
  if (seconds < 90 * 60) return { unit: 'minutes', count: Math.round(seconds / 60) };
  return { unit: 'hours', count: Math.round(seconds / 360) / 10 };
}

/** Gives an amount of bytes with its unit: `5.3 MB`. */
export function sizeText(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB'];
  let [value, unit] = [bytes, 0];
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

/** Gives a share from 0 to 1 with two decimals; null: a dash. */
export function diceText(dice: number | null): string {
  return dice === null ? '–' : dice.toFixed(2);
}

/** Gives a time as a date in a language: `29 Nov 2026`. @param iso ISO 8601 */
export function dateText(iso: string, language?: string): string {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return iso;
  return date.toLocaleDateString(language, { day: 'numeric', month: 'short', year: 'numeric' });
}
