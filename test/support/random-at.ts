/** A number in [0, 1) that depends on seed and place alone. */
export function randomAt(seed: number, place: number): number {
  let h = Math.imul(seed * 374761393 + place * 668265263, 0x2c1b3c6d);
  h = Math.imul(h ^ (h >>> 15), 0x297a2d39);
  return ((h ^ (h >>> 13)) >>> 0) / 2 ** 32;
}
