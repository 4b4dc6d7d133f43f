import type { PageAxis } from '../../../image/description';
import type { Page } from '../page';
import type { AxisSize } from '../page-axes';

/** An axis as a description names it. */
export interface StatedAxis {
  name: string;
  size: number;
  /** null: something that this library has no axis for, such as positions or angles */
  means: PageAxis | 'y' | 'x' | null;
}

/**
 * The axes along which the pages follow each other: the stated ones without those that each page holds.
 * @param stated slowest first
 * @returns a text where the pages do not hold what is stated, or run along an axis that is none of t, c and z
 */
export function axesOfPages(stated: readonly StatedAxis[], { height, width, samples }: Page): AxisSize[] | string {
  const long = stated.filter(({ size, means }) => size !== 1 || means === 'y' || means === 'x');
  const text = describeAxes(stated);
  if (samples > 1) {
    // Interleaved samples are the fastest axis, those of a plane each are slower than y.
    const at = [long.length - 1, long.length - 3].find((i) => long[i]?.means === 'c' && long[i].size === samples);
    if (at === undefined) return `states ${text}, but its pages have ${samples} samples`;
    long.splice(at, 1);
  }
  const [x, y] = [long.pop(), long.pop()];
  if (y?.means !== 'y' || x?.means !== 'x' || y.size !== height || x.size !== width) {
    return `states ${text}, but its pages hold ${height} x ${width} pixels`;
  }
  const axes: AxisSize[] = [];
  for (const { name, size, means } of long) {
    if (means === null || means === 'y' || means === 'x') return `states ${text}: ${name} is none of t, c and z`;
    axes.push({ axis: means, size });
  }
  return axes;
}

/** How many pages there are along the axes. */
export function countPages(axes: readonly AxisSize[]): number {
  return axes.reduce((product, { size }) => product * size, 1);
}

const MOST_TOLD = 12;

export function describeAxes(stated: readonly StatedAxis[]): string {
  const told = stated.slice(0, MOST_TOLD).map(({ name, size }) => `${name.slice(0, 20)} ${size}`);
  return `the axes ${told.join(', ')}`;
}
