/** A well's name from its row and column, both from 0: 1, 2 gives "B3", 26, 0 gives "AA1"; null outside a plate. */
export function wellName(row: number, column: number): string | null {
  if (!Number.isSafeInteger(row) || row < 0 || !Number.isSafeInteger(column) || column < 0) return null;
  let letters = '';
  for (let rest = row + 1; rest > 0; rest = Math.floor((rest - 1) / 26)) {
    letters = String.fromCharCode(65 + ((rest - 1) % 26)) + letters;
  }
  return `${letters}${column + 1}`;
}

/** The row and column of a well's name, both from 0: "b03" gives 1, 2; null for another name. */
export function wellPlace(name: string): { row: number; column: number } | null {
  const parts = /^([A-Z]{1,2})0*([1-9]\d{0,3})$/i.exec(name.trim());
  if (!parts) return null;
  const row = [...parts[1].toUpperCase()].reduce((sum, letter) => sum * 26 + letter.charCodeAt(0) - 64, 0) - 1;
  return { row, column: Number(parts[2]) - 1 };
}
