/**
 * The position inside [0, n) that a mirror at the borders shows at i, the outermost pixel not repeated:
 * ... 2 1 0 1 2 3 2 1 0 ... for n = 4. For n = 1 always 0.
 */
export function mirrored(i: number, n: number): number {
  if (i >= 0 && i < n) return i;
  if (n === 1) return 0;
  const period = 2 * (n - 1);
  const m = ((i % period) + period) % period;
  return m < n ? m : period - m;
}
