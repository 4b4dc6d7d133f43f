/** Whether lists and objects lie in each other deeper than that: what goes into values by itself would have no end. */
export function isNestedDeeper(value: unknown, most: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (most === 0) return true;
  const inner = Array.isArray(value) ? value : Object.values(value);
  for (const each of inner) if (typeof each === 'object' && isNestedDeeper(each, most - 1)) return true;
  return false;
}
