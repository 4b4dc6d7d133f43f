/** Digits that tell runs of one model apart. */
const DIGITS = 4;

/** What a training is called: `name@v3`, or, without a model, its name and the first digits of its run. */
export function nameOf(id: string, version: string | null): string {
  if (version !== null) return id;
  const at = id.lastIndexOf('@');
  return `${id.slice(0, at)} (${id.slice(at + 1, at + 1 + DIGITS)})`;
}
