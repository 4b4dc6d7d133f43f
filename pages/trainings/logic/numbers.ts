/** A number as short as it can be told apart: four digits. */
export function short(value: number | null): string {
  if (value === null || !Number.isFinite(value)) return '–';
  if (value === 0) return '0';
  const size = Math.abs(value);
  return size < 0.001 || size >= 100_000 ? value.toExponential(2) : Number(value.toPrecision(4)).toString();
}

/** Dice, always with three decimals. */
export function dice(value: number | null): string {
  return value === null ? '–' : value.toFixed(3);
}

/** Seconds as `1:05 h`, `4:32 min` or `12 s`. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  const two = (value: number) => String(value).padStart(2, '0');
  if (whole < 3600) return `${Math.floor(whole / 60)}:${two(whole % 60)} min`;
  return `${Math.floor(whole / 3600)}:${two(Math.floor((whole % 3600) / 60))} h`;
}
