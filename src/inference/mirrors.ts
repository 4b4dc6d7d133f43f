/** Which axes of a tile are mirrored, [z, y, x]. */
export type Mirror = readonly [z: boolean, y: boolean, x: boolean];

/**
 * The mirrorings whose predictions are averaged: all of y and x, and of z in 3D; without averaging the plain one alone.
 */
export function mirrorings(dimensions: 2 | 3, average: boolean): Mirror[] {
  const both = average ? [false, true] : [false];
  const alongZ = dimensions === 3 ? both : [false];
  return alongZ.flatMap((z) => both.flatMap((y) => both.map((x): Mirror => [z, y, x])));
}

/** Writes a row backwards in place. */
export function reverseRow(data: Float32Array, start: number, length: number): void {
  for (let left = start, right = start + length - 1; left < right; left++, right--) {
    const value = data[left];
    data[left] = data[right];
    data[right] = value;
  }
}
