/** A share of 1 as a person reads it. */
export function percent(share: number): string {
  return `${Number((100 * share).toPrecision(2))} %`;
}
