/** The standard error of the mean of some values; of one alone nothing is known. @param lone what is taken then */
export function standardErrorOf(values: readonly number[], lone: number): number {
  if (values.length < 2) return lone;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
  return Math.sqrt(variance / values.length);
}

/**
 * Shrinks a distance from what holds where nothing is known towards it, by how well it is known (empirical Bayes):
 * d * d² / (d² + SE²).
 */
export function shrunk(distance: number, standardError: number): number {
  return distance === 0 ? 0 : distance ** 3 / (distance ** 2 + standardError ** 2);
}
