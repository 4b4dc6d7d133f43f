import type { MeanInterval } from '../trust/bootstrap';

/** Gives a share as a person compares it: three decimals; `-` where there is none. */
export function share(value: number | null | undefined): string {
  return value === null || value === undefined || Number.isNaN(value) ? '–' : value.toFixed(3);
}

/** Gives a length in three digits; `∞` where it is infinite. */
export function length(value: number | null): string {
  if (value === null || value === Number.POSITIVE_INFINITY) return '∞';
  if (Number.isNaN(value)) return '–';
  return value === 0 ? '0' : String(Number(value.toPrecision(3)));
}

/** Gives an interval in words. @param range puts both ends together, in English where it is missing */
export function interval(
  of: Pick<MeanInterval, 'low' | 'high'> | null,
  text: (value: number) => string,
  range = (low: string, high: string) => `${low} to ${high}`,
): string {
  return of ? range(text(of.low), text(of.high)) : '–';
}

/** Gives a time span as people say it. */
export function duration(seconds: number): string {
  if (seconds < 90) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 90 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** Gives a moment as `2026-11-30 14:05 UTC`. */
export function moment(date: Date): string {
  return `${date.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

export function count(n: number, one: string, many = `${one}s`): string {
  return `${n} ${n === 1 ? one : many}`;
}
